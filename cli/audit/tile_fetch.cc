// Fetching tiles: see tile_fetch.h.
#include "cli/audit/tile_fetch.h"

namespace kimberlite::cli {

Result<std::string> fetch_tile(TileSource& source, const TileId& tile) {
  auto bytes = source.get(tile.path());
  if (!bytes && bytes.error().reason == Reason::NOT_FOUND && tile.width < kTileWidth && !tile.entries) {
    bytes = source.get(tile.full_path());
    if (bytes) {
      bytes->resize(tile.width * Digest::kSize);
    }
  }
  return bytes;
}

NodeReader tile_nodes(TileSource& source, LogSize size) {
  return [&source, size](unsigned level, std::uint64_t index) -> Result<Digest> {
    // Tiles hold the hashes of every eighth level; one between them covers a row of those below it.
    const unsigned above = level % kTileHeight;
    const std::uint64_t first = index << above;
    const TileId tile = tile_at(size, level / kTileHeight, first / kTileWidth);
    const auto bytes = fetch_tile(source, tile);
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    const std::uint64_t begin = first % kTileWidth;
    const std::uint64_t end = begin + (std::uint64_t{1} << above);
    if (bytes->size() < end * Digest::kSize) {
      return fail(Reason::PROOF_INVALID, source.name() + "/" + tile.path(), "the tile is too short");
    }
    CompactRange row;
    for (std::uint64_t at = begin; at < end; ++at) {
      row.append(*Digest::from_bytes(std::string_view(*bytes).substr(at * Digest::kSize, Digest::kSize)));
    }
    return row.root();
  };
}

}  // namespace kimberlite::cli
