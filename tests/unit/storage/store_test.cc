// The store's contract: what commit() wrote is read back, whole, by new and old snapshots, also after reopening.
// Crashes are in crash_test.cc, damage in damage_test.cc, refused folders in open_test.cc.
#include "storage/store.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::ChainBuilder;
using testing::envelope_id_of;
using testing::TemporaryFolder;
using testing::test_chain_id;
using testing::test_options;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

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
  EXPECT_FALSE(store_->journal_created());
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

}  // namespace
}  // namespace kimberlite::storage
