// Signed envelopes (protocol v1, section 2): signing, identity, and the checks that need no ledger state.
// Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite {

namespace v1 {
class Envelope;
class SignedEnvelope;
}  // namespace v1

inline constexpr std::size_t kEnvelopeBytesMax = 60'000;  ///< serialised SignedEnvelope: a leaf fits a tile entry
inline constexpr std::size_t kEnvelopeEventsMax = 256;
inline constexpr std::size_t kNonceBytes = 16;
inline constexpr std::int64_t kNotAfterAheadMaxMs = 7LL * 24 * 3600 * 1000;
inline constexpr std::string_view kEnvelopeIdTag = "kimberlite/v1/envelope";
inline constexpr std::string_view kEnvelopeSignatureTag = "kimberlite/v1/envelope-signature";

/// An envelope that was parsed strictly and whose signature holds. Immutable, cheap to share.
class OpenedEnvelope {
 public:
  OpenedEnvelope(std::string signed_bytes, Digest id, PublicKey key, std::unique_ptr<const v1::Envelope> envelope);
  ~OpenedEnvelope();
  OpenedEnvelope(const OpenedEnvelope&) = delete;
  OpenedEnvelope& operator=(const OpenedEnvelope&) = delete;

  /// Tagged digest of the signed bytes: accepted once, ever. Not of the payload alone: its signer can sign it in many
  /// ways, and whoever names one of them must mean those very bytes.
  [[nodiscard]] const Digest& id() const { return id_; }
  [[nodiscard]] const PublicKey& key() const { return key_; }
  [[nodiscard]] const v1::Envelope& envelope() const { return *envelope_; }
  /// The SignedEnvelope exactly as it was received.
  [[nodiscard]] const std::string& signed_bytes() const { return signed_bytes_; }

 private:
  std::string signed_bytes_;
  Digest id_;
  PublicKey key_;
  std::unique_ptr<const v1::Envelope> envelope_;
};

using EnvelopePtr = std::shared_ptr<const OpenedEnvelope>;

/// Signs the envelope's canonical bytes. Returns the serialised SignedEnvelope.
std::string sign_envelope(const v1::Envelope& envelope, const SecretKey& key);

/// The id of a serialised SignedEnvelope.
Digest envelope_id(std::string_view signed_bytes);

/// Parses, checks shape and signature. `chain_id`: WRONG_NETWORK unless the payload names it.
/// Errors: MALFORMED, UNKNOWN_FIELD, MISSING_FIELD, FIELD_OUT_OF_RANGE, NOT_UTF8, TEXT_TOO_LONG, ENVELOPE_TOO_LARGE,
/// TOO_MANY_EVENTS, MALFORMED_NUMBER, WRONG_NETWORK, BAD_SIGNATURE. Costs one Ed25519 verification.
Result<EnvelopePtr> open_envelope(std::string_view signed_bytes, const Digest& chain_id);

/// The same without verifying the signature: for leaves of a log whose blocks were certified, verified elsewhere.
Result<EnvelopePtr> open_envelope_unverified(std::string_view signed_bytes, const Digest& chain_id);

/// True if the signature of an envelope that was opened unverified holds.
bool verify_envelope_signature(const OpenedEnvelope& envelope);

/// Checks the shape of every event of an envelope: required fields, number formats, code formats, text limits, digests.
/// Amount and date *rules* belong to the ledger. Errors as open_envelope, with the field's path.
Result<void> check_envelope_shape(const v1::Envelope& envelope);

}  // namespace kimberlite
