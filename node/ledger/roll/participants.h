// The roll of participants. Being on it and being allowed to trade are two things: the second is in measures/.
// Thread-safe: no state.
#pragma once

#include <string_view>

#include "node/ledger/context.h"

namespace kimberlite::ledger {

/// True if the participant is admitted at the ledger's time and has not withdrawn.
bool on_roll(const Context& context, std::string_view code);

/// The v1::ReceiptPolicy of an importing participant in force now: the dated parameter with the latest beginning that
/// has come (of equal beginnings the last listed); importer_then_authority where none has (scheme, section 5.2).
int receipt_policy(const Context& context, std::string_view importer);

}  // namespace kimberlite::ledger
