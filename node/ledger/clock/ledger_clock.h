// The clock that rules see (protocol v1, section 3): block time, or on a replay network the newest clock.advance.
// Thread-safe: no state.
#pragma once

#include <cstdint>

#include "node/ledger/transaction.h"
#include "proto/types.h"

namespace kimberlite::v1 {
class NetworkRecord;
}

namespace kimberlite::ledger {

/// 9999-12-31T23:59:59.999Z: the latest time that civil dates of four digits can name.
inline constexpr std::int64_t kLedgerTimeMaxMs = 253'402'300'799'999;

/// The record under "network". REQUIRES: the genesis state is applied.
v1::NetworkRecord load_network(const Transaction& transaction);

/// The rules' time. REQUIRES: the genesis state is applied.
TimeMs current_time(const Transaction& transaction, const v1::NetworkRecord& network, TimeMs block_time);

}  // namespace kimberlite::ledger
