#include <optional>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/measures/organs.h"
#include "node/ledger/roll/events.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/roll/validators.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<void> check_new_keys(const Context& context, const v1::ParticipantAdmit& event) {
  if (context.transaction.contains(signing_key_key(event.root_key())))
    return fail(Reason::KEY_EXISTS, "root_key", "this key is registered already");
  if (event.node_key() == event.root_key())
    return fail(Reason::KEY_EXISTS, "node_key", "root and node have keys of their own");
  if (!event.node_key().empty() && context.transaction.contains(signing_key_key(event.node_key())))
    return fail(Reason::KEY_EXISTS, "node_key", "this key is registered already");
  return {};
}

}  // namespace

Result<void> apply(Context& context, const v1::ParticipantAdmit& event) {
  if (!signed_by_chair(context))
    return fail(Reason::NOT_CHAIR, "", concat({"the Chair's root key admits, not ", describe_signer(context.signer)}));
  std::string key = participant_key(event.code());
  if (context.transaction.contains(key) || context.transaction.contains(observer_key(event.code())))
    return fail(Reason::PARTICIPANT_EXISTS, "code", concat({event.code(), " is on the ledger already"}));
  if (Result<void> fresh = check_new_keys(context, event); !fresh) return fresh;

  v1::ParticipantRecord record;
  record.set_code(event.code());
  record.set_name(event.name());
  record.set_member_states(event.member_states());
  record.set_role(event.role());
  record.set_admitted_ms(context.now.value);
  record.set_decision(event.decision());
  context.transaction.store(std::move(key), record);
  v1::KeyRecord root;
  root.set_public_key(event.root_key());
  root.set_kind(v1::KEY_KIND_ROOT);
  root.set_party(event.code());
  context.transaction.store(signing_key_key(event.root_key()), root);
  if (event.node_key().empty()) return {};
  v1::ValidatorEntry entry;
  entry.set_participant(event.code());
  entry.set_node_key(event.node_key());
  entry.set_node_address(event.node_address());
  return put_validator(context, entry);
}

Result<void> apply(Context& context, const v1::ParticipantWithdraw& event) {
  if (Result<void> root = require_root(context.signer); !root) return root;
  const std::string& participant = context.signer.party();
  std::string key = participant_key(participant);
  std::optional<v1::ParticipantRecord> record = context.transaction.load<v1::ParticipantRecord>(key);
  if (!record || !on_roll(context, participant))
    return fail(Reason::NOT_A_PARTICIPANT, "", concat({participant, " is not on the roll now"}));
  record->set_withdrawn_ms(context.now.value);
  record->set_decision(event.cause());
  context.transaction.store(std::move(key), *record);
  if (!votes(context, participant)) return {};
  return remove_validator(context, participant);
}

}  // namespace kimberlite::ledger
