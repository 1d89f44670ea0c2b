// The store's contract: what commit() wrote is read back, whole, by new and old snapshots, also after reopening.
// Crashes are in crash_test.cc, damage in damage_test.cc, refused folders in open_test.cc.
#include "storage/store.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/storage/naive_map.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::ChainBuilder;
using testing::envelope_id_of;
using testing::TemporaryFolder;
using testing::test_chain_id;
using testing::test_options;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

const PublicKey kNodeKey = [] {
  PublicKey key;
  key.bytes.fill(7);
  return key;
}();

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    Result<std::unique_ptr<Store>> opened = Store::open(test_options(folder_.path()));
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = std::move(*opened);
  }

  void commit(const std::vector<FinalBlock>& blocks, std::string_view finalization = "finalization") {
    const Result<void> committed = store_->commit(blocks, finalization);
    ASSERT_TRUE(committed) << committed.error().to_string();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, NewStoreStandsAtGenesis) {
  const auto snapshot = store_->snapshot();
  EXPECT_EQ(snapshot->tip().height.value, 0U);
  EXPECT_EQ(snapshot->tip().block, test_chain_id());
  EXPECT_EQ(snapshot->tip().log_root, empty_log_root());
  EXPECT_EQ(snapshot->get("genesis/b"), "2");
  EXPECT_EQ(snapshot->get("genesis/d"), std::nullopt);
  EXPECT_EQ(snapshot->log_range().size().value, 0U);
  EXPECT_EQ(store_->finalization(), "");
  EXPECT_FALSE(store_->journal_created(kNodeKey));
  EXPECT_TRUE(verify_state_map(snapshot->state_root(), "genesis/a", "1", prove_state(*snapshot, "genesis/a")));
}

TEST_F(StoreTest, CommittedBlocksAreReadBackAlsoAfterReopening) {
  std::vector<std::string> leaves;
  {
    ChainBuilder chain(store_->snapshot());
    for (int round = 0; round < 5; ++round) {
      const FinalBlock first = chain.next(3, {{"key/" + std::to_string(round), "value"}});
      const FinalBlock second = chain.next(0);
      commit({first, second}, "finalization " + std::to_string(round));
      chain.rebase(store_->snapshot());
    }
    leaves = chain.leaves();
  }
  reopen();
  const auto snapshot = store_->snapshot();
  EXPECT_EQ(snapshot->tip().height.value, 10U);
  EXPECT_EQ(snapshot->tip().view.value, 19U);
  EXPECT_EQ(snapshot->tip().log_size.value, 25U);
  EXPECT_EQ(*snapshot->leaves(LogIndex{0}, 100, kNoLimit), leaves);
  EXPECT_EQ(snapshot->get("key/4"), "value");
  EXPECT_EQ(snapshot->get("last/height"), "10");
  EXPECT_EQ(store_->finalization(), "finalization 4");
  for (std::uint64_t height = 1; height <= 10; ++height) {
    const auto record = snapshot->record_leaf(Height{height});
    ASSERT_TRUE(record);
    EXPECT_EQ(decode_block_leaf(*record)->height.value, height);
    EXPECT_EQ(snapshot->height_of(block_digest(*record)), Height{height});
  }
  EXPECT_EQ(snapshot->record_leaf(Height{11}), std::nullopt);
  EXPECT_EQ(snapshot->height_of(sha256("nothing")), std::nullopt);
  const auto location = snapshot->find_envelope(envelope_id_of(4));
  ASSERT_TRUE(location);
  EXPECT_EQ(location->height.value, 3U);
  EXPECT_EQ(snapshot->leaves(location->index, 1, kNoLimit)->front(), testing::envelope_leaf_of(4));
  EXPECT_FALSE(snapshot->find_envelope(envelope_id_of(15)));
}

TEST_F(StoreTest, AnOldSnapshotStaysAsItWas) {
  ChainBuilder chain(store_->snapshot());
  commit({chain.next(2, {{"key", "old"}})});
  const auto old = store_->snapshot();
  const StateMapProof proof = prove_state(*old, "key");
  commit({chain.next(2, {{"key", "new"}, {"another", "1"}})});
  EXPECT_EQ(old->tip().height.value, 1U);
  EXPECT_EQ(old->get("key"), "old");
  EXPECT_EQ(old->get("another"), std::nullopt);
  EXPECT_EQ(old->leaves(LogIndex{0}, 100, kNoLimit)->size(), 3U);
  EXPECT_EQ(old->record_leaf(Height{2}), std::nullopt);
  EXPECT_EQ(prove_state(*old, "key").siblings, proof.siblings);
  EXPECT_TRUE(verify_state_map(old->state_root(), "another", std::nullopt, prove_state(*old, "another")));
  EXPECT_EQ(store_->snapshot()->get("key"), "new");
}

TEST_F(StoreTest, PagesAreReadFromTheDiskOnce) {
  {
    ChainBuilder chain(store_->snapshot());
    const FinalBlock block = chain.next(0, {{"key", "1"}});
    commit({block});
    EXPECT_EQ(store_->snapshot()->page(MapPageId{}), block.state->page(MapPageId{})) << "just written";
  }
  reopen();
  const auto snapshot = store_->snapshot();
  const MapPagePtr read = snapshot->page(MapPageId{});
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(snapshot->page(MapPageId{}), read);
  EXPECT_EQ(store_->snapshot()->page(MapPageId{}), read);
}

// Hundreds of small commits and old snapshots between them: pages written as replaced slots, joined again, remembered
// and forgotten.
TEST_F(StoreTest, TheMapIsTheDefinitionsAfterManyCommits) {
  StateChanges state = test_options("").genesis_state;
  std::vector<std::pair<std::shared_ptr<const Snapshot>, Digest>> kept;
  for (int round = 0; round < 3; ++round) {
    {
      ChainBuilder chain(store_->snapshot());
      for (int number = 0; number < 120; ++number) {
        const StateChanges changes{{"key/" + std::to_string(number * 7 % 100), std::to_string(round)},
                                   {"once/" + std::to_string(round * 120 + number), "value"}};
        const FinalBlock block = chain.next(0, changes);
        commit({block});
        chain.rebase(store_->snapshot());
        for (const auto& [key, value] : block.state->changes()) state.insert_or_assign(key, value);
        ASSERT_EQ(store_->snapshot()->state_root(), testing::naive_root(state));
        if (number % 40 == 0) kept.emplace_back(store_->snapshot(), store_->snapshot()->state_root());
      }
    }
    for (const auto& [snapshot, root] : kept) {
      EXPECT_EQ(snapshot->page(MapPageId{})->hash(), root);
      for (const char* key : {"key/7", "once/1", "once/100", "nothing"}) {
        EXPECT_TRUE(verify_state_map(root, key, snapshot->get(key), prove_state(*snapshot, key))) << key;
      }
    }
    kept.clear();
    reopen();
    for (const auto& [key, value] : state) {
      const auto snapshot = store_->snapshot();
      ASSERT_TRUE(verify_state_map(snapshot->state_root(), key, value, prove_state(*snapshot, key))) << key;
    }
  }
}

TEST_F(StoreTest, AGroupOfBlocksIsOneSyncedWrite) {
  ChainBuilder chain(store_->snapshot());
  const std::vector<FinalBlock> blocks{chain.next(1, {{"key", "1"}}), chain.next(1, {{"key", "2"}}), chain.next(0)};
  const std::uint64_t before = store_->statistics().synced_writes;
  commit(blocks);
  EXPECT_EQ(store_->statistics().synced_writes, before + 1);
  EXPECT_GT(store_->statistics().bytes_on_disk, 0U);
  EXPECT_EQ(store_->snapshot()->get("key"), "2");
  EXPECT_EQ(store_->snapshot()->state_root(), blocks.back().header.state_root);
}

TEST_F(StoreTest, StateIsListedInPages) {
  ChainBuilder chain(store_->snapshot());
  commit({chain.next(0, {{"p/1", "a"}, {"p/2", "b"}, {"p/3", "c"}, {"q/1", "d"}, {"p", "e"}})});
  const auto snapshot = store_->snapshot();
  const auto keys = [&](std::string_view prefix, std::string_view after, std::size_t limit) {
    std::string joined;
    for (const StateItem& item : snapshot->list(prefix, after, limit)) joined += item.key + "=" + item.value + " ";
    return joined;
  };
  EXPECT_EQ(keys("p/", "", 10), "p/1=a p/2=b p/3=c ");
  EXPECT_EQ(keys("p/", "", 2), "p/1=a p/2=b ");
  EXPECT_EQ(keys("p/", "p/2", 10), "p/3=c ");
  EXPECT_EQ(keys("p/", "p/15", 10), "p/2=b p/3=c ");
  EXPECT_EQ(keys("p/", "p/3", 10), "");
  EXPECT_EQ(keys("p/", "a", 1), "p/1=a ");
  EXPECT_EQ(keys("r", "", 10), "");
  EXPECT_EQ(keys("p/", "", 0), "");
}

TEST_F(StoreTest, LeavesComeInBoundedPieces) {
  ChainBuilder chain(store_->snapshot());
  commit({chain.next(9)});
  const auto snapshot = store_->snapshot();
  const std::vector<std::string>& all = chain.leaves();
  EXPECT_EQ(snapshot->leaves(LogIndex{4}, 3, kNoLimit)->size(), 3U);
  EXPECT_EQ(snapshot->leaves(LogIndex{4}, 3, kNoLimit)->front(), all[4]);
  EXPECT_EQ(snapshot->leaves(LogIndex{4}, 3, all[4].size() + all[5].size())->size(), 2U);
  EXPECT_EQ(snapshot->leaves(LogIndex{4}, 3, 0)->size(), 1U) << "at least one, however large";
  EXPECT_EQ(snapshot->leaves(LogIndex{8}, 100, kNoLimit)->size(), 2U);
  EXPECT_TRUE(snapshot->leaves(LogIndex{10}, 1, kNoLimit)->empty());
  EXPECT_TRUE(snapshot->leaves(LogIndex{UINT64_MAX}, 1, kNoLimit)->empty());
  EXPECT_TRUE(snapshot->leaves(LogIndex{0}, 0, kNoLimit)->empty());
}

TEST_F(StoreTest, BodiesAreKeptUntilTheirHeightIsFinal) {
  const std::vector<Store::Body> bodies{{sha256("a"), Height{1}, "one"},
                                        {sha256("b"), Height{1}, "another of height one"},
                                        {sha256("c"), Height{2}, std::string("\0two", 4)}};
  const std::uint64_t before = store_->statistics().synced_writes;
  ASSERT_TRUE(store_->put_bodies(bodies));
  EXPECT_EQ(store_->statistics().synced_writes, before + 1) << "several share one sync";
  EXPECT_EQ(testing::bodies_of(*store_).size(), 3U);
  commit({ChainBuilder(store_->snapshot()).next(1)});
  ASSERT_EQ(testing::bodies_of(*store_).size(), 1U);
  EXPECT_EQ(testing::bodies_of(*store_)[0].block, sha256("c"));
  EXPECT_EQ(testing::bodies_of(*store_)[0].height, Height{2});
  EXPECT_EQ(testing::bodies_of(*store_)[0].bytes, std::string("\0two", 4));
  reopen();
  commit({ChainBuilder(store_->snapshot()).next(1)});
  EXPECT_TRUE(testing::bodies_of(*store_).empty()) << "also of bodies that were there before the store was opened";
}

TEST_F(StoreTest, CheckpointEvidenceAndJournalFlagAreKept) {
  EXPECT_EQ(store_->checkpoint(), "");
  ASSERT_TRUE(store_->put_checkpoint("first"));
  ASSERT_TRUE(store_->put_checkpoint("second"));
  ASSERT_TRUE(store_->put_evidence("one votes twice"));
  ASSERT_TRUE(store_->put_evidence("another votes twice"));
  ASSERT_TRUE(store_->put_evidence("one votes twice"));
  ASSERT_TRUE(store_->set_journal_created(kNodeKey));
  reopen();
  EXPECT_EQ(store_->checkpoint(), "second");
  EXPECT_EQ(store_->evidence().size(), 2U) << "the same evidence is kept once";
  EXPECT_TRUE(store_->journal_created(kNodeKey));
  EXPECT_FALSE(store_->key_retired(kNodeKey));
  ASSERT_TRUE(store_->retire_key(kNodeKey));
  EXPECT_TRUE(store_->key_retired(kNodeKey));
  EXPECT_FALSE(store_->key_retired(PublicKey{}));
  EXPECT_FALSE(store_->journal_created(PublicKey{})) << "another key has a journal of its own";
}

TEST_F(StoreTest, KeptCertificatesStayUntilTheNextCommit) {
  const std::vector<std::string> first = {"nullification of view 5", "nullification of view 6"};
  ASSERT_TRUE(store_->keep_certificates(first));
  ASSERT_TRUE(store_->keep_certificates(first)) << "the same one is kept once";
  ASSERT_TRUE(store_->keep_certificates(std::vector<std::string>{"nullification of view 7"}));
  reopen();
  EXPECT_EQ(store_->kept_certificates().size(), 3U);
  commit({ChainBuilder(store_->snapshot()).next(1)});
  EXPECT_TRUE(store_->kept_certificates().empty());
  reopen();
  EXPECT_TRUE(store_->kept_certificates().empty());
  EXPECT_FALSE(store_->finalization().empty()) << "the others of that family stay";
}

TEST_F(StoreTest, ASnapshotOutlivesItsStore) {
  const auto snapshot = store_->snapshot();
  store_.reset();
  EXPECT_EQ(snapshot->get("genesis/a"), "1");
}

using StoreDeathTest = StoreTest;

// Each way a block can fail to follow from the tip stops the process before anything is written.
TEST_F(StoreDeathTest, ABlockThatDoesNotFollowStopsTheProcess) {
  ChainBuilder chain(store_->snapshot());
  commit({chain.next(1)});
  const FinalBlock good = chain.next(2, {{"key", "value"}});
  const auto dies = [&](const char* why, const auto& change) {
    FinalBlock bad = good;
    change(bad);
    bad.record_leaf = encode_block_leaf(bad.header);
    EXPECT_DEATH(static_cast<void>(store_->commit({&bad, 1}, "")), why);
  };
  dies("this network", [](FinalBlock& block) { block.header.chain_id = sha256("another"); });
  dies("height after", [](FinalBlock& block) { block.header.height = Height{3}; });
  dies("parent is the tip", [](FinalBlock& block) { block.header.parent = sha256("another"); });
  dies("later than its parent", [](FinalBlock& block) { block.header.time_ms = TimeMs{1000}; });
  dies("where the log ends", [](FinalBlock& block) { block.header.first_index = LogIndex{3}; });
  dies("as many envelopes", [](FinalBlock& block) { block.header.count = 3; });
  dies("has an id", [](FinalBlock& block) { block.envelope_ids.pop_back(); });
  dies("log root after its envelopes", [](FinalBlock& block) { block.header.events_root = sha256("another"); });
  dies("root of its state", [](FinalBlock& block) { block.header.state_root = sha256("another"); });
  dies("stands on its parent's", [](FinalBlock& block) { block.state = nullptr; });
  dies("stands on its parent's", [&](FinalBlock& block) {
    auto elsewhere = std::make_shared<StateOverlay>(good.state);
    elsewhere->seal();
    block.state = elsewhere;
  });
  dies("has its map pages", [&](FinalBlock& block) {
    auto deferred = std::make_shared<StateOverlay>(store_->snapshot());
    deferred->apply(good.state->changes());
    deferred->defer(good.header.state_root);
    block.state = deferred;
  });
  dies("fits a tile entry", [](FinalBlock& block) { block.envelope_leaves[0].resize(65536); });
  FinalBlock bad = good;
  bad.record_leaf.push_back('x');
  EXPECT_DEATH(static_cast<void>(store_->commit({&bad, 1}, "")), "record leaf");
  EXPECT_DEATH(static_cast<void>(store_->commit({}, "")), "at least one block");
  commit({good});
}

}  // namespace
}  // namespace kimberlite::storage
