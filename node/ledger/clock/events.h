// The event that moves the clock of a replay network. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class AdvanceClock;
}

namespace kimberlite::ledger {

/// clock.advance. Guards: CLOCK_NOT_ALLOWED, CLOCK_GOES_BACK, FIELD_OUT_OF_RANGE (beyond the year 9999).
Result<void> apply(Context& context, const v1::AdvanceClock& event);

}  // namespace kimberlite::ledger
