// The vocabulary of consensus: views, vote kinds, votes, certificates, blocks as consensus sees them. Nothing else.
// Rules: consensus/README.md. Thread-safe: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/types.h"
#include "proto/validator_set.h"

namespace kimberlite::consensus {

/// Index of a validator in the epoch's set.
using ValidatorIndex = std::uint32_t;

/// The three votes of Simplex.
enum class VoteKind : std::uint8_t { kNotarize = 1, kNullify = 2, kFinalize = 3 };

/// One validator's signed vote. `block` is zero for nullify.
struct Vote {
  VoteKind kind{VoteKind::kNullify};
  Epoch epoch;
  View view;
  Digest block;
  ValidatorIndex validator{};
  Signature signature;
  friend bool operator==(const Vote&, const Vote&) = default;
};

/// q votes of one kind on one subject: a notarization, a nullification or a finalization.
struct Certificate {
  VoteKind kind{VoteKind::kNullify};
  Epoch epoch;
  View view;
  Digest block;
  Height height;                           ///< a hint, not signed and never trusted
  std::vector<ValidatorIndex> validators;  ///< ascending, distinct
  std::vector<Signature> signatures;       ///< one a validator
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// What consensus knows of a block. `view` is the one in which it was first proposed; the block on which an epoch
/// begins (genesis, or the last of the epoch before) has view 0 in it.
struct BlockRef {
  Digest digest;
  Digest parent;
  Height height;
  View view;
  bool closes_epoch{};  ///< it changes the validator set: nothing but itself is proposed after it in its epoch
  friend bool operator==(const BlockRef&, const BlockRef&) = default;
};

/// A leader's proposal with its own notarize vote. A re-proposal has vote.view > block.view.
struct Proposal {
  BlockRef block;
  Vote vote;
  View parent_view;  ///< view of the newest certificate of the block it builds on (re-proposal: of the block itself)
  friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// The bytes a vote signs under its kind's tag (proto/vote_payload.h).
std::string vote_payload(const Digest& chain_id, const Vote& vote);
std::string_view vote_tag(VoteKind kind);

/// Signs votes: Ed25519 in a node, anything deterministic in a simulation.
class VoteSigner {
 public:
  virtual ~VoteSigner() = default;
  /// Signature over the vote's tag and payload. Deterministic.
  [[nodiscard]] virtual Signature sign(const Vote& vote) const = 0;
};

/// Checks vote signatures.
class VoteVerifier {
 public:
  virtual ~VoteVerifier() = default;
  /// True if vote.validator signed it. REQUIRES: vote.validator is within the set.
  [[nodiscard]] virtual bool verify(const Vote& vote) const = 0;
};

/// Ed25519 signing and verification for one epoch's set. Thread-safe.
class Ed25519VoteSigner final : public VoteSigner {
 public:
  Ed25519VoteSigner(Digest chain_id, const SecretKey& key);
  [[nodiscard]] Signature sign(const Vote& vote) const override;

 private:
  Digest chain_id_;
  const SecretKey& key_;
};
class Ed25519VoteVerifier final : public VoteVerifier {
 public:
  Ed25519VoteVerifier(Digest chain_id, ValidatorSet validators);
  [[nodiscard]] bool verify(const Vote& vote) const override;

 private:
  Digest chain_id_;
  ValidatorSet validators_;
};

}  // namespace kimberlite::consensus
