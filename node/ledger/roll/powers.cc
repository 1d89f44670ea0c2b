#include "node/ledger/roll/powers.h"

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

std::string_view kind_name(v1::KeyKind kind) {
  switch (kind) {
    case v1::KEY_KIND_ROOT:
      return "root key";
    case v1::KEY_KIND_BODY:
      return "body";
    case v1::KEY_KIND_NODE:
      return "node key";
    case v1::KEY_KIND_TRADER:
      return "trader";
    case v1::KEY_KIND_OBSERVER:
      return "observer";
    case v1::KEY_KIND_CLOCK:
      return "clock key";
    case v1::KEY_KIND_SANCTIONS:
      return "sanctions key";
    default:
      return "key";
  }
}

Result<void> refuse_signer(const v1::KeyRecord& key, std::string_view needed) {
  return fail(Reason::SIGNER_NOT_AUTHORISED, "", concat({needed, " must sign, not ", describe_signer(key)}));
}

}  // namespace

bool is_root_key(const v1::KeyRecord& key) {
  return key.kind() == v1::KEY_KIND_ROOT;
}
bool is_exporting_body(const v1::KeyRecord& key) {
  return key.kind() == v1::KEY_KIND_BODY && key.exporting();
}
bool is_importing_body(const v1::KeyRecord& key) {
  return key.kind() == v1::KEY_KIND_BODY && key.importing();
}

Result<void> require_exporting_body(const v1::KeyRecord& key) {
  if (!is_exporting_body(key)) return refuse_signer(key, "a body delegated to export");
  return {};
}

Result<void> require_importing_body(const v1::KeyRecord& key) {
  if (!is_importing_body(key)) return refuse_signer(key, "a body delegated to import");
  return {};
}

Result<void> require_root(const v1::KeyRecord& key) {
  if (!is_root_key(key)) return refuse_signer(key, "the participant's root key");
  return {};
}

Result<void> require_own_body(const v1::KeyRecord& key, std::string_view body) {
  if (key.holder() != body)
    return fail(Reason::SIGNER_NOT_AUTHORISED, "body",
                concat({"the event names the body ", body, ", the key is that of ", key.holder()}));
  return {};
}

std::string describe_signer(const v1::KeyRecord& key) {
  return concat({key.party(), " ", kind_name(key.kind()), key.holder().empty() ? "" : " ", key.holder()});
}

}  // namespace kimberlite::ledger
