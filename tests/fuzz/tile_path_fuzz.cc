// Paths of tiles as a node takes them: every tile has one path, the one that our auditor writes. Bundles too.
#include "cli/audit/tile_path.h"

#include "cli/audit/leaf_bundle.h"
#include "edits.h"
#include "node/api/tile_path.h"
#include "proto/assert.h"

namespace {

using namespace kimberlite;

void check_path(const std::string& path) {
  const auto tile = api::parse_tile_path(path);
  if (!tile) return;
  KIMBERLITE_ASSERT(tile->width >= 1 && tile->width <= api::kTileWidthMax, "a tile has 1 to 256 entries");
  KIMBERLITE_ASSERT(tile->level <= api::kTileLevelMax, "the specification's levels only");
  const cli::TileId id{.entries = tile->entries, .level = tile->level, .index = tile->index, .width = tile->width};
  KIMBERLITE_ASSERT("/" + id.path() == path, "a tile has one path");
}

void check_bundle(const std::string& bytes, std::uint64_t width) {
  const cli::LeafBundle bundle = cli::split_bundle(bytes, width, false);
  if (!bundle.fault.empty()) return;
  KIMBERLITE_ASSERT(bundle.leaves.size() == width, "a sound bundle holds what was asked for");
  std::string again;
  for (const std::string_view leaf : bundle.leaves) {
    again += static_cast<char>(leaf.size() >> 8);
    again += static_cast<char>(leaf.size() & 0xff);
    again += leaf;
  }
  KIMBERLITE_ASSERT(again == bytes, "and nothing else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  check_path(text);
  check_path(fuzz::edited("/tile/entries/x001/x234/067.p/8", data, size));
  check_path(fuzz::edited("/tile/2/x001/067", data, size));
  if (size > 0) check_bundle(text.substr(1), data[0]);
  return 0;
}
