// C2SP tlog checkpoints: origin, size, base64 root; signed by validators under the origin as key name
// (protocol v1, section 4). Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/error.h"
#include "proto/signed_note.h"
#include "proto/types.h"
#include "proto/validator_set.h"

namespace kimberlite {

/// A log prefix that a node vouches for.
struct Checkpoint {
  std::string origin;
  LogSize size;
  Digest root;

  /// The three lines, each with its newline.
  [[nodiscard]] std::string text() const;
  /// Parses exactly three lines; NOTE_MALFORMED otherwise (extension lines are refused: we publish none).
  static Result<Checkpoint> from_text(std::string_view text);
};

/// Signs the checkpoint's text.
Signature sign_checkpoint(const Checkpoint& checkpoint, const SecretKey& key);
/// A node's signature over a checkpoint, checked.
bool verify_checkpoint_signature(const Checkpoint& checkpoint, const PublicKey& key, const Signature& signature);
/// The signed note of a checkpoint with the given signatures.
struct CheckpointCosignature {
  PublicKey key;
  Signature signature;
};
std::string format_checkpoint(const Checkpoint& checkpoint, const std::vector<CheckpointCosignature>& signatures);

/// A checkpoint whose signatures were counted.
struct VerifiedCheckpoint {
  Checkpoint checkpoint;
  std::vector<std::size_t> signers;  ///< indices into the validator set
};

/// Parses and verifies: origin as expected, at least `needed` signatures of distinct validators.
/// Errors: NOTE_MALFORMED, PROOF_INVALID, NOT_ENOUGH_SIGNATURES (says how many of how many, and whose are missing).
Result<VerifiedCheckpoint> verify_checkpoint(std::string_view note, std::string_view origin,
                                             const ValidatorSet& validators, std::size_t needed);

}  // namespace kimberlite
