// Geometry of tlog-tiles: see tile_path.h.
#include "cli/audit/tile_path.h"

#include <algorithm>

#include "proto/assert.h"

namespace kimberlite::cli {

namespace {

constexpr std::uint64_t kPathGroup = 1000;

std::uint64_t nodes_at(LogSize size, unsigned level) {
  const unsigned shift = level * kTileHeight;
  return shift >= 64 ? 0 : size.value >> shift;
}

std::string three_digits(std::uint64_t number) {
  std::string text = std::to_string(number);
  return std::string(3 - text.size(), '0') + text;
}

}  // namespace

std::string TileId::full_path() const {
  std::string number = three_digits(index % kPathGroup);
  for (std::uint64_t rest = index / kPathGroup; rest > 0; rest /= kPathGroup) {
    number.insert(0, "x" + three_digits(rest % kPathGroup) + "/");
  }
  return "tile/" + (entries ? std::string("entries") : std::to_string(level)) + "/" + number;
}

std::string TileId::path() const {
  return full_path() + (width < kTileWidth ? ".p/" + std::to_string(width) : "");
}

std::uint64_t tile_count(LogSize size, unsigned level) {
  return (nodes_at(size, level) + kTileWidth - 1) / kTileWidth;
}

TileId tile_at(LogSize size, unsigned level, std::uint64_t index) {
  KIMBERLITE_ASSERT(index < tile_count(size, level), "the tile lies within the log");
  return {.entries = false,
          .level = level,
          .index = index,
          .width = std::min(kTileWidth, nodes_at(size, level) - index * kTileWidth)};
}

TileId bundle_at(LogSize size, std::uint64_t index) {
  TileId tile = tile_at(size, 0, index);
  tile.entries = true;
  return tile;
}

unsigned tile_levels(LogSize size) {
  unsigned levels = 0;
  while (tile_count(size, levels) > 0) {
    ++levels;
  }
  return levels;
}

std::vector<TileId> all_tiles(LogSize size) {
  std::vector<TileId> tiles;
  for (std::uint64_t index = 0; index < tile_count(size, 0); ++index) {
    tiles.push_back(bundle_at(size, index));
  }
  for (unsigned level = 0; level < tile_levels(size); ++level) {
    for (std::uint64_t index = 0; index < tile_count(size, level); ++index) {
      tiles.push_back(tile_at(size, level, index));
    }
  }
  return tiles;
}

}  // namespace kimberlite::cli
