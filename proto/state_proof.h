// Verification of a proof file (kimberlite.v1.StateProof): three links from a value to the participants' signatures.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/checkpoint.h"
#include "proto/error.h"
#include "proto/genesis.h"

namespace kimberlite {

/// What a proof file proves once it holds.
struct ProvenState {
  std::string key;
  std::optional<std::string> value;  ///< nullopt: proven absent
  Height height;
  TimeMs block_time_ms;
  VerifiedCheckpoint checkpoint;
  Epoch epoch;              ///< in which the checkpoint was signed
  ValidatorSet validators;  ///< of that epoch: the checkpoint's signers are indices into it
};

/// Reads the file (strict protobuf) and checks all links: from the genesis document's validators over the epochs to
/// those of the checkpoint's, of which at least f+1 must have signed. The checkpoint may carry signatures of these
/// validators only, each once: every byte of a proof file is accounted for. Errors name the link in `field` ("map",
/// "record", "inclusion", "checkpoint") and give both values: PROOF_TRUNCATED, PROOF_INVALID, NOTE_MALFORMED,
/// NOT_ENOUGH_SIGNATURES, WRONG_NETWORK, MALFORMED, UNKNOWN_FIELD.
Result<ProvenState> verify_state_proof(std::string_view file, const GenesisDocument& genesis);

}  // namespace kimberlite
