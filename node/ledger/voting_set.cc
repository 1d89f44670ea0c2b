#include "node/ledger/voting_set.h"

#include <utility>
#include <vector>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"
#include "proto/assert.h"

namespace kimberlite::ledger {

VotingSet voting_set(const StateReader& state) {
  const auto bytes = state.get(kValidatorsKey);
  v1::ValidatorsRecord record;
  KIMBERLITE_ASSERT(bytes && record.ParseFromString(*bytes), "genesis writes the set of epoch 1");
  std::vector<Validator> validators;
  VotingSet set;
  set.epoch = Epoch{record.epoch()};
  for (const v1::ValidatorEntry& entry : record.validators()) {
    const auto key = PublicKey::from_bytes(entry.node_key());
    KIMBERLITE_ASSERT(key, "a registered key has 32 bytes");
    validators.push_back({entry.participant(), *key});
    set.addresses.emplace(entry.participant(), entry.node_address());
  }
  set.validators = ValidatorSet(std::move(validators));
  return set;
}

}  // namespace kimberlite::ledger
