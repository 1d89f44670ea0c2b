// Overlays: the root is the definition's whatever the order and batching, proofs hold and no bit of them can be
// changed, reads go through all layers, and a rebased overlay answers as before. Races are for the sanitizer builds to
// find.
#include "storage/state_overlay.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/internal/genesis_batch.h"
#include "storage/internal/map_update.h"
#include "tests/unit/storage/naive_map.h"

namespace kimberlite::storage {
namespace {

using testing::naive_root;
using testing::NaiveLeaves;

std::shared_ptr<const StateSource> nothing() {
  return genesis_overlay({});
}

std::shared_ptr<StateOverlay> on_top(std::shared_ptr<const StateSource> parent, const StateChanges& changes) {
  auto overlay = std::make_shared<StateOverlay>(std::move(parent));
  overlay->apply(changes);
  overlay->seal();
  return overlay;
}

StateChanges numbered(int first, int count) {
  StateChanges changes;
  for (int number = first; number < first + count; ++number) {
    changes["certificate/" + std::to_string(number)] = "value " + std::to_string(number);
  }
  return changes;
}

// Batches of few keys, so that values are replaced often.
rc::Gen<std::vector<StateChanges>> batches() {
  const auto key = rc::gen::map(rc::gen::inRange(0, 200), [](int number) { return "k" + std::to_string(number); });
  const auto value = rc::gen::map(rc::gen::inRange(0, 50), [](int number) { return "v" + std::to_string(number); });
  const auto batch =
      rc::gen::map(rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(key, value)),
                   [](const auto& pairs) {
                     StateChanges changes;
                     for (const auto& [k, v] : pairs) changes.insert_or_assign(k, v);
                     return changes;
                   });
  return rc::gen::container<std::vector<StateChanges>>(batch);
}

RC_GTEST_PROP(StateOverlayProperty, RootIsTheDefinitionsWhateverTheBatches, ()) {
  const std::vector<StateChanges> all = *batches();
  StateChanges state;
  std::shared_ptr<const StateSource> layered = nothing();
  for (const StateChanges& batch : all) {
    layered = on_top(layered, batch);
    for (const auto& [key, value] : batch) state.insert_or_assign(key, value);
    RC_ASSERT(layered->state_root() == naive_root(state));
  }
  RC_ASSERT(on_top(nothing(), state)->state_root() == layered->state_root());
  std::shared_ptr<const StateSource> backwards = nothing();
  for (auto item = state.rbegin(); item != state.rend(); ++item) backwards = on_top(backwards, {*item});
  RC_ASSERT(backwards->state_root() == layered->state_root());
  for (const auto& [key, value] : state) RC_ASSERT(layered->get(key) == value);
}

// SHA-256 never gives long common prefixes, so these paths are made, not hashed: the first differs from the rest in one
// late bit.
RC_GTEST_PROP(StateOverlayProperty, RootIsTheDefinitionsForPathsThatPartLate, ()) {
  const auto bits = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 256U));
  NaiveLeaves leaves{{Digest{}, sha256("zero")}};
  std::shared_ptr<const StateSource> source = nothing();
  const auto add = [&](const NaiveLeaves& more) {
    class Pages final : public StateSource {
     public:
      Pages(std::shared_ptr<const StateSource> below, MapUpdate update)
          : below_(std::move(below)), update_(std::move(update)) {}
      [[nodiscard]] std::optional<std::string> get(std::string_view /*key*/) const override { return std::nullopt; }
      [[nodiscard]] MapPagePtr page(const MapPageId& id) const override {
        const auto found = update_.pages.find(id);
        return found != update_.pages.end() ? found->second.page : below_->page(id);
      }
      [[nodiscard]] Digest state_root() const override { return update_.root; }

     private:
      std::shared_ptr<const StateSource> below_;
      MapUpdate update_;
    };
    std::vector<MapLeaf> sorted;
    for (const auto& [path, value] : more) sorted.emplace_back(path, value);
    source = std::make_shared<Pages>(source, update_map(*source, sorted));
  };
  add(leaves);
  for (const unsigned bit : bits) {
    Digest path;
    path.bytes[bit / 8] = static_cast<std::uint8_t>(1U << (7 - bit % 8));
    leaves[path] = sha256(std::to_string(bit));
    add({{path, leaves[path]}});
    RC_ASSERT(source->state_root() == naive_root(leaves));
  }
  NaiveLeaves all_at_once = leaves;
  source = nothing();
  add(all_at_once);
  RC_ASSERT(source->state_root() == naive_root(leaves));
}

TEST(StateOverlay, AnEmptyMapHasRootZeroAndProvesAbsence) {
  const auto empty = nothing();
  EXPECT_TRUE(empty->state_root().is_zero());
  const StateMapProof proof = prove_state(*empty, "anything");
  EXPECT_TRUE(verify_state_map(Digest{}, "anything", std::nullopt, proof));
  EXPECT_FALSE(verify_state_map(Digest{}, "anything", "value", proof));
}

TEST(StateOverlay, PresenceAndAbsenceAreProven) {
  const auto state = on_top(on_top(nothing(), numbered(0, 300)), numbered(250, 100));
  for (int number = 0; number < 400; ++number) {
    const std::string key = "certificate/" + std::to_string(number);
    const StateMapProof proof = prove_state(*state, key);
    const std::string value = "value " + std::to_string(number);
    if (number < 350) {
      EXPECT_TRUE(verify_state_map(state->state_root(), key, value, proof)) << key;
      EXPECT_FALSE(verify_state_map(state->state_root(), key, std::nullopt, proof)) << key;
      EXPECT_FALSE(verify_state_map(state->state_root(), key, value + "x", proof)) << key;
    } else {
      EXPECT_TRUE(verify_state_map(state->state_root(), key, std::nullopt, proof)) << key;
      EXPECT_FALSE(verify_state_map(state->state_root(), key, value, proof)) << key;
    }
  }
}

void flip(Digest& digest, unsigned bit) {
  digest.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
}

void expect_every_bit_matters(const StateSource& state, const std::string& key, std::optional<std::string_view> value) {
  const StateMapProof proof = prove_state(state, key);
  const Digest root = state.state_root();
  ASSERT_TRUE(verify_state_map(root, key, value, proof));
  for (unsigned bit = 0; bit < 256; ++bit) {
    Digest wrong_root = root;
    flip(wrong_root, bit);
    EXPECT_FALSE(verify_state_map(wrong_root, key, value, proof));
    for (std::size_t at = 0; at < proof.siblings.size(); ++at) {
      StateMapProof wrong = proof;
      flip(wrong.siblings[at], bit);
      EXPECT_FALSE(verify_state_map(root, key, value, wrong)) << "sibling " << at << " bit " << bit;
    }
    if (!proof.other_leaf) continue;
    StateMapProof wrong = proof;
    flip(wrong.other_leaf->path, bit);
    EXPECT_FALSE(verify_state_map(root, key, value, wrong)) << "other path bit " << bit;
    wrong = proof;
    flip(wrong.other_leaf->value_digest, bit);
    EXPECT_FALSE(verify_state_map(root, key, value, wrong)) << "other value bit " << bit;
  }
  for (std::size_t size = 0; size < proof.siblings.size(); ++size) {
    StateMapProof wrong = proof;
    wrong.siblings.resize(size);
    EXPECT_FALSE(verify_state_map(root, key, value, wrong)) << "truncated to " << size;
  }
}

TEST(StateOverlay, NoBitOfAProofCanBeChanged) {
  const auto state = on_top(nothing(), numbered(0, 50));
  bool saw_other_leaf = false;
  bool saw_empty = false;
  for (int number = 0; number < 5; ++number) {
    expect_every_bit_matters(*state, "certificate/" + std::to_string(number), "value " + std::to_string(number));
  }
  for (int number = 100; number < 110; ++number) {
    const std::string key = "certificate/" + std::to_string(number);
    const bool other = prove_state(*state, key).other_leaf.has_value();
    saw_other_leaf = saw_other_leaf || other;
    saw_empty = saw_empty || !other;
    expect_every_bit_matters(*state, key, std::nullopt);
  }
  EXPECT_TRUE(saw_other_leaf && saw_empty) << "both kinds of absence were looked at";
}

TEST(StateOverlay, ReadsGoThroughAllLayers) {
  const auto bottom = on_top(nothing(), {{"a", "1"}, {"b", "1"}, {"c", "1"}});
  const auto middle = on_top(bottom, {{"b", "2"}});
  const auto top = on_top(middle, {{"c", "3"}});
  EXPECT_EQ(top->get("a"), "1");
  EXPECT_EQ(top->get("b"), "2");
  EXPECT_EQ(top->get("c"), "3");
  EXPECT_EQ(top->get("d"), std::nullopt);
  EXPECT_EQ(bottom->get("b"), "1");
}

TEST(StateOverlay, LaterChangesWinAndUnsealedOnesAreRead) {
  StateOverlay overlay(nothing());
  overlay.apply({{"a", "1"}});
  overlay.apply({{"a", "2"}, {"b", "1"}});
  EXPECT_EQ(overlay.get("a"), "2");
  overlay.seal();
  EXPECT_EQ(overlay.state_root(), naive_root({{"a", "2"}, {"b", "1"}}));
}

TEST(StateOverlay, WithoutChangesTheRootStays) {
  const auto bottom = on_top(nothing(), numbered(0, 10));
  const auto top = on_top(bottom, {});
  EXPECT_EQ(top->state_root(), bottom->state_root());
  EXPECT_TRUE(top->page_changes().empty());
}

std::shared_ptr<StateOverlay> deferred_on(std::shared_ptr<const StateSource> parent, const StateChanges& changes,
                                          const Digest& root) {
  auto overlay = std::make_shared<StateOverlay>(std::move(parent));
  overlay->apply(changes);
  overlay->defer(root);
  return overlay;
}

// Whether the map is updated once a layer or once for several must not show in the root, the pages, or a proof.
RC_GTEST_PROP(StateOverlayProperty, ARunOfDeferredLayersEndsWithTheSamePages, ()) {
  const std::vector<StateChanges> all = *batches();
  RC_PRE(!all.empty());
  const auto bottom = on_top(nothing(), numbered(0, 40));
  std::shared_ptr<const StateSource> one_by_one = bottom;
  MapPages pages;
  std::shared_ptr<const StateSource> run = bottom;
  std::shared_ptr<StateOverlay> last;
  for (const StateChanges& batch : all) {
    const auto sealed = on_top(one_by_one, batch);
    for (const auto& [id, changed] : sealed->page_changes()) {
      pages[id].page = changed.page;
      pages[id].slots |= changed.slots;
    }
    one_by_one = sealed;
    last = deferred_on(run, batch, sealed->state_root());
    RC_ASSERT(last->deferred() && last->page_changes().empty());
    run = last;
  }
  last->seal();
  RC_ASSERT(!last->deferred());
  RC_ASSERT(last->state_root() == one_by_one->state_root());
  RC_ASSERT(last->page_changes().size() == pages.size());
  for (const auto& [id, changed] : last->page_changes()) {
    RC_ASSERT(changed.page->encode() == pages.at(id).page->encode());
    RC_ASSERT((changed.slots & ~pages.at(id).slots) == 0);  // one that changed and changed back is not written again
  }
}

// The roots of deferred layers come from outside: what is computed in the end is the truth.
TEST(StateOverlay, ALayerOnDeferredOnesIsSealedWithTheirChanges) {
  const Digest untrue = sha256("what somebody says");
  const auto bottom = on_top(nothing(), {{"a", "1"}});
  const auto first = deferred_on(bottom, {{"a", "2"}, {"b", "1"}}, untrue);
  const auto second = deferred_on(first, {{"b", "2"}}, untrue);
  const auto top = on_top(second, {{"c", "1"}});
  EXPECT_EQ(first->get("b"), "1");
  EXPECT_EQ(second->state_root(), untrue);
  EXPECT_EQ(top->base_root(), untrue);
  EXPECT_EQ(top->state_root(), naive_root({{"a", "2"}, {"b", "2"}, {"c", "1"}}));
  second->seal();
  EXPECT_EQ(second->state_root(), naive_root({{"a", "2"}, {"b", "2"}}));
}

TEST(StateOverlay, OnlyPagesOnTheChangedPathAreWritten) {
  const auto bottom = on_top(nothing(), numbered(0, 5000));
  const auto top = on_top(bottom, {{"certificate/17", "another"}});
  EXPECT_LE(top->page_changes().size(), 6U);
}

TEST(StateOverlay, RebasedOverlayAnswersAsBeforeAndLetsItsParentGo) {
  const auto bottom = on_top(nothing(), numbered(0, 100));
  auto middle = on_top(bottom, numbered(100, 100));
  const auto top = on_top(middle, {{"top", "1"}});
  const StateMapProof before = prove_state(*top, "certificate/150");
  const std::weak_ptr<const StateOverlay> watched = middle;

  StateChanges all = numbered(0, 200);
  const auto committed = on_top(nothing(), all);
  top->rebase(committed);
  middle.reset();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(top->get("certificate/150"), "value 150");
  EXPECT_EQ(prove_state(*top, "certificate/150").siblings, before.siblings);
}

TEST(StateOverlayDeathTest, MisuseStopsTheProcess) {
  const auto parent = on_top(nothing(), {{"a", "1"}});
  const auto sealed = on_top(parent, {{"b", "1"}});
  StateOverlay open(parent);
  EXPECT_DEATH(sealed->apply({{"c", "1"}}), "sealed");
  EXPECT_DEATH(sealed->seal(), "sealed once");
  EXPECT_DEATH(static_cast<void>(open.state_root()), "sealed");
  EXPECT_DEATH(static_cast<void>(open.page_changes()), "sealed");
  EXPECT_DEATH(open.rebase(parent), "has a root");
  EXPECT_DEATH(sealed->rebase(nothing()), "same state");
  EXPECT_DEATH(StateOverlay(nullptr), "stands on something");
  const auto deferred = deferred_on(parent, {{"b", "1"}}, Digest{});
  EXPECT_DEATH(deferred->apply({{"c", "1"}}), "takes no more changes");
  EXPECT_DEATH(deferred->defer(Digest{}), "before it is sealed");
}

}  // namespace
}  // namespace kimberlite::storage
