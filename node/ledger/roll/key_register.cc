#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/roll/events.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"

namespace kimberlite::ledger {
namespace {

Result<void> check_kind_and_roles(const v1::KeyRegister& event) {
  const bool any_role = event.exporting() || event.importing();
  if (event.kind() == v1::KEY_KIND_BODY) {
    if (any_role) return {};
    return fail(Reason::FIELD_OUT_OF_RANGE, "exporting", "a body is delegated to export, to import, or both");
  }
  if (event.kind() != v1::KEY_KIND_TRADER)
    return fail(Reason::FIELD_OUT_OF_RANGE, "kind",
                "bodies and traders are registered by event; other keys come with the genesis document");
  if (any_role)
    return fail(Reason::FIELD_OUT_OF_RANGE, event.exporting() ? "exporting" : "importing",
                "a trader has no authority's role");
  return {};
}

}  // namespace

Result<void> apply(Context& context, const v1::KeyRegister& event) {
  if (Result<void> root = require_root(context.signer); !root) return root;
  if (Result<void> kind = check_kind_and_roles(event); !kind) return kind;
  if (event.to_ms() != 0 && event.to_ms() <= event.from_ms())
    return fail(Reason::BAD_DATES, "to_ms", "a delegation ends after it begins");
  std::string key = signing_key_key(event.public_key());
  if (context.transaction.contains(key))
    return fail(Reason::KEY_EXISTS, "public_key", "this key is registered already: a key is registered once, for ever");

  v1::KeyRecord record;
  record.set_public_key(event.public_key());
  record.set_kind(event.kind());
  record.set_party(context.signer.party());
  record.set_holder(event.holder());
  record.set_exporting(event.exporting());
  record.set_importing(event.importing());
  record.set_from_ms(event.from_ms());
  record.set_to_ms(event.to_ms());
  record.set_private_digest(event.private_digest());
  context.transaction.store(std::move(key), record);
  return {};
}

}  // namespace kimberlite::ledger
