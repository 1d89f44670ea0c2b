// Paths of C2SP tlog-tiles (c2sp.org/tlog-tiles): /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>].
// Every tile has exactly one path: what is not written in its canonical form is refused. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kimberlite::api {

/// Hashes of a full tile, entries of a full bundle.
inline constexpr unsigned kTileWidthMax = 256;
/// Highest tile level that the specification allows in a path.
inline constexpr unsigned kTileLevelMax = 63;

/// What a path names.
struct TilePath {
  bool entries{};         ///< an entry bundle; `level` is then 0
  unsigned level{};       ///< 0 to 63
  std::uint64_t index{};  ///< of the tile within its level
  unsigned width{};       ///< 1 to 255 for a partial tile, 256 for a full one

  friend bool operator==(const TilePath&, const TilePath&) = default;
};

/// The tile that an absolute path names; nullopt if it is no canonical tile path. <N> is written in groups of three
/// digits, all but the last behind an "x": 1234067 is x001/x234/067.
std::optional<TilePath> parse_tile_path(std::string_view path);

/// Whether a log of `log_size` entries has all of the tile.
bool tile_exists(const TilePath& path, std::uint64_t log_size);

}  // namespace kimberlite::api
