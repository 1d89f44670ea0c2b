// Pages of the map: bytes there and back, refusal of bytes that no page has, positions and keys.
#include "storage/map_page.h"

#include <gtest/gtest.h>

#include "proto/state_map.h"

namespace kimberlite::storage {
namespace {

MapLeaf leaf_numbered(int number) {
  return {map_path("key " + std::to_string(number)), map_value_digest("value " + std::to_string(number))};
}

MapPage sample_page() {
  MapPage page;
  page.set_leaf(3, leaf_numbered(1));
  page.set_node(0, sha256("subtree"));
  page.set_leaf(15, leaf_numbered(2));
  return page;
}

TEST(MapPage, EncodingIsReadBack) {
  const MapPage page = sample_page();
  const std::string bytes = page.encode();
  EXPECT_EQ(bytes.size(), 4U + 32U + 2U * 64U);
  EXPECT_EQ(bytes.substr(0, 4), std::string("\x80\x09\x80\x08", 4));
  const auto decoded = MapPage::decode(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, page);
  EXPECT_EQ(decoded->hash(), page.hash());
}

TEST(MapPage, EveryTruncationIsRefused) {
  const std::string bytes = sample_page().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(MapPage::decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(MapPage::decode(bytes + '\0'));
}

TEST(MapPage, RefusesWhatNoPageHas) {
  EXPECT_FALSE(MapPage::decode(std::string(4, '\0'))) << "an empty page";
  EXPECT_FALSE(MapPage::decode(std::string("\x00\x01\x00\x02", 4) + std::string(64, 'x')))
      << "a leaf in an unused slot";
  EXPECT_FALSE(MapPage::decode(std::string("\x00\x01\x00\x00", 4) + std::string(32, '\0'))) << "a node of hash zero";
}

TEST(MapPage, ALoneLeafStandsForTheLevelsAboveIt) {
  MapPage page;
  page.set_leaf(5, leaf_numbered(1));
  EXPECT_EQ(page.hash(), leaf_numbered(1).hash);
  EXPECT_EQ(page.lone_leaf(4, 4), 5U);
  EXPECT_TRUE(page.range_empty(8, 8));
  EXPECT_TRUE(page.range_hash(8, 8).is_zero());
}

TEST(MapPage, ALoneSubtreeIsHashedLevelByLevel) {
  MapPage page;
  const Digest hash = sha256("subtree");
  page.set_node(5, hash);  // 0101
  const Digest zero;
  EXPECT_EQ(page.hash(), map_node_hash(map_node_hash(zero, map_node_hash(map_node_hash(zero, hash), zero)), zero));
  EXPECT_EQ(page.lone_leaf(0, 16), std::nullopt);
}

TEST(MapPage, ASlotGoesFromLeafToNodeAndBack) {
  MapPage page = sample_page();
  page.set_node(3, sha256("deeper"));
  EXPECT_FALSE(page.is_leaf(3));
  EXPECT_EQ(page.leaf(15), leaf_numbered(2));
  page.set_leaf(3, leaf_numbered(1));
  EXPECT_EQ(page, sample_page());
}

TEST(MapPage, ReplacedSlotsAreLaidOver) {
  const MapPage before = sample_page();
  MapPage after = before;
  after.set_node(3, sha256("deeper"));   // a leaf became a subtree
  after.set_leaf(15, leaf_numbered(3));  // a leaf changed
  after.set_leaf(7, leaf_numbered(4));   // an empty slot is used
  const std::string slots = after.encode(1U << 3 | 1U << 15 | 1U << 7);
  EXPECT_EQ(MapPage::replace_slots(before.encode(), slots), after.encode());

  MapPage last = after;
  last.set_node(7, sha256("deeper still"));
  const auto joined = MapPage::replace_slots(slots, last.encode(1U << 7));
  ASSERT_TRUE(joined) << "replacements are joined with one another first, if RocksDB wants";
  EXPECT_EQ(MapPage::replace_slots(before.encode(), *joined), last.encode());
}

TEST(MapPage, ReplacingRefusesWhatNoPageHas) {
  const std::string page = sample_page().encode();
  EXPECT_FALSE(MapPage::replace_slots(page, page.substr(1)));
  EXPECT_FALSE(MapPage::replace_slots(page.substr(1), page));
  EXPECT_FALSE(MapPage::replace_slots(page, ""));
}

TEST(MapPageDeathTest, OnlySlotsInUseAreWritten) {
  EXPECT_DEATH(static_cast<void>(sample_page().encode(1U << 1)), "in use");
  EXPECT_DEATH(static_cast<void>(sample_page().encode(0)), "in use");
}

TEST(MapPageId, KeysArePackedSteps) {
  MapPageId id;
  EXPECT_EQ(id.key(), std::string(1, '\0'));
  id = id.child(0xa);
  EXPECT_EQ(id.key(), "\x01\xa0");
  id = id.child(0xb).child(0xc);
  EXPECT_EQ(id.key(), "\x03\xab\xc0");
  EXPECT_EQ(path_nibble(id.prefix, 2), 0xcU);
}

TEST(MapPageIdDeathTest, NoPageLiesBelowTheLastStep) {
  MapPageId id;
  for (unsigned step = 0; step < kPathNibbles - 1; ++step) id = id.child(0xf);
  EXPECT_DEATH(static_cast<void>(id.child(0)), "never have the same path");
}

}  // namespace
}  // namespace kimberlite::storage
