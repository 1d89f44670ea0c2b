#include <optional>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/roll/events.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::KeyRevoke& event) {
  if (Result<void> root = require_root(context.signer); !root) return root;
  std::string key = signing_key_key(event.public_key());
  std::optional<v1::KeyRecord> record = context.transaction.load<v1::KeyRecord>(key);
  if (!record) return fail(Reason::UNKNOWN_KEY, "public_key", "no such key is registered on this network");
  if (record->party() != context.signer.party())
    return fail(Reason::SIGNER_NOT_AUTHORISED, "public_key",
                concat({"the key belongs to ", record->party(), ": its own root key revokes it"}));
  if (record->kind() != v1::KEY_KIND_BODY && record->kind() != v1::KEY_KIND_TRADER)
    return fail(Reason::SIGNER_NOT_AUTHORISED, "public_key", "only keys of bodies and traders are revoked by event");
  if (record->revoked_ms() != 0) return fail(Reason::KEY_REVOKED, "public_key", "the key was revoked before");

  record->set_revoked_ms(context.now.value);
  context.transaction.store(std::move(key), *record);
  return {};
}

}  // namespace kimberlite::ledger
