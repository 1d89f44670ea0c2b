// Paths and widths as C2SP tlog-tiles writes them, and the in-memory state map against its definition.
#include "cli/audit/tile_path.h"

#include <gtest/gtest.h>

#include <map>

#include "cli/audit/leaf_bundle.h"
#include "cli/audit/memory_state.h"
#include "proto/state_map.h"

namespace kimberlite::cli {
namespace {

TEST(TilePath, GroupsOfThreeDigits) {
  EXPECT_EQ((TileId{false, 0, 0, 256}.path()), "tile/0/000");
  EXPECT_EQ((TileId{false, 1, 1234067, 256}.path()), "tile/1/x001/x234/067");
  EXPECT_EQ((TileId{true, 0, 5, 17}.path()), "tile/entries/005.p/17");
  EXPECT_EQ((TileId{true, 0, 1000, 17}.full_path()), "tile/entries/x001/000");
}

TEST(TilePath, TilesOfALog) {
  EXPECT_EQ(tile_levels(LogSize{0}), 0U);
  EXPECT_EQ(tile_levels(LogSize{255}), 1U);
  EXPECT_EQ(tile_levels(LogSize{256}), 2U);
  EXPECT_EQ(tile_at(LogSize{300}, 0, 1).width, 44U);
  EXPECT_EQ(tile_at(LogSize{70000}, 1, 1).width, 17U);
  EXPECT_EQ(tile_levels(LogSize{70000}), 3U);
  EXPECT_EQ(all_tiles(LogSize{300}).size(), 2U + 2U + 1U);
}

TEST(LeafBundle, SaysWhatIsWrong) {
  const std::string two("\0\1a\0\2bc", 7);
  EXPECT_EQ(split_bundle(two, 2, false).leaves, (std::vector<std::string_view>{"a", "bc"}));
  EXPECT_TRUE(split_bundle(two, 2, false).fault.empty());
  EXPECT_NE(split_bundle(two, 1, false).fault.find("follow the last leaf"), std::string::npos);
  EXPECT_TRUE(split_bundle(two, 1, true).fault.empty());
  EXPECT_NE(split_bundle(two, 3, false).fault.find("ends after 2 of 3"), std::string::npos);
  EXPECT_NE(split_bundle(two.substr(0, 6), 2, false).fault.find("runs beyond"), std::string::npos);
}

/// The definition, over all leaves at once.
Digest by_definition(const std::map<Digest, Digest>& leaves, unsigned depth) {
  if (leaves.empty()) {
    return {};
  }
  if (leaves.size() == 1) {
    return map_leaf_hash(leaves.begin()->first, leaves.begin()->second);
  }
  std::map<Digest, Digest> left;
  std::map<Digest, Digest> right;
  for (const auto& leaf : leaves) {
    (map_path_bit(leaf.first, depth) ? right : left).insert(leaf);
  }
  return map_node_hash(by_definition(left, depth + 1), by_definition(right, depth + 1));
}

TEST(MemoryState, RootFollowsTheDefinition) {
  MemoryState state;
  EXPECT_TRUE(state.root().is_zero());
  std::map<Digest, Digest> leaves;
  for (int step = 0; step < 300; ++step) {
    const std::string key = "key/" + std::to_string(step % 200);
    const std::string value = "value " + std::to_string(step);
    state.apply({{key, value}});
    leaves[map_path(key)] = map_value_digest(value);
    ASSERT_EQ(state.root(), by_definition(leaves, 0)) << step;
    ASSERT_EQ(state.get(key), value);
  }
  EXPECT_EQ(state.get("key/absent"), std::nullopt);
}

}  // namespace
}  // namespace kimberlite::cli
