#include "storage/internal/block_batch.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::storage {
namespace {

// A leaf must fit the 16-bit length of a tile entry (C2SP tlog-tiles).
constexpr std::size_t kLeafBytesMax = 0xffff;

}  // namespace

BlockBatch::BlockBatch(const Database& database, const Digest& chain_id, TipRecord record)
    : database_(database), chain_id_(chain_id), record_(std::move(record)) {}

void BlockBatch::put(Family family, std::string_view key, std::string_view value) {
  const rocksdb::Status status = batch_.Put(database_.family(family), slice(key), slice(value));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
}

void BlockBatch::remove(Family family, std::string_view key) {
  const rocksdb::Status status = batch_.Delete(database_.family(family), slice(key));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a deletion");
}

void BlockBatch::put_page(const MapPageId& id, const ChangedPage& changed) {
  const MapPage& page = *changed.page;
  if (changed.slots == page.occupied()) {
    put(Family::kMap, id.key(), page.encode());
    return;
  }
  const std::string slots = page.encode(changed.slots);
  const rocksdb::Status status = batch_.Merge(database_.family(Family::kMap), id.key(), slots);
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a merge");
}

void BlockBatch::check_follows(const FinalBlock& block) const {
  const BlockHeader& header = block.header;
  const Tip& tip = record_.tip;
  KIMBERLITE_ASSERT(header.chain_id == chain_id_, "a final block is of this network");
  KIMBERLITE_ASSERT(header.height.value == tip.height.value + 1, "a final block has the height after the tip's");
  KIMBERLITE_ASSERT(header.parent == tip.block, "a final block's parent is the tip");
  KIMBERLITE_ASSERT(header.time_ms > tip.block_time_ms, "a final block is later than its parent");
  KIMBERLITE_ASSERT(header.first_index.value == tip.log_size.value, "a final block begins where the log ends");
  KIMBERLITE_ASSERT(header.count == block.envelope_leaves.size(), "a final block has as many envelopes as it says");
  KIMBERLITE_ASSERT(header.count == block.envelope_ids.size(), "each envelope has an id");
  KIMBERLITE_ASSERT(encode_block_leaf(header) == block.record_leaf, "the record leaf is the header's");
  KIMBERLITE_ASSERT(block.state != nullptr && block.state->base_root() == tip.state_root,
                    "a final block's state stands on its parent's");
  KIMBERLITE_ASSERT(header.state_root == block.state->state_root(), "a final block names the root of its state");
}

void BlockBatch::append_leaf(std::string_view leaf) {
  KIMBERLITE_ASSERT(leaf.size() <= kLeafBytesMax, "a leaf fits a tile entry");
  put(Family::kLeaves, encode_number(record_.range.size().value), leaf);
  record_.range.append(leaf_hash(leaf), [this](unsigned level, std::uint64_t index, const Digest& hash) {
    if (level % kTileBits == 0) put(Family::kTiles, tile_key(level / kTileBits, index), hash.view());
  });
}

void BlockBatch::add(const FinalBlock& block) {
  check_follows(block);
  const BlockHeader& header = block.header;
  for (std::size_t at = 0; at < block.envelope_leaves.size(); ++at) {
    const EnvelopeLocation location{header.height, LogIndex{header.first_index.value + at}};
    put(Family::kEnvelopes, block.envelope_ids[at].view(), encode_location(location));
    append_leaf(block.envelope_leaves[at]);
  }
  KIMBERLITE_ASSERT(header.events_root == record_.range.root(), "a final block names the log root after its envelopes");
  append_leaf(block.record_leaf);

  Tip& tip = record_.tip;
  tip = {header.height,     block_digest(block.record_leaf),
         header.view,       header.time_ms,
         header.log_size(), record_.range.root(),
         header.state_root};
  KIMBERLITE_ASSERT(block.epoch_link.empty() == header.next_validators.is_zero(),
                    "a block that closes an epoch comes with its link, and no other does");
  if (!block.epoch_link.empty()) put(Family::kCertificates, epoch_key(header.epoch), block.epoch_link);
  put(Family::kBlocks, height_key(tip.height), encode_number(header.record_index().value));
  put(Family::kBlocks, digest_key(tip.block), encode_number(tip.height.value));
  for (const auto& [key, value] : block.state->changes()) values_.insert_or_assign(key, value);
  for (const auto& [id, changed] : block.state->page_changes()) {
    ChangedPage& page = pages_[id];
    page.page = changed.page;
    page.slots |= changed.slots;
  }
}

void BlockBatch::finish(std::string_view finalization) {
  for (const auto& [key, value] : values_) put(Family::kState, key, value);
  for (const auto& [id, changed] : pages_) put_page(id, changed);
  put(Family::kCertificates, kFinalizationKey, finalization);
  put(Family::kMeta, kTipKey, encode_tip(record_.tip, record_.range));
}

}  // namespace kimberlite::storage
