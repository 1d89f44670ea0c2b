#include "storage/internal/block_batch.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::storage {

BlockBatch::BlockBatch(const Database& database, const Digest& chain_id, TipRecord record)
    : LogBatch(database, std::move(record)), chain_id_(chain_id) {}

void BlockBatch::put_page(const MapPageId& id, const ChangedPage& changed) {
  const MapPage& page = *changed.page;
  if (changed.slots == page.occupied()) {
    put(Family::kMap, id.key(), page.encode());
    return;
  }
  merge(Family::kMap, id.key(), page.encode(changed.slots));
}

void BlockBatch::check_follows(const FinalBlock& block) const {
  const BlockHeader& header = block.header;
  const Tip& tip = record().tip;
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

void BlockBatch::add(const FinalBlock& block) {
  check_follows(block);
  const BlockHeader& header = block.header;
  for (std::size_t at = 0; at < block.envelope_leaves.size(); ++at)
    append_envelope(block.envelope_leaves[at], block.envelope_ids[at]);
  KIMBERLITE_ASSERT(header.events_root == record().range.root(),
                    "a final block names the log root after its envelopes");
  append_record(block.record_leaf, header);
  KIMBERLITE_ASSERT(block.epoch_link.empty() == header.next_validators.is_zero(),
                    "a block that closes an epoch comes with its link, and no other does");
  if (!block.epoch_link.empty()) put(Family::kCertificates, epoch_key(header.epoch), block.epoch_link);
  for (const auto& [key, value] : block.state->changes()) values_.insert_or_assign(key, value);
  for (const auto& [id, changed] : block.state->page_changes()) {
    ChangedPage& page = pages_[id];
    page.page = changed.page;
    page.slots |= changed.slots;
  }
  map_is_whole_ = !block.state->deferred();
}

void BlockBatch::finish(std::string_view finalization) {
  KIMBERLITE_ASSERT(map_is_whole_, "the last block of a commit has its map pages, and those of deferred blocks before");
  for (const auto& [key, value] : values_) put(Family::kState, key, value);
  for (const auto& [id, changed] : pages_) put_page(id, changed);
  put(Family::kCertificates, kFinalizationKey, finalization);
  put(Family::kMeta, kTipKey, encode_tip(record().tip, record().range));
}

}  // namespace kimberlite::storage
