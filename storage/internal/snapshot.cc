#include "storage/internal/snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::storage {
namespace {

// Reads that have no way to report damage stop the process: a replica that cannot trust its disk must not go on.
template <typename T>
T or_stop(Result<T> result) {
  KIMBERLITE_ASSERT(result.has_value(), result.error().to_string());
  return std::move(*result);
}

std::unexpected<Error> missing(Family family, std::string_view what, std::uint64_t number) {
  return fail(Reason::STORE_CORRUPT, std::string(kFamilyNames[static_cast<std::size_t>(family)]),
              "there should be " + std::string(what) + " " + std::to_string(number) + ", but it is missing or damaged");
}

std::unexpected<Error> beyond_log(std::string_view what, LogSize size) {
  return fail(Reason::NOT_FOUND, std::string(what), "the log has " + std::to_string(size.value) + " leaves");
}

Digest digest_at(std::string_view hashes, std::size_t index) {
  return *Digest::from_bytes(hashes.substr(index * Digest::kSize, Digest::kSize));
}

}  // namespace

DatabaseSnapshot::DatabaseSnapshot(std::shared_ptr<const Database> database, std::shared_ptr<PageCache> pages,
                                   TipRecord tip)
    : database_(std::move(database)),
      pages_(std::move(pages)),
      record_(std::move(tip)),
      snapshot_(database_->rocks().GetSnapshot()) {
  options_.snapshot = snapshot_;
}

DatabaseSnapshot::~DatabaseSnapshot() {
  database_->rocks().ReleaseSnapshot(snapshot_);
}

Result<std::optional<std::string>> DatabaseSnapshot::read(Family family, std::string_view key) const {
  return database_->get(options_, family, key);
}

Result<void> DatabaseSnapshot::scan(Family family, std::string_view first_key, const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> items(database_->rocks().NewIterator(options_, database_->family(family)));
  for (items->Seek(slice(first_key)); items->Valid(); items->Next()) {
    if (!visit(view(items->key()), view(items->value()))) break;
  }
  if (!items->status().ok()) {
    return database_error(items->status(), kFamilyNames[static_cast<std::size_t>(family)]);
  }
  return {};
}

std::optional<std::string> DatabaseSnapshot::get(std::string_view key) const {
  return or_stop(read(Family::kState, key));
}

Result<MapPagePtr> DatabaseSnapshot::read_page(const MapPageId& id) const {
  Result<std::optional<std::string>> bytes = read(Family::kMap, id.key());
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  if (!*bytes) return MapPagePtr();
  std::optional<MapPage> page = MapPage::decode(**bytes);
  if (!page) return fail(Reason::STORE_CORRUPT, "map", "the page at " + id.prefix.hex() + " is not in the format");
  return std::make_shared<const MapPage>(std::move(*page));
}

MapPagePtr DatabaseSnapshot::page(const MapPageId& id) const {
  if (auto remembered = pages_->find(id, record_.tip.height)) return *std::move(remembered);
  MapPagePtr page = or_stop(read_page(id));
  pages_->remember(id, record_.tip.height, page);
  return page;
}

std::vector<StateItem> DatabaseSnapshot::list(std::string_view prefix, std::string_view after,
                                              std::size_t limit) const {
  std::vector<StateItem> items;
  if (limit == 0) return items;
  const Result<void> scanned =
      scan(Family::kState, std::max(prefix, after), [&](std::string_view key, std::string_view value) {
        if (key == after && !after.empty()) return true;
        if (!key.starts_with(prefix)) return false;
        items.push_back({std::string(key), std::string(value)});
        return items.size() < limit;
      });
  KIMBERLITE_ASSERT(scanned.has_value(), scanned.error().to_string());
  return items;
}

std::optional<EnvelopeLocation> DatabaseSnapshot::find_envelope(const Digest& id) const {
  const std::optional<std::string> bytes = or_stop(read(Family::kEnvelopes, id.view()));
  if (!bytes) return std::nullopt;
  const std::optional<EnvelopeLocation> location = decode_location(*bytes);
  KIMBERLITE_ASSERT(location && location->index.value < record_.tip.log_size.value,
                    "an indexed envelope stands in the log");
  return location;
}

Result<std::vector<std::string>> DatabaseSnapshot::leaves(LogIndex first, std::size_t count,
                                                          std::size_t bytes_max) const {
  std::vector<std::string> found;
  const std::uint64_t size = record_.tip.log_size.value;
  if (first.value >= size || count == 0) return found;
  const std::uint64_t wanted = std::min<std::uint64_t>(count, size - first.value);
  std::size_t bytes = 0;
  bool full = false;
  const Result<void> scanned =
      scan(Family::kLeaves, encode_number(first.value), [&](std::string_view key, std::string_view leaf) {
        if (decode_number(key) != first.value + found.size()) return false;
        full = !found.empty() && bytes + leaf.size() > bytes_max;
        if (full) return false;
        bytes += leaf.size();
        found.emplace_back(leaf);
        return found.size() < wanted;
      });
  if (!scanned) return std::unexpected(scanned.error());
  if (!full && found.size() < wanted) return missing(Family::kLeaves, "leaf", first.value + found.size());
  return found;
}

Result<std::string> DatabaseSnapshot::hashes(unsigned tile_level, std::uint64_t first, unsigned count) const {
  std::string found;
  found.reserve(count * Digest::kSize);
  std::uint64_t next = first;
  const Result<void> scanned =
      scan(Family::kTiles, tile_key(tile_level, first), [&](std::string_view key, std::string_view hash) {
        if (key != tile_key(tile_level, next) || hash.size() != Digest::kSize) return false;
        found.append(hash);
        return ++next < first + count;
      });
  if (!scanned) return std::unexpected(scanned.error());
  if (next < first + count) {
    return missing(Family::kTiles, "at level " + std::to_string(kTileBits * tile_level) + " node", next);
  }
  return found;
}

Result<Digest> DatabaseSnapshot::log_node(unsigned level, std::uint64_t index) const {
  const std::uint64_t size = record_.tip.log_size.value;
  if (level >= 64 || index >= size >> level) return beyond_log("log node", record_.tip.log_size);
  const unsigned above = level % kTileBits;
  const unsigned width = 1U << above;
  const Result<std::string> bottom = hashes(level / kTileBits, index << above, width);
  if (!bottom) return std::unexpected(bottom.error());
  std::vector<Digest> nodes(width);
  for (unsigned at = 0; at < width; ++at) nodes[at] = digest_at(*bottom, at);
  for (unsigned left = width / 2; left > 0; left /= 2) {
    for (unsigned at = 0; at < left; ++at) nodes[at] = node_hash(nodes[2 * at], nodes[2 * at + 1]);
  }
  return nodes.front();
}

Result<std::string> DatabaseSnapshot::tile(unsigned level, std::uint64_t index, unsigned width) const {
  if (width == 0 || width > kTileWidth) {
    return fail(Reason::NOT_FOUND, "tile", "a tile has 1 to 256 hashes, not " + std::to_string(width));
  }
  const std::uint64_t nodes = level >= 64 / kTileBits ? 0 : record_.tip.log_size.value >> (kTileBits * level);
  if (index > nodes >> kTileBits || index * kTileWidth + width > nodes) {
    return beyond_log("tile", record_.tip.log_size);
  }
  return hashes(level, index * kTileWidth, width);
}

Result<std::string> DatabaseSnapshot::entry_bundle(std::uint64_t index, unsigned width) const {
  if (width == 0 || width > kTileWidth) {
    return fail(Reason::NOT_FOUND, "entries", "a bundle has 1 to 256 entries, not " + std::to_string(width));
  }
  const std::uint64_t size = record_.tip.log_size.value;
  if (index > size >> kTileBits || index * kTileWidth + width > size) {
    return beyond_log("entries", record_.tip.log_size);
  }
  const Result<std::vector<std::string>> entries =
      leaves(LogIndex{index * kTileWidth}, width, std::numeric_limits<std::size_t>::max());
  if (!entries) return std::unexpected(entries.error());
  std::string bundle;
  for (const std::string& entry : *entries) {
    bundle.push_back(static_cast<char>(entry.size() >> 8));
    bundle.push_back(static_cast<char>(entry.size() & 0xff));
    bundle.append(entry);
  }
  return bundle;
}

Result<std::optional<LogIndex>> DatabaseSnapshot::record_index(Height height) const {
  const Result<std::optional<std::string>> bytes = read(Family::kBlocks, height_key(height));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<LogIndex>();
  const std::optional<std::uint64_t> index = decode_number(**bytes);
  if (!index || *index >= record_.tip.log_size.value) return missing(Family::kBlocks, "block", height.value);
  return std::optional(LogIndex{*index});
}

std::optional<std::string> DatabaseSnapshot::record_leaf(Height height) const {
  const std::optional<LogIndex> index = or_stop(record_index(height));
  if (!index) return std::nullopt;
  std::optional<std::string> leaf = or_stop(read(Family::kLeaves, encode_number(index->value)));
  KIMBERLITE_ASSERT(leaf.has_value(), "the record of a final block is a leaf of the log");
  return leaf;
}

std::optional<std::string> DatabaseSnapshot::epoch_link(Epoch epoch) const {
  return or_stop(read(Family::kCertificates, epoch_key(epoch)));
}

std::optional<Height> DatabaseSnapshot::height_of(const Digest& block) const {
  const std::optional<std::string> bytes = or_stop(read(Family::kBlocks, digest_key(block)));
  if (!bytes) return std::nullopt;
  const std::optional<std::uint64_t> height = decode_number(*bytes);
  KIMBERLITE_ASSERT(height.has_value(), "the height of a block is eight bytes");
  return Height{*height};
}

}  // namespace kimberlite::storage
