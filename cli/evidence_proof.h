// What a pair of conflicting votes proves: that the participant named held the key, and that the key signed both.
// Thread-safe: pure.
#pragma once

#include "proto/digest.h"
#include "proto/epoch_chain.h"
#include "proto/error.h"

namespace kimberlite {
namespace v1 {
class EvidencePair;
}

namespace cli {

/// Checks a pair as a node keeps it, trusting nothing but the walk over the epochs. PROOF_INVALID with what is wrong:
/// the epoch is not proven, the key is not that participant's in it, the votes do not contradict each other (consensus,
/// rule 19), or a signature does not hold.
Result<void> check_evidence(const v1::EvidencePair& pair, const EpochSets& epochs, const Digest& chain_id);

}  // namespace cli
}  // namespace kimberlite
