// Signatures for simulated runs: a hash of validator and vote, quick to make and to recompute. Anyone could forge one;
// the simulated Byzantine actors do not. Thread-safe.
#pragma once

#include "consensus/types.h"

namespace kimberlite::simulation {

/// What `validator` would sign under this vote.
Signature fake_signature(consensus::ValidatorIndex validator, const consensus::Vote& vote);

class FakeSigner final : public consensus::VoteSigner {
 public:
  explicit FakeSigner(consensus::ValidatorIndex self) : self_(self) {}
  [[nodiscard]] Signature sign(const consensus::Vote& vote) const override { return fake_signature(self_, vote); }

 private:
  consensus::ValidatorIndex self_;
};

class FakeVerifier final : public consensus::VoteVerifier {
 public:
  [[nodiscard]] bool verify(const consensus::Vote& vote) const override {
    return vote.signature == fake_signature(vote.validator, vote);
  }
};

}  // namespace kimberlite::simulation
