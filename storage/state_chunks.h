// The state cut into chunks that prove themselves: chunk i of 16^depth holds the items whose path begins with the steps
// of i, and so a subtree of the sparse Merkle map. The pages above (the top) connect the subtrees with the state root,
// so that whoever trusts the root can check each chunk as it comes, from whomever it comes. Thread-safe: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/error.h"
#include "storage/map_page.h"
#include "storage/state_overlay.h"
#include "storage/store.h"

namespace kimberlite::storage {

/// Steps of a path that choose a chunk, at most: 65,536 chunks, and a top of at most 2.3 MB.
inline constexpr unsigned kChunkDepthMax = 4;
/// A state is cut so that its chunks have about this many bytes. Paths are hashes: none comes near what a peer's frame
/// holds, unless somebody looks for keys whose hashes begin alike; such a one is not given out.
inline constexpr std::size_t kChunkBytesAim = 256 * 1024;

/// How many chunks there are.
constexpr std::uint32_t chunk_count(unsigned depth) {
  return std::uint32_t{1} << (kPageBits * depth);
}
/// The depth for a state of so many bytes of keys and values: the least that makes chunks of `aim` bytes on average.
unsigned chunk_depth(std::uint64_t state_bytes, std::size_t aim = kChunkBytesAim);
/// The chunk to which a key belongs.
std::uint32_t chunk_of(std::string_view key, unsigned depth);

/// The pages of the map above the chunks.
class ChunkTop {
 public:
  /// Reads them. REQUIRES: depth <= kChunkDepthMax.
  static ChunkTop of(const StateSource& state, unsigned depth);
  /// From the pages as encode() gives them, checked against a root. FIELD_OUT_OF_RANGE, MALFORMED, PROOF_TRUNCATED,
  /// PROOF_INVALID.
  static Result<ChunkTop> decode(unsigned depth, const Digest& state_root, std::span<const std::string> pages);

  /// The pages, each before those below it; none at depth 0.
  [[nodiscard]] std::vector<std::string> encode() const;
  [[nodiscard]] unsigned depth() const { return depth_; }
  [[nodiscard]] const std::map<MapPageId, MapPage>& pages() const { return pages_; }

  /// Checks that these are exactly the items of a chunk, whatever their order, and gives the pages of its subtree.
  /// Errors: FIELD_OUT_OF_RANGE (no such chunk), PROOF_INVALID.
  [[nodiscard]] Result<MapPages> check(std::uint32_t chunk, std::span<const StateItem> items) const;

 private:
  // What the pages above say of a chunk: nothing in it, one leaf, or the hash of a page.
  struct Expected {
    std::optional<MapLeaf> leaf;
    Digest node;
  };
  ChunkTop(unsigned depth, const Digest& root) : depth_(depth), root_(root) {}
  [[nodiscard]] Expected expected(std::uint32_t chunk) const;

  unsigned depth_;
  Digest root_;
  std::map<MapPageId, MapPage> pages_;
};

}  // namespace kimberlite::storage
