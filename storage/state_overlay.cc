#include "storage/state_overlay.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "proto/assert.h"
#include "storage/internal/map_update.h"

namespace kimberlite::storage {

StateMapProof prove_state(const StateSource& source, std::string_view key) {
  StateMapProof proof;
  const Digest path = map_path(key);
  MapPageId id;
  for (MapPagePtr page = source.page(id); page != nullptr; page = source.page(id)) {
    const unsigned nibble = path_nibble(path, id.nibbles);
    unsigned first = 0;
    for (unsigned width = kPageSlots; width >= 1; width /= 2) {
      if (page->range_empty(first, width)) return proof;
      if (const auto slot = page->lone_leaf(first, width)) {
        const MapLeaf& leaf = page->leaf(*slot);
        if (leaf.path != path) proof.other_leaf = StateMapProof::OtherLeaf{leaf.path, leaf.value_digest};
        return proof;
      }
      if (width == 1) break;
      const unsigned half = width / 2;
      const bool right = (nibble & half) != 0;
      proof.siblings.push_back(page->range_hash(right ? first : first + half, half));
      if (right) first += half;
    }
    id = id.child(nibble);
  }
  KIMBERLITE_ASSERT(id.nibbles == 0, "a slot with a node has a page below it");
  return proof;
}

StateOverlay::StateOverlay(std::shared_ptr<const StateSource> parent) {
  KIMBERLITE_ASSERT(parent != nullptr, "an overlay stands on something");
  stand_on(std::move(parent));
}

void StateOverlay::stand_on(std::shared_ptr<const StateSource> parent) {
  parent_.swap(parent);
  below_ = dynamic_cast<const StateOverlay*>(parent_.get());
}

void StateOverlay::apply(const StateChanges& changes) {
  KIMBERLITE_ASSERT(!root_, "a sealed overlay takes no more changes");
  for (const auto& [key, value] : changes) {
    const auto [entry, fresh] = changes_.insert_or_assign(key, value);
    if (fresh) values_.emplace(HashedKey(entry->first), &entry->second);
  }
}

void StateOverlay::defer(const Digest& root) {
  KIMBERLITE_ASSERT(!root_, "an overlay is deferred before it is sealed");
  base_root_ = parent_->state_root();
  root_ = root;
  deferred_ = true;
}

void StateOverlay::seal() {
  KIMBERLITE_ASSERT(!root_ || deferred_, "an overlay is sealed once");
  base_root_ = parent_->state_root();
  deferred_ = false;
  const auto changes = changes_with_deferred();
  if (changes.empty()) {
    root_ = base_root_;
    return;
  }
  std::vector<MapLeaf> leaves;
  leaves.reserve(changes.size());
  for (const Change& change : changes) leaves.emplace_back(map_path(change.key), map_value_digest(*change.value));
  std::ranges::sort(leaves, {}, &MapLeaf::path);
  MapUpdate update = update_map(*parent_, leaves);
  pages_ = std::move(update.pages);
  page_index_.reserve(pages_.size());
  for (const auto& [id, changed] : pages_) page_index_.emplace(id, &changed.page);
  root_ = update.root;
}

// Of a key that several layers changed, what the highest says.
std::vector<StateOverlay::Change> StateOverlay::changes_with_deferred() const {
  std::vector<Change> all;
  const StateOverlay* layer = this;
  std::size_t depth = 0;
  do {
    for (const auto& [key, value] : layer->changes_) all.emplace_back(key, depth, &value);
    layer = layer->below_;
    ++depth;
  } while (layer != nullptr && layer->deferred_);
  std::ranges::sort(all, {}, [](const Change& change) { return std::pair(change.key, change.depth); });
  const auto repeated = std::ranges::unique(all, {}, &Change::key);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

void StateOverlay::rebase(std::shared_ptr<const StateSource> parent) {
  KIMBERLITE_ASSERT(root_.has_value(), "an overlay has a root before its parent is replaced");
  KIMBERLITE_ASSERT(parent != nullptr && parent->state_root() == base_root_,
                    "the new parent holds the same state as the old one");
  stand_on(std::move(parent));
}

std::optional<std::string> StateOverlay::get(std::string_view key) const {
  const HashedKey hashed(key);
  const StateOverlay* layer = this;
  while (true) {
    if (const auto found = layer->values_.find(hashed); found != layer->values_.end()) return *found->second;
    if (layer->below_ == nullptr) return layer->parent_->get(key);
    layer = layer->below_;
  }
}

MapPagePtr StateOverlay::page(const MapPageId& id) const {
  const StateOverlay* layer = this;
  while (true) {
    if (const auto found = layer->page_index_.find(id); found != layer->page_index_.end()) return *found->second;
    if (layer->below_ == nullptr) return layer->parent_->page(id);
    layer = layer->below_;
  }
}

Digest StateOverlay::state_root() const {
  KIMBERLITE_ASSERT(root_.has_value(), "an overlay has a root once it is sealed or deferred");
  return *root_;
}

const MapPages& StateOverlay::page_changes() const {
  KIMBERLITE_ASSERT(root_.has_value(), "an overlay has pages once it is sealed or deferred");
  return pages_;
}

const Digest& StateOverlay::base_root() const {
  KIMBERLITE_ASSERT(root_.has_value(), "an overlay knows its base once it is sealed or deferred");
  return base_root_;
}

}  // namespace kimberlite::storage
