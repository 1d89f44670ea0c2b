// The answer to a request for a range of the log, from what is final here. Thread-safe: pure.
#pragma once

#include <cstddef>
#include <string>

#include "node/runtime/peer_inbox.h"
#include "storage/store.h"

namespace kimberlite::runtime {

/// Bytes of leaves that one answer carries at most, so that it fits a peer frame, and leaves.
inline constexpr std::size_t kRangeBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kRangeLeavesMax = 16'384;

/// A serialised PeerMessage whose leaves prove themselves (range_fetch.h); empty: the log here does not reach so far,
/// or nothing was asked for.
std::string answer_range(const storage::Snapshot& state, const LogRangeRequestFrame& request);

}  // namespace kimberlite::runtime
