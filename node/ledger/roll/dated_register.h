// The dated registers: which participant a number prefix belongs to, and which participant a territory belongs to.
// Never derived from ISO 3166-1: in 2007 the prefix EC was the European Community's, not Ecuador's (scheme,
// section 3.1). Thread-safe: no state.
#pragma once

#include <string>
#include <string_view>

#include "node/ledger/context.h"

namespace kimberlite::ledger {

/// The participant that holds the prefix of a certificate number now; "" if no one does.
std::string prefix_holder(const Context& context, std::string_view number);

/// The participant whose territory it is now: the register's, or the code itself where the register says nothing.
std::string territory_holder(const Context& context, std::string_view territory);

}  // namespace kimberlite::ledger
