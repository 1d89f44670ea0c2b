// The events by which a participant delegates and takes back powers. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class KeyRegister;
class KeyRevoke;
}  // namespace kimberlite::v1

namespace kimberlite::ledger {

/// key.register. Guards: SIGNER_NOT_AUTHORISED (not a root key), FIELD_OUT_OF_RANGE (kind, roles), BAD_DATES (an empty
/// delegation period), KEY_EXISTS (of whatever party and kind, even if revoked).
Result<void> apply(Context& context, const v1::KeyRegister& event);
/// key.revoke. Guards: SIGNER_NOT_AUTHORISED (not a root key), UNKNOWN_KEY, SIGNER_NOT_AUTHORISED (a key of another
/// party, or a root or node key), KEY_REVOKED. Not retroactive: what the key signed before stays.
Result<void> apply(Context& context, const v1::KeyRevoke& event);

}  // namespace kimberlite::ledger
