#include "node/api/epoch_links.h"

#include "kimberlite/v1/proof.pb.h"
#include "proto/assert.h"
#include "proto/block.h"

namespace kimberlite::api {

void add_epoch_links(const storage::Snapshot& state, LogSize below,
                     google::protobuf::RepeatedPtrField<v1::EpochLink>& out) {
  for (Epoch epoch{1};; ++epoch.value) {
    const auto bytes = state.epoch_link(epoch);
    if (!bytes) return;
    v1::EpochLink link;
    KIMBERLITE_ASSERT(link.ParseFromString(*bytes), "a stored link of an epoch parses");
    const auto header = decode_block_leaf(link.record_leaf());
    KIMBERLITE_ASSERT(header, "a stored link of an epoch holds a record");
    if (header->log_size() >= below) return;
    *out.Add() = std::move(link);
  }
}

}  // namespace kimberlite::api
