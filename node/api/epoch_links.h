// How the epochs ended, from the store to those who ask: light clients, proofs, auditors. Thread-safe: pure.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include "proto/types.h"
#include "storage/store.h"

namespace kimberlite::v1 {
class EpochLink;
}

namespace kimberlite::api {

/// The links of all epochs whose last block closed less than `below` leaves, in order.
void add_epoch_links(const storage::Snapshot& state, LogSize below,
                     google::protobuf::RepeatedPtrField<v1::EpochLink>& out);

}  // namespace kimberlite::api
