// Whether the key that signed an envelope is in force, and in whose name. Thread-safe: no state.
#pragma once

#include <string_view>

#include "node/ledger/transaction.h"
#include "proto/ed25519.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite::v1 {
class KeyRecord;
}

namespace kimberlite::ledger {

/// The key's record if it may sign for `party` now: delegation [from, to), not revoked. Only the ledger's time counts,
/// never a time that the signer claims. Errors, in this order: UNKNOWN_KEY, KEY_REVOKED, KEY_NOT_YET_VALID,
/// KEY_EXPIRED, WRONG_PARTY.
Result<v1::KeyRecord> key_in_force(const Transaction& transaction, const PublicKey& key, std::string_view party,
                                   TimeMs now);

}  // namespace kimberlite::ledger
