// C2SP tlog-tiles geometry: which tiles a log of a given size has, and their paths. Thread-safe: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/types.h"

namespace kimberlite::cli {

inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;

/// A hash tile, or with `entries` a bundle of leaves. `width` 1 to 256; below 256 it is partial.
struct TileId {
  bool entries = false;
  unsigned level = 0;
  std::uint64_t index = 0;
  std::uint64_t width = kTileWidth;

  /// "tile/0/x001/234.p/7", "tile/entries/000", ...
  [[nodiscard]] std::string path() const;
  /// The path of the full tile at the same place.
  [[nodiscard]] std::string full_path() const;
};

/// Number of tiles at a level (hash tiles) of a log of `size` leaves; bundles count as level 0.
std::uint64_t tile_count(LogSize size, unsigned level);
/// The tile at a place, with the width that it has in a log of `size`. REQUIRES index < tile_count.
TileId tile_at(LogSize size, unsigned level, std::uint64_t index);
/// The same for entry bundles.
TileId bundle_at(LogSize size, std::uint64_t index);
/// Number of levels that have at least one tile.
unsigned tile_levels(LogSize size);
/// Every bundle and hash tile of a log of `size`.
std::vector<TileId> all_tiles(LogSize size);

}  // namespace kimberlite::cli
