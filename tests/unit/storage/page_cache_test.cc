// The page cache: what it answers is what the database would say for that height, or nothing; and it stays bounded.
#include "storage/internal/page_cache.h"

#include <gtest/gtest.h>

#include "proto/state_map.h"

namespace kimberlite::storage {
namespace {

MapPagePtr page_numbered(int number) {
  MapPage page;
  page.set_node(0, sha256(std::to_string(number)));
  return std::make_shared<const MapPage>(page);
}

MapPageId id_numbered(int number) {
  return {63, map_path(std::to_string(number))};
}

TEST(PageCache, AnswersForHeightsSinceWhichAPageIsUnchanged) {
  PageCache cache(Height{5});
  const MapPageId id;
  EXPECT_EQ(cache.find(id, Height{5}), std::nullopt);
  const MapPagePtr old = page_numbered(1);
  cache.remember(id, Height{5}, old);
  EXPECT_EQ(cache.find(id, Height{5}), old);
  EXPECT_EQ(cache.find(id, Height{4}), std::nullopt) << "it may have changed at height 5";

  cache.advance(Height{6}, {});
  EXPECT_EQ(cache.find(id, Height{6}), old) << "unchanged by block 6";
  const MapPagePtr young = page_numbered(2);
  cache.advance(Height{7}, {{id, {young, 1}}});
  EXPECT_EQ(cache.find(id, Height{7}), young);
  EXPECT_EQ(cache.find(id, Height{6}), std::nullopt) << "an old snapshot asks the database";
}

TEST(PageCache, DoesNotTakeWhatAnOldSnapshotRead) {
  PageCache cache(Height{5});
  cache.advance(Height{6}, {});
  cache.remember(MapPageId{}, Height{5}, page_numbered(1));
  EXPECT_EQ(cache.find(MapPageId{}, Height{6}), std::nullopt);
}

TEST(PageCache, RemembersThatThereIsNoPage) {
  PageCache cache(Height{5});
  cache.remember(MapPageId{}, Height{5}, nullptr);
  ASSERT_TRUE(cache.find(MapPageId{}, Height{5}));
  EXPECT_EQ(*cache.find(MapPageId{}, Height{5}), nullptr);
}

TEST(PageCache, ForgetsWhatWasNotUsed) {
  PageCache cache(Height{1});
  const MapPagePtr page = page_numbered(1);
  const auto count = static_cast<int>(kCachedPagesMax);
  for (int number = 0; number < count; ++number) {
    cache.remember(id_numbered(number), Height{1}, page);
    EXPECT_TRUE(cache.find(id_numbered(0), Height{1})) << "used all the time, at " << number;
  }
  EXPECT_FALSE(cache.find(id_numbered(1), Height{1}));
  EXPECT_TRUE(cache.find(id_numbered(count - 1), Height{1}));
  EXPECT_LE(page.use_count(), static_cast<long>(kCachedPagesMax) + 1);
}

}  // namespace
}  // namespace kimberlite::storage
