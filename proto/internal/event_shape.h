// The shape of each kind of event: what must be set, and how codes and numbers are written. No ledger state, no rules
// about amounts, dates or parties (those are the ledger's). Thread-safe.
#pragma once

#include "proto/internal/shape.h"

namespace kimberlite {

namespace v1 {
class Event;
}

namespace internal {

/// Most HS lines of a certificate (scheme, section 4, field 13).
inline constexpr int kHsLinesMax = 3;
/// Most seals of a shipment.
inline constexpr int kSealsMax = 32;

/// Checks the event that is set; field paths are relative to the Event ("certificate_issue.number").
Shape check_event(const v1::Event& event);

}  // namespace internal
}  // namespace kimberlite
