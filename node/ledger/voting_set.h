// The set that votes, as the state has it: read by the runtime to begin an epoch and by the auditor to follow one.
// Thread-safe: pure.
#pragma once

#include <map>
#include <string>

#include "proto/state_reader.h"
#include "proto/types.h"
#include "proto/validator_set.h"

namespace kimberlite::ledger {

struct VotingSet {
  Epoch epoch;  ///< in which it votes
  ValidatorSet validators;
  std::map<std::string, std::string> addresses;  ///< host:port by participant
};

/// The newest set of a state. REQUIRES: the state of a network, which genesis began.
VotingSet voting_set(const StateReader& state);

}  // namespace kimberlite::ledger
