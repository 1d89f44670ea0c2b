// Which rule decides which event. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class Event;
}

namespace kimberlite::ledger {

/// Applies one event. The error's `field` is a path within the event's own message; rules.cc puts the event in front.
Result<void> apply_event(Context& context, const v1::Event& event);

}  // namespace kimberlite::ledger
