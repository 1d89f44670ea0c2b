// The votes of one view: the first of each kind by each validator, who contradicted himself, and the certificates that
// the votes add up to. Bounded: at most three votes a validator, whatever arrives. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::consensus {

class VoteSet {
 public:
  explicit VoteSet(std::size_t validators);

  struct Added {
    bool fresh{};  ///< counted now for the first time
    std::optional<Vote>
        contradicts;  ///< an earlier vote of the same validator that no honest one casts beside this one
  };
  /// Counts a verified vote. Of two different votes of one kind the first counts. A contradiction (two notarize or
  /// finalize votes on different blocks; finalize and nullify) is told once a validator. REQUIRES: vote.validator
  /// within the set.
  Added add(const Vote& vote);

  [[nodiscard]] std::size_t count(VoteKind kind, const Digest& block) const;
  /// The certificate of the q lowest validators that cast this vote, once there are q. The height hint is left zero.
  [[nodiscard]] std::optional<Certificate> certificate(VoteKind kind, const Digest& block) const;
  [[nodiscard]] bool has(VoteKind kind, ValidatorIndex validator) const { return slot(kind, validator).has_value(); }
  /// Whether a validator has cast any vote.
  [[nodiscard]] bool heard(ValidatorIndex validator) const;
  /// Whether anyone but `self` has cast any vote.
  [[nodiscard]] bool heard_other_than(std::optional<ValidatorIndex> self) const;
  [[nodiscard]] bool contradicted(ValidatorIndex validator) const { return contradicted_[validator]; }

 private:
  [[nodiscard]] const std::optional<Vote>& slot(VoteKind kind, ValidatorIndex validator) const;
  [[nodiscard]] std::optional<Vote> contradiction(const Vote& vote) const;

  std::size_t validators_;
  std::vector<std::optional<Vote>> votes_;  ///< kind after kind, each with one place a validator
  std::vector<bool> contradicted_;
};

}  // namespace kimberlite::consensus
