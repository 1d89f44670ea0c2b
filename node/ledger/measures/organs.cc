#include "node/ledger/measures/organs.h"

#include <optional>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"

namespace kimberlite::ledger {

bool signed_by_security_council(const Context& context) {
  return context.signer.kind() == v1::KEY_KIND_SANCTIONS;
}

bool signed_by_chair(const Context& context) {
  const auto chair = context.transaction.load<v1::ChairRecord>(kChairKey);
  return chair && signed_by_root_of(context, chair->chair());
}

bool signed_by_root_of(const Context& context, std::string_view participant) {
  return is_root_key(context.signer) && context.signer.party() == participant;
}

}  // namespace kimberlite::ledger
