#include "node/ledger/clock/ledger_clock.h"

#include <optional>
#include <utility>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"
#include "proto/assert.h"

namespace kimberlite::ledger {

v1::NetworkRecord load_network(const Transaction& transaction) {
  std::optional<v1::NetworkRecord> network = transaction.load<v1::NetworkRecord>(kNetworkKey);
  KIMBERLITE_ASSERT(network.has_value(), "the genesis state is applied before any envelope");
  return *std::move(network);
}

TimeMs current_time(const Transaction& transaction, const v1::NetworkRecord& network, TimeMs block_time) {
  if (network.clock() != v1::CLOCK_REPLAY) return block_time;
  const std::optional<v1::ClockRecord> clock = transaction.load<v1::ClockRecord>(kClockKey);
  KIMBERLITE_ASSERT(clock.has_value(), "a replay network has a clock from genesis on");
  return TimeMs{clock->now_ms()};
}

}  // namespace kimberlite::ledger
