// The log as it is served: every node, tile and bundle equals what RFC 6962 and C2SP tlog-tiles say of the same leaves,
// and proofs made from stored nodes verify against the tip's root.
#include <gtest/gtest.h>

#include "storage/store.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::ChainBuilder;
using testing::TemporaryFolder;
using testing::test_options;

// A log of two full tiles and a partial one, committed in uneven blocks.
class LogTilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::open(test_options(folder_.path()));
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = std::move(*opened);
    ChainBuilder chain(store_->snapshot());
    for (const std::size_t envelopes : {0, 1, 254, 3, 200, 100, 7}) {
      const FinalBlock block = chain.next(envelopes);
      ASSERT_TRUE(store_->commit({&block, 1}, "finalization"));
      chain.rebase(store_->snapshot());
    }
    leaves_ = chain.leaves();
    for (const std::string& leaf : leaves_) hashes_.push_back(leaf_hash(leaf));
    ASSERT_EQ(leaves_.size(), 572U);
    snapshot_ = store_->snapshot();
  }

  // RFC 6962's definition for a perfect subtree.
  [[nodiscard]] Digest naive_node(unsigned level, std::uint64_t index) const {
    if (level == 0) return hashes_[index];
    return node_hash(naive_node(level - 1, 2 * index), naive_node(level - 1, 2 * index + 1));
  }

  [[nodiscard]] NodeReader reader() const {
    return [this](unsigned level, std::uint64_t index) { return snapshot_->log_node(level, index); };
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  std::vector<std::string> leaves_;
  std::vector<Digest> hashes_;
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(LogTilesTest, EveryNodeIsTheDefinitions) {
  for (unsigned level = 0; level < 10; ++level) {
    for (std::uint64_t index = 0; index < leaves_.size() >> level; ++index) {
      const auto node = snapshot_->log_node(level, index);
      ASSERT_TRUE(node) << level << " " << index;
      ASSERT_EQ(*node, naive_node(level, index)) << level << " " << index;
    }
    EXPECT_EQ(snapshot_->log_node(level, leaves_.size() >> level).error().reason, Reason::NOT_FOUND);
  }
  EXPECT_EQ(snapshot_->log_node(10, 0).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->log_node(64, 0).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->log_node(0, UINT64_MAX).error().reason, Reason::NOT_FOUND);
}

TEST_F(LogTilesTest, EveryTileOfEveryWidthIsTheDefinitions) {
  for (std::uint64_t index = 0; index < 3; ++index) {
    std::string expected;
    for (unsigned width = 1; width <= 256; ++width) {
      const std::uint64_t last = index * 256 + width - 1;
      const auto tile = snapshot_->tile(0, index, width);
      if (last >= leaves_.size()) {
        ASSERT_EQ(tile.error().reason, Reason::NOT_FOUND);
        continue;
      }
      expected.append(hashes_[last].view());
      ASSERT_EQ(*tile, expected) << index << " " << width;
    }
  }
  const std::string upper = std::string(naive_node(8, 0).view()).append(naive_node(8, 1).view());
  EXPECT_EQ(*snapshot_->tile(1, 0, 1), upper.substr(0, 32));
  EXPECT_EQ(*snapshot_->tile(1, 0, 2), upper);
}

TEST_F(LogTilesTest, TilesBeyondTheLogAreNotFound) {
  EXPECT_EQ(snapshot_->tile(1, 0, 3).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(2, 0, 1).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(8, 0, 1).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(0, 3, 1).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(0, UINT64_MAX, 1).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(0, 0, 0).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->tile(0, 0, 257).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->entry_bundle(3, 1).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->entry_bundle(2, 61).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->entry_bundle(0, 0).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->entry_bundle(0, 257).error().reason, Reason::NOT_FOUND);
  EXPECT_EQ(snapshot_->entry_bundle(UINT64_MAX, 1).error().reason, Reason::NOT_FOUND);
}

TEST_F(LogTilesTest, BundlesAreLengthsAndLeaves) {
  for (const auto& [index, width] : {std::pair{0U, 256U}, {1U, 256U}, {2U, 60U}, {0U, 1U}, {1U, 17U}}) {
    std::string expected;
    for (unsigned at = 0; at < width; ++at) {
      const std::string& leaf = leaves_[index * 256 + at];
      expected.push_back(static_cast<char>(leaf.size() / 256));
      expected.push_back(static_cast<char>(leaf.size() % 256));
      expected.append(leaf);
    }
    EXPECT_EQ(*snapshot_->entry_bundle(index, width), expected) << index << " " << width;
  }
}

TEST_F(LogTilesTest, ProofsFromStoredNodesVerify) {
  const LogSize size = snapshot_->tip().log_size;
  const Digest root = snapshot_->tip().log_root;
  EXPECT_EQ(*log_root(size, reader()), root);
  for (std::uint64_t index = 0; index < size.value; index += 13) {
    const auto proof = inclusion_proof(LogIndex{index}, size, reader());
    ASSERT_TRUE(proof);
    EXPECT_TRUE(verify_inclusion(hashes_[index], LogIndex{index}, size, *proof, root)) << index;
    EXPECT_FALSE(
        verify_inclusion(hashes_[index + 1 < size.value ? index + 1 : 0], LogIndex{index}, size, *proof, root));
  }
  CompactRange range;
  for (std::uint64_t old_size = 1; old_size < size.value; ++old_size) {
    range.append(hashes_[old_size - 1]);
    if (old_size % 11 != 0) continue;
    const auto proof = consistency_proof(LogSize{old_size}, size, reader());
    ASSERT_TRUE(proof);
    EXPECT_TRUE(verify_consistency(LogSize{old_size}, range.root(), size, root, *proof)) << old_size;
  }
}

}  // namespace
}  // namespace kimberlite::storage
