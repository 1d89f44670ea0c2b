#include <string>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/roll/events.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/roll/validators.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::NodeRegister& event) {
  if (Result<void> root = require_root(context.signer); !root) return root;
  const std::string& participant = context.signer.party();
  if (!on_roll(context, participant))
    return fail(Reason::NOT_A_PARTICIPANT, "", concat({participant, " is not on the roll now"}));
  if (context.transaction.contains(signing_key_key(event.public_key())))
    return fail(Reason::KEY_EXISTS, "public_key", "this key is registered already: a key is registered once, for ever");
  if (auto taken = take_node_change(context, participant); !taken) return taken;
  v1::ValidatorEntry entry;
  entry.set_participant(participant);
  entry.set_node_key(event.public_key());
  entry.set_node_address(event.node_address());
  return put_validator(context, entry);
}

Result<void> apply(Context& context, const v1::NodeRetire& /*event*/) {
  if (Result<void> root = require_root(context.signer); !root) return root;
  const std::string& participant = context.signer.party();
  if (!votes(context, participant))
    return fail(Reason::NO_VOTING_NODE, "", concat({"no node of ", participant, " votes"}));
  if (auto taken = take_node_change(context, participant); !taken) return taken;
  return remove_validator(context, participant);
}

}  // namespace kimberlite::ledger
