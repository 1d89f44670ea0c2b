// The dates that a certificate bears: issued on the ledger's date, expiring later, within the network's longest
// validity. Dates are days since 1970-01-01, civil days in UTC. Thread-safe: no state.
#pragma once

#include <cstdint>

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::ledger {

/// The ledger's civil day.
std::int32_t today(const Context& context);

/// BAD_DATES unless the issue day is the ledger's (within the network's slack) and the expiry day after both;
/// VALIDITY_TOO_LONG if the expiry is later than the network's parameter after issue.
Result<void> require_dates(const Context& context, std::int32_t issue_day, std::int32_t expiry_day);

}  // namespace kimberlite::ledger
