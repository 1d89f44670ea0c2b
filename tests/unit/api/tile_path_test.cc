// Tile paths: the specification's examples, the canonical form and nothing else, and what exists in a log of a given
// size.
#include "node/api/tile_path.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

namespace kimberlite::api {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// The specification's encoding, written from its text: zero-padded groups of three, all but the last behind an "x".
std::string encode(std::uint64_t index) {
  std::string digits = std::to_string(index);
  while (digits.size() % 3 != 0) digits.insert(0, "0");
  std::string path;
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    const bool last = at + 3 == digits.size();
    path += (last ? "" : "x") + digits.substr(at, 3) + (last ? "" : "/");
  }
  return path;
}

TilePath hashes(unsigned level, std::uint64_t index, unsigned width = kTileWidthMax) {
  return {false, level, index, width};
}
TilePath entries(std::uint64_t index, unsigned width = kTileWidthMax) {
  return {true, 0, index, width};
}

TEST(TilePath, ExamplesOfTheSpecification) {
  EXPECT_EQ(parse_tile_path("/tile/0/x001/x234/067"), hashes(0, 1234067));
  EXPECT_EQ(parse_tile_path("/tile/entries/x001/x234/067"), entries(1234067));
  // The partial tiles of a tree of 70,000 entries.
  EXPECT_EQ(parse_tile_path("/tile/0/273.p/112"), hashes(0, 273, 112));
  EXPECT_EQ(parse_tile_path("/tile/1/001.p/17"), hashes(1, 1, 17));
  EXPECT_EQ(parse_tile_path("/tile/2/000.p/1"), hashes(2, 0, 1));
}

TEST(TilePath, EndsOfTheRanges) {
  EXPECT_EQ(parse_tile_path("/tile/0/000"), hashes(0, 0));
  EXPECT_EQ(parse_tile_path("/tile/63/999"), hashes(63, 999));
  EXPECT_EQ(parse_tile_path("/tile/0/x001/000"), hashes(0, 1000));
  EXPECT_EQ(parse_tile_path("/tile/0/000.p/255"), hashes(0, 0, 255));
  EXPECT_EQ(parse_tile_path("/tile/entries/000.p/1"), entries(0, 1));
  EXPECT_EQ(parse_tile_path("/tile/0/x018/x446/x744/x073/x709/x551/615"), hashes(0, kMax));
}

TEST(TilePath, OneAboveTheLargestIndexIsRefused) {
  EXPECT_FALSE(parse_tile_path("/tile/0/x018/x446/x744/x073/x709/x551/616"));
  EXPECT_FALSE(parse_tile_path("/tile/0/x018/x446/x744/x073/x709/x552/000"));
  EXPECT_FALSE(parse_tile_path("/tile/0/x999/x999/x999/x999/x999/x999/999"));
  EXPECT_FALSE(parse_tile_path("/tile/0/x001/x000/x000/x000/x000/x000/x000/000"));
}

class RefusedTilePath : public testing::TestWithParam<const char*> {};

TEST_P(RefusedTilePath, IsNoTile) {
  EXPECT_FALSE(parse_tile_path(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedTilePath,
    testing::Values("", "/", "/tile", "/tile/", "/tile/0", "/tile/0/", "/tile//000", "/tile/entries", "/tile/entries/",
                    "tile/0/000", "//tile/0/000", "/tiles/0/000", "/tile/0//000", "/Tile/0/000",
                    // levels
                    "/tile/64/000", "/tile/00/000", "/tile/01/000", "/tile/-1/000", "/tile/+1/000", "/tile/1x/000",
                    "/tile/0x1/000", "/tile/1000/000", "/tile/ 0/000", "/tile/entry/000", "/tile/Entries/000",
                    // indices
                    "/tile/0/0", "/tile/0/00", "/tile/0/0000", "/tile/0/67", "/tile/0/1234067", "/tile/0/x067",
                    "/tile/0/x001", "/tile/0/x001/", "/tile/0/001/234", "/tile/0/x001/x234", "/tile/0/x1/234",
                    "/tile/0/X001/234", "/tile/0/x001/234/", "/tile/0/x001//234", "/tile/0/x001234", "/tile/0/-01",
                    "/tile/0/0x0", "/tile/0/ 00", "/tile/0/00a", "/tile/0/x001/23", "/tile/0/x001/2345",
                    // superfluous leading groups: one tile, one path
                    "/tile/0/x000/067", "/tile/0/x000/x001/234", "/tile/entries/x000/000",
                    // widths
                    "/tile/0/000.p", "/tile/0/000.p/", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/257",
                    "/tile/0/000.p/01", "/tile/0/000.p/-1", "/tile/0/000.p/1/", "/tile/0/000.p/1.p/1",
                    "/tile/0/000.p/1x", "/tile/0/000.P/1", "/tile/0/000.q/1", "/tile/0/.p/1", "/tile/0.p/1",
                    "/tile/0/x001.p/1/234", "/tile/0/000.p/99999999999999999999",
                    // elsewhere
                    "/tile/0/../0/000", "/tile/%30/000", "/tile/0/000?", "/tile/0/000#x", "/tile/0/000 "));

TEST(TilePath, BytesThatAreNoTextAreRefused) {
  EXPECT_FALSE(parse_tile_path(std::string_view("/tile/0/000\0", 12)));
  EXPECT_FALSE(parse_tile_path(std::string_view("/tile/\0/000", 11)));
  EXPECT_FALSE(parse_tile_path("/tile/0/\xff\xff\xff"));
}

TEST(TilePath, EveryTileHasItsPath) {
  const bool holds = rc::check("what is encoded is parsed", [] {
    const auto index = *rc::gen::arbitrary<std::uint64_t>();
    const auto level = *rc::gen::inRange(0U, kTileLevelMax + 1);
    const auto width = *rc::gen::inRange(1U, kTileWidthMax + 1);
    const std::string suffix = width == kTileWidthMax ? "" : ".p/" + std::to_string(width);
    RC_ASSERT(parse_tile_path("/tile/" + std::to_string(level) + "/" + encode(index) + suffix) ==
              hashes(level, index, width));
    RC_ASSERT(parse_tile_path("/tile/entries/" + encode(index) + suffix) == entries(index, width));
  });
  EXPECT_TRUE(holds);
}

TEST(TilePath, NoTwoPathsNameOneTile) {
  const bool holds = rc::check("an altered path is another tile or none", [] {
    const auto index = *rc::gen::arbitrary<std::uint64_t>();
    const std::string path = "/tile/3/" + encode(index) + ".p/77";
    std::string altered = path;
    const auto at = *rc::gen::inRange<std::size_t>(0, path.size());
    const std::string replacements = "0123456789x/.p-";
    altered[at] = replacements[*rc::gen::inRange<std::size_t>(0, replacements.size())];
    RC_PRE(altered != path);
    RC_ASSERT(parse_tile_path(altered) != parse_tile_path(path));
  });
  EXPECT_TRUE(holds);
}

TEST(TileExists, TreeOfSeventyThousand) {
  constexpr std::uint64_t kSize = 70'000;
  EXPECT_TRUE(tile_exists(hashes(0, 272), kSize));
  EXPECT_FALSE(tile_exists(hashes(0, 273), kSize));
  EXPECT_TRUE(tile_exists(hashes(0, 273, 112), kSize));
  EXPECT_FALSE(tile_exists(hashes(0, 273, 113), kSize));
  EXPECT_FALSE(tile_exists(hashes(0, 274, 1), kSize));
  EXPECT_TRUE(tile_exists(hashes(1, 0), kSize));
  EXPECT_TRUE(tile_exists(hashes(1, 1, 17), kSize));
  EXPECT_FALSE(tile_exists(hashes(1, 1, 18), kSize));
  EXPECT_TRUE(tile_exists(hashes(2, 0, 1), kSize));
  EXPECT_FALSE(tile_exists(hashes(2, 0, 2), kSize));
  EXPECT_FALSE(tile_exists(hashes(3, 0, 1), kSize));
  EXPECT_TRUE(tile_exists(entries(273, 112), kSize));
  EXPECT_FALSE(tile_exists(entries(273, 113), kSize));
}

TEST(TileExists, APartOfAFullTileStillExists) {
  EXPECT_TRUE(tile_exists(hashes(0, 0, 3), 256));
}

TEST(TileExists, NothingExistsInAnEmptyLog) {
  EXPECT_FALSE(tile_exists(hashes(0, 0), 0));
  EXPECT_FALSE(tile_exists(hashes(0, 0, 1), 0));
  EXPECT_FALSE(tile_exists(entries(0, 1), 0));
}

TEST(TileExists, NothingOverflows) {
  EXPECT_FALSE(tile_exists(hashes(0, kMax), kMax));
  EXPECT_FALSE(tile_exists(hashes(8, 0, 1), kMax));
  EXPECT_FALSE(tile_exists(hashes(63, kMax, 255), kMax));
  EXPECT_TRUE(tile_exists(hashes(7, 0, 255), kMax));
  EXPECT_TRUE(tile_exists(hashes(0, (kMax >> 8) - 1), kMax));
  EXPECT_TRUE(tile_exists(hashes(0, kMax >> 8, 255), kMax));
  EXPECT_FALSE(tile_exists(hashes(0, kMax >> 8), kMax));
}

TEST(TileExists, AgreesWithTheDefinition) {
  const bool holds = rc::check("a hash exists if its last entry does", [] {
    const auto size = *rc::gen::inRange<std::uint64_t>(0, 200'000);
    const auto level = *rc::gen::inRange(0U, 3U);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, 800);
    const auto width = *rc::gen::inRange(1U, kTileWidthMax + 1);
    const std::uint64_t last_entry = ((index * 256 + width) << (8 * level)) - 1;
    RC_ASSERT(tile_exists(hashes(level, index, width), size) == (last_entry < size));
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace kimberlite::api
