#include "storage/internal/log_batch.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::storage {
namespace {

// A leaf must fit the 16-bit length of a tile entry (C2SP tlog-tiles).
constexpr std::size_t kLeafBytesMax = 0xffff;
// No key of a family that is removed whole begins so.
constexpr std::string_view kBeyondAllKeys = "\xff\xff\xff\xff\xff\xff\xff\xff";

}  // namespace

LogBatch::LogBatch(const Database& database, TipRecord record) : database_(database), record_(std::move(record)) {}

void LogBatch::put(Family family, std::string_view key, std::string_view value) {
  const rocksdb::Status status = batch_.Put(database_.family(family), slice(key), slice(value));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
}

void LogBatch::remove(Family family, std::string_view key) {
  const rocksdb::Status status = batch_.Delete(database_.family(family), slice(key));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a deletion");
}

void LogBatch::remove_all(Family family) {
  const rocksdb::Status status = batch_.DeleteRange(database_.family(family), rocksdb::Slice(), slice(kBeyondAllKeys));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a deletion");
}

void LogBatch::merge(Family family, std::string_view key, std::string_view value) {
  const rocksdb::Status status = batch_.Merge(database_.family(family), slice(key), slice(value));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a merge");
}

void LogBatch::append_leaf(std::string_view leaf) {
  KIMBERLITE_ASSERT(leaf.size() <= kLeafBytesMax, "a leaf fits a tile entry");
  put(Family::kLeaves, encode_number(record_.range.size().value), leaf);
  record_.range.append(leaf_hash(leaf), [this](unsigned level, std::uint64_t index, const Digest& hash) {
    if (level % kTileBits == 0) put(Family::kTiles, tile_key(level / kTileBits, index), hash.view());
  });
}

void LogBatch::append_envelope(std::string_view leaf, const Digest& id) {
  const EnvelopeLocation location{Height{record_.tip.height.value + 1}, LogIndex{record_.range.size().value}};
  put(Family::kEnvelopes, id.view(), encode_location(location));
  append_leaf(leaf);
}

void LogBatch::append_record(std::string_view leaf, const BlockHeader& header) {
  const LogIndex index{record_.range.size().value};
  append_leaf(leaf);
  Tip& tip = record_.tip;
  tip = {header.height,        block_digest(leaf),   header.view,      header.time_ms,
         record_.range.size(), record_.range.root(), header.state_root};
  put(Family::kBlocks, height_key(tip.height), encode_number(index.value));
  put(Family::kBlocks, digest_key(tip.block), encode_number(tip.height.value));
}

}  // namespace kimberlite::storage
