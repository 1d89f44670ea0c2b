// Who may impose and lift: the Security Council by its sanctions key, the Chair by its root key, a participant for
// itself. Thread-safe: no state.
#pragma once

#include <string_view>

#include "node/ledger/context.h"

namespace kimberlite::ledger {

/// What `imposed_by` says of the Security Council's records.
inline constexpr std::string_view kSecurityCouncil = "UNSC";

/// True if the sanctions key signs.
bool signed_by_security_council(const Context& context);
/// True if the root key of the participant that holds the Chair now signs.
bool signed_by_chair(const Context& context);
/// True if the participant's own root key signs.
bool signed_by_root_of(const Context& context, std::string_view participant);

}  // namespace kimberlite::ledger
