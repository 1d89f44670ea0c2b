// The events by which a participant delegates and takes back powers, and by which participants and their voting nodes
// come and go. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class KeyRegister;
class KeyRevoke;
class NodeRegister;
class NodeRetire;
class ParticipantAdmit;
class ParticipantWithdraw;
}  // namespace kimberlite::v1

namespace kimberlite::ledger {

/// key.register. Guards: SIGNER_NOT_AUTHORISED (not a root key), FIELD_OUT_OF_RANGE (kind, roles), BAD_DATES (an empty
/// delegation period), KEY_EXISTS (of whatever party and kind, even if revoked).
Result<void> apply(Context& context, const v1::KeyRegister& event);
/// key.revoke. Guards: SIGNER_NOT_AUTHORISED (not a root key), UNKNOWN_KEY, SIGNER_NOT_AUTHORISED (a key of another
/// party, or a root or node key), KEY_REVOKED. Not retroactive: what the key signed before stays.
Result<void> apply(Context& context, const v1::KeyRevoke& event);
/// node.register. Guards: SIGNER_NOT_AUTHORISED (not a root key), NOT_A_PARTICIPANT, KEY_EXISTS, MISSING_FIELD (a first
/// node without an address), and those of the set (validators.h). The key that its node had before is revoked.
Result<void> apply(Context& context, const v1::NodeRegister& event);
/// node.retire. Guards: SIGNER_NOT_AUTHORISED (not a root key), NO_VOTING_NODE, and those of the set.
Result<void> apply(Context& context, const v1::NodeRetire& event);
/// participant.admit. Guards: NOT_CHAIR, PARTICIPANT_EXISTS (also one that withdrew), KEY_EXISTS (either key, or one
/// key for both), and those of the set.
Result<void> apply(Context& context, const v1::ParticipantAdmit& event);
/// participant.withdraw. Guards: SIGNER_NOT_AUTHORISED (not a root key), NOT_A_PARTICIPANT (withdrawn before), and
/// those of the set. Its bodies can still finish what is under way; it can issue and receive nothing new.
Result<void> apply(Context& context, const v1::ParticipantWithdraw& event);

}  // namespace kimberlite::ledger
