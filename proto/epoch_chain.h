// The walk over epochs (protocol v1, section 4): from the set that the genesis document names to the one that votes
// now. Each link is the record of the block that closed an epoch, finalized by a quorum of that epoch's set, and the
// next set, whose digest the record names. Thread-safe.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "proto/error.h"
#include "proto/genesis.h"
#include "proto/types.h"
#include "proto/validator_set.h"

namespace kimberlite {

namespace v1 {
class EpochLink;
}

/// Links that one reader takes at most: a change of the set every day for two and a half centuries.
inline constexpr std::size_t kEpochLinksMax = 100'000;

/// The sets that a walk proved.
struct EpochSets {
  std::vector<ValidatorSet> sets;  ///< of epochs 1, 2, ...: one more than there are links
  std::vector<LogSize> closed;     ///< size of the log that each epoch's last block closed, link by link

  /// The set of an epoch; null of one to which the links do not lead.
  [[nodiscard]] const ValidatorSet* of(Epoch epoch) const;
  /// The set that signs a checkpoint of this size: that of the newest block in the prefix.
  [[nodiscard]] const ValidatorSet& signing(LogSize size) const;
};

/// Walks one link further. Errors name the link as below; then `known` is as it was. REQUIRES: begins with
/// {{genesis.validators}, {}}.
Result<void> extend_walk(const GenesisDocument& genesis, EpochSets& known, const v1::EpochLink& link);
/// Walks the links. Errors name the link ("epochs[2].finalization.signatures[1]"): WRONG_NETWORK, PROOF_INVALID,
/// MALFORMED, NOT_ENOUGH_SIGNATURES, BAD_SIGNATURE, FIELD_OUT_OF_RANGE.
Result<EpochSets> walk_epochs(const GenesisDocument& genesis, std::span<const v1::EpochLink* const> links);
/// The same over a serialised EpochChain, as nodes serve it. Also MALFORMED, UNKNOWN_FIELD.
Result<EpochSets> walk_epochs(const GenesisDocument& genesis, std::string_view chain);

}  // namespace kimberlite
