#include "storage/state_chunks.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "proto/assert.h"
#include "storage/internal/map_update.h"

namespace kimberlite::storage {
namespace {

// Where the page of a chunk's subtree stands.
MapPageId page_of(std::uint32_t chunk, unsigned depth) {
  MapPageId id;
  for (unsigned step = 0; step < depth; ++step)
    id = id.child(chunk >> (kPageBits * (depth - 1 - step)) & (kPageSlots - 1));
  return id;
}

bool is_below(const Digest& path, const MapPageId& id) {
  for (unsigned step = 0; step < id.nibbles; ++step)
    if (path_nibble(path, step) != path_nibble(id.prefix, step)) return false;
  return true;
}

// Puts in order each page that the walk from the root meets; false if one is missing.
using Read = std::function<std::optional<MapPage>(const MapPageId& id, const Digest& hash)>;
bool walk(const MapPageId& id, const Digest& hash, unsigned depth, const Read& read,
          std::map<MapPageId, MapPage>& pages) {
  if (id.nibbles == depth) return true;
  auto page = read(id, hash);
  if (!page) return false;
  const MapPage& kept = pages.emplace(id, *std::move(page)).first->second;
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if (kept.is_empty(slot) || kept.is_leaf(slot)) continue;
    if (!walk(id.child(slot), kept.range_hash(slot, 1), depth, read, pages)) return false;
  }
  return true;
}

}  // namespace

unsigned chunk_depth(std::uint64_t state_bytes, std::size_t aim) {
  unsigned depth = 0;
  while (depth < kChunkDepthMax && state_bytes / chunk_count(depth) > aim) ++depth;
  return depth;
}

std::uint32_t chunk_of(std::string_view key, unsigned depth) {
  const Digest path = map_path(key);
  std::uint32_t chunk = 0;
  for (unsigned step = 0; step < depth; ++step) chunk = chunk << kPageBits | path_nibble(path, step);
  return chunk;
}

ChunkTop ChunkTop::of(const StateSource& state, unsigned depth) {
  KIMBERLITE_ASSERT(depth <= kChunkDepthMax,
                    "a state is cut at most " + std::to_string(kChunkDepthMax) + " steps deep");
  ChunkTop top(depth, state.state_root());
  if (state.state_root().is_zero()) return top;
  const bool whole = walk(
      {}, top.root_, depth,
      [&](const MapPageId& id, const Digest&) -> std::optional<MapPage> {
        const MapPagePtr page = state.page(id);
        return page ? std::optional(*page) : std::nullopt;
      },
      top.pages_);
  KIMBERLITE_ASSERT(whole, "a slot with a node has a page below it");
  return top;
}

Result<ChunkTop> ChunkTop::decode(unsigned depth, const Digest& state_root, std::span<const std::string> pages) {
  if (depth > kChunkDepthMax)
    return fail(Reason::FIELD_OUT_OF_RANGE, "depth", "at most " + std::to_string(kChunkDepthMax));
  ChunkTop top(depth, state_root);
  if (state_root.is_zero()) return top;
  std::optional<Error> wrong;
  const bool whole = walk(
      {}, state_root, depth,
      [&](const MapPageId& id, const Digest& hash) -> std::optional<MapPage> {
        const std::string field = "pages[" + std::to_string(top.pages_.size()) + "]";
        if (pages.empty()) {
          wrong = Error{Reason::PROOF_TRUNCATED, field, "not there"};
          return std::nullopt;
        }
        auto page = MapPage::decode(pages.front());
        pages = pages.subspan(1);
        if (!page) wrong = Error{Reason::MALFORMED, field, "not a page of the map"};
        if (page && page->hash() != hash)
          wrong = Error{Reason::PROOF_INVALID, field, "not the page that its hash names"};
        // A leaf alone in its range has the same hash in each of its slots: elsewhere, its chunk would seem empty.
        for (unsigned slot = 0; page && slot < kPageSlots; ++slot)
          if (page->is_leaf(slot) && !is_below(page->leaf(slot).path, id.child(slot)))
            wrong = Error{Reason::PROOF_INVALID, field, "a leaf in another's place"};
        // The same hash as of the leaf itself, where the map has no page.
        if (page && id.nibbles > 0 && page->lone_leaf(0, kPageSlots))
          wrong = Error{Reason::PROOF_INVALID, field, "a page of one leaf"};
        return wrong ? std::nullopt : std::move(page);
      },
      top.pages_);
  if (!whole) return std::unexpected(*wrong);
  if (!pages.empty()) return fail(Reason::MALFORMED, "pages", "more pages than the map has above its chunks");
  return top;
}

std::vector<std::string> ChunkTop::encode() const {
  std::vector<std::string> out;
  std::map<MapPageId, MapPage> met;
  if (root_.is_zero()) return out;
  walk(
      {}, root_, depth_,
      [&](const MapPageId& id, const Digest&) -> std::optional<MapPage> {
        out.push_back(pages_.at(id).encode());
        return pages_.at(id);
      },
      met);
  return out;
}

ChunkTop::Expected ChunkTop::expected(std::uint32_t chunk) const {
  const MapPageId subtree = page_of(chunk, depth_);
  MapPageId id;
  Digest node = root_;
  while (id.nibbles < depth_) {
    const auto page = pages_.find(id);
    if (page == pages_.end()) return {};
    const unsigned slot = path_nibble(subtree.prefix, id.nibbles);
    if (page->second.is_empty(slot)) return {};
    if (page->second.is_leaf(slot)) {
      const MapLeaf& leaf = page->second.leaf(slot);
      return is_below(leaf.path, subtree) ? Expected{leaf, {}} : Expected{};
    }
    node = page->second.range_hash(slot, 1);
    id = id.child(slot);
  }
  return {std::nullopt, node};
}

Result<MapPages> ChunkTop::check(std::uint32_t chunk, std::span<const StateItem> items) const {
  if (chunk >= chunk_count(depth_))
    return fail(Reason::FIELD_OUT_OF_RANGE, "chunk", "there are " + std::to_string(chunk_count(depth_)));
  std::vector<MapLeaf> leaves;
  for (const StateItem& item : items) leaves.emplace_back(map_path(item.key), map_value_digest(item.value));
  std::ranges::sort(leaves, {}, &MapLeaf::path);
  const MapPageId subtree = page_of(chunk, depth_);
  const bool distinct = std::ranges::adjacent_find(leaves, {}, &MapLeaf::path) == leaves.end();
  const bool inside = std::ranges::all_of(leaves, [&](const MapLeaf& leaf) { return is_below(leaf.path, subtree); });
  const Expected wanted = expected(chunk);
  MapPages pages;
  bool right = distinct && inside;
  if (right && (wanted.leaf || wanted.node.is_zero())) {
    right = wanted.leaf ? leaves.size() == 1 && leaves.front() == *wanted.leaf : leaves.empty();
  } else if (right) {
    right = leaves.size() >= (depth_ == 0 ? 1U : 2U);  // a lone leaf has no page but the root's
    if (right) {
      MapUpdate built = build_subtree(subtree, leaves);
      right = built.root == wanted.node;
      pages = std::move(built.pages);
    }
  }
  if (!right)
    return fail(Reason::PROOF_INVALID, "chunk",
                "the items of chunk " + std::to_string(chunk) + " do not give its hash");
  return pages;
}

}  // namespace kimberlite::storage
