// What replicas say to one another, and the checks that need no replica state (shape, membership, signatures), so that
// a worker pool can make them before a message reaches the replica. Thread-safe: plain values and pure functions.
#pragma once

#include <optional>
#include <variant>

#include "consensus/types.h"
#include "proto/error.h"

namespace kimberlite::consensus {

/// A vote with its sender's highest final view: whoever knows a higher one answers with the finalization.
struct VoteMessage {
  Vote vote;
  View final_view;
};

/// "Which certificates do you hold above this view?" Answered with at most kCertificatesPerAnswer certificates.
struct CertificateRequest {
  Epoch epoch;
  View from_view;
  bool finalization_only{};  ///< just the highest finalization
};
inline constexpr std::size_t kCertificatesPerAnswer = 64;

using Message = std::variant<VoteMessage, Certificate, Proposal, CertificateRequest>;

/// Everything about a message that can be checked without replica state: epoch, validator in range, digest zero or not
/// as the kind demands, certificates with q distinct ascending signers, every signature. MALFORMED, FIELD_OUT_OF_RANGE,
/// BAD_SIGNATURE, WRONG_PARTY (a proposal whose vote is not on its block).
Result<void> verify_message(const Message& message, Epoch epoch, std::size_t validators, const VoteVerifier& verifier);

}  // namespace kimberlite::consensus
