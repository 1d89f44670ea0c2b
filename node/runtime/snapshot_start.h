// Before a node that joins by a snapshot runs: its store is made from what its peers have.
#pragma once

#include <string>

#include "node/runtime/configuration.h"
#include "proto/error.h"

namespace kimberlite::runtime {

/// Makes the store, if there is none, from a snapshot and the log of peers (snapshot_sync.h); returns when it is in its
/// place, however long that takes. Does nothing if there is one. Nobody votes meanwhile. May be killed at any time, and
/// goes on when called again. Errors: as Node::start.
Result<void> make_store_from_snapshot(const Configuration& configuration, const std::string& software);

}  // namespace kimberlite::runtime
