// Changes of the set that votes (consensus, Epochs): what one epoch's closing block may do to it. The new set votes
// from the next epoch on. Guards of both, in this order: TOO_MANY_CHANGES (more than f in one epoch, at least one),
// TOO_FEW_VALIDATORS (fewer than 4 outside development networks, or none), TOO_MANY_VALIDATORS. Thread-safe: no state.
#pragma once

#include <cstddef>
#include <string>

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class ValidatorEntry;
}

namespace kimberlite::ledger {

/// Validators that must remain on a network that is not for development.
inline constexpr int kValidatorsMin = 4;
/// Most validators: the vote journal and the peers' queues are sized for it.
inline constexpr int kValidatorsMax = 128;

/// Adds a node, or puts it in the place of its participant's. An empty address keeps the one it had: MISSING_FIELD
/// (node_address) if there was none. The key that the node had before is revoked.
Result<void> put_validator(Context& context, const v1::ValidatorEntry& entry);

/// Takes the participant's node out of the set and revokes its key. REQUIRES: votes(context, participant).
Result<void> remove_validator(Context& context, const std::string& participant);

/// A participant changes its node once in parameters.node_change_rest_hours, so that nobody ends epochs all day long:
/// TOO_MANY_CHANGES; otherwise remembers that it did. Does nothing on networks without that parameter.
Result<void> take_node_change(Context& context, const std::string& participant);

/// Whether the participant has a node in the newest set.
bool votes(const Context& context, const std::string& participant);

}  // namespace kimberlite::ledger
