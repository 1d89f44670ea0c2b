#include "node/runtime/state_snapshots.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "node/net/peer_network.h"
#include "node/runtime/log.h"
#include "proto/assert.h"
#include "storage/state_chunks.h"

namespace kimberlite::runtime {

StateSnapshots::StateSnapshots(std::filesystem::path folder, std::uint64_t every_blocks, const storage::Store& store,
                               boost::asio::any_io_executor workers)
    : folder_(std::move(folder)),
      every_blocks_(every_blocks),
      store_(store),
      workers_(std::move(workers)),
      newest_(storage::StateSnapshot::newest(folder_)) {}

void StateSnapshots::take(std::shared_ptr<const storage::Snapshot> state, std::string finalization) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(taking_, true)) return;
  }
  boost::asio::post(workers_, [this, state = std::move(state), finalization = std::move(finalization)]() mutable {
    auto taken = storage::StateSnapshot::take(folder_, *state, std::move(finalization));
    if (!taken) log_event(Level::kWarn, "snapshot_failed", {{"why", taken.error().to_string()}});
    if (taken)
      log_event(Level::kInfo, "snapshot_taken",
                {{"height", state->tip().height.value},
                 {"chunks", std::uint64_t{storage::chunk_count((*taken)->manifest().depth)}}});
    const std::lock_guard lock(mutex_);
    taking_ = false;
    if (taken) newest_ = *std::move(taken);
  });
}

std::shared_ptr<const storage::StateSnapshot> StateSnapshots::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::string StateSnapshots::offer() const {
  const auto snapshot = newest();
  if (!snapshot) return {};
  const auto& manifest = snapshot->manifest();
  v1::PeerMessage message;
  auto& out = *message.mutable_snapshot_offer();
  out.set_record_leaf(manifest.record_leaf);
  if (!out.mutable_finalization()->ParseFromString(manifest.finalization)) return {};
  out.set_depth(manifest.depth);
  for (const auto& page : manifest.top) out.add_top(page);
  return message.SerializeAsString();
}

std::string StateSnapshots::chunk(Height height, std::uint32_t chunk) const {
  const auto snapshot = newest();
  if (!snapshot || snapshot->header().height != height) return {};
  if (chunk >= storage::chunk_count(snapshot->manifest().depth)) return {};
  const auto items = snapshot->chunk(chunk);
  if (!items) {
    log_event(Level::kWarn, "snapshot_damaged", {{"why", items.error().to_string()}});
    return {};
  }
  v1::PeerMessage message;
  auto& out = *message.mutable_state_chunk();
  out.set_height(height.value);
  out.set_chunk(chunk);
  for (const auto& item : *items) {
    auto& entry = *out.add_items();
    entry.set_key(item.key);
    entry.set_value(item.value);
  }
  std::string answer = message.SerializeAsString();
  if (answer.size() <= net::kFrameBytesMax) return answer;
  log_event(Level::kWarn, "snapshot_damaged", {{"why", "a chunk fits no frame: join by sync.from = \"genesis\""}});
  return {};
}

std::string StateSnapshots::epoch_links(Epoch first) const {
  const auto state = store_.snapshot();
  const auto newest = state->record_leaf(state->tip().height);
  if (!newest || first.value == 0) return {};
  const auto header = decode_block_leaf(*newest);
  KIMBERLITE_ASSERT(header, "the store's newest record decodes");
  const std::uint64_t ended = header->epoch.value - (header->next_validators.is_zero() ? 1 : 0);
  v1::PeerMessage message;
  auto& out = *message.mutable_epoch_links();
  out.set_first_epoch(first.value);
  out.set_epochs_ended(ended);
  std::size_t bytes = 0;
  for (Epoch epoch = first; epoch.value <= ended && bytes < kEpochLinksBytesMax; ++epoch.value) {
    const auto link = state->epoch_link(epoch);
    KIMBERLITE_ASSERT(link && out.add_links()->ParseFromString(*link), "the store links every epoch that ended");
    bytes += link->size();
  }
  return message.SerializeAsString();
}

}  // namespace kimberlite::runtime
