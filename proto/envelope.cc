#include "proto/envelope.h"

#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "proto/internal/event_shape.h"
#include "proto/internal/shape.h"
#include "proto/strict.h"

namespace kimberlite {
namespace {

using internal::Shape;

Result<void> too_many_events(int found) {
  return fail(Reason::TOO_MANY_EVENTS, "events",
              std::to_string(found) + " events instead of 1 to " + std::to_string(kEnvelopeEventsMax));
}

Result<void> read_payload(const std::string& payload, v1::Envelope& envelope) {
  Result<void> parsed = parse_strict(payload, envelope);
  if (static_cast<std::size_t>(envelope.events_size()) > kEnvelopeEventsMax) {
    return too_many_events(envelope.events_size());
  }
  return parsed;
}

Result<void> check_outside(const v1::SignedEnvelope& outside) {
  Shape shape;
  shape.text("payload", outside.payload());
  shape.bytes("public_key", outside.public_key(), PublicKey::kSize);
  shape.bytes("signature", outside.signature(), Signature::kSize);
  if (shape.fault()) return std::unexpected(*shape.fault());
  return {};
}

Result<void> check_network(const v1::Envelope& envelope, const Digest& chain_id) {
  const std::string& named = envelope.chain_id();
  if (named.size() != Digest::kSize || named == chain_id.view()) return {};
  return fail(Reason::WRONG_NETWORK, "chain_id",
              "signed for network " + Digest::from_bytes(named)->hex() + ", this is network " + chain_id.hex());
}

// What remains of an opened envelope to be verified.
struct Opened {
  EnvelopePtr envelope;
  std::string payload;
  Signature signature;
};

Result<Opened> open(std::string_view signed_bytes, const Digest& chain_id) {
  if (signed_bytes.size() > kEnvelopeBytesMax) {
    return fail(
        Reason::ENVELOPE_TOO_LARGE, "",
        std::to_string(signed_bytes.size()) + " bytes, at most " + std::to_string(kEnvelopeBytesMax) + " are allowed");
  }
  v1::SignedEnvelope outside;
  auto envelope = std::make_unique<v1::Envelope>();
  Result<void> checked = parse_strict(signed_bytes, outside);
  if (checked) checked = check_outside(outside);
  if (checked) checked = read_payload(outside.payload(), *envelope);
  if (checked) checked = check_network(*envelope, chain_id);
  if (checked) checked = check_envelope_shape(*envelope);
  if (!checked) return std::unexpected(std::move(checked.error()));
  const PublicKey key = PublicKey::from_bytes(outside.public_key()).value_or(PublicKey{});
  const Signature signature = Signature::from_bytes(outside.signature()).value_or(Signature{});
  auto opened = std::make_shared<const OpenedEnvelope>(std::string(signed_bytes), envelope_id(signed_bytes), key,
                                                       std::move(envelope));
  return Opened{std::move(opened), std::move(*outside.mutable_payload()), signature};
}

}  // namespace

OpenedEnvelope::OpenedEnvelope(std::string signed_bytes, Digest id, PublicKey key,
                               std::unique_ptr<const v1::Envelope> envelope)
    : signed_bytes_(std::move(signed_bytes)), id_(id), key_(key), envelope_(std::move(envelope)) {}

OpenedEnvelope::~OpenedEnvelope() = default;

std::string sign_envelope(const v1::Envelope& envelope, const SecretKey& key) {
  v1::SignedEnvelope outside;
  outside.set_payload(serialize_canonical(envelope));
  outside.set_public_key(std::string(key.public_key().view()));
  outside.set_signature(std::string(key.sign_tagged(kEnvelopeSignatureTag, outside.payload()).view()));
  return serialize_canonical(outside);
}

Digest envelope_id(std::string_view signed_bytes) {
  return tagged_digest(kEnvelopeIdTag, signed_bytes);
}

Result<EnvelopePtr> open_envelope(std::string_view signed_bytes, const Digest& chain_id) {
  Result<Opened> opened = open(signed_bytes, chain_id);
  if (!opened) return std::unexpected(std::move(opened.error()));
  if (!verify_tagged(opened->envelope->key(), kEnvelopeSignatureTag, opened->payload, opened->signature)) {
    return fail(Reason::BAD_SIGNATURE, "signature",
                "not a signature of key " + opened->envelope->key().hex() + " over this payload");
  }
  return std::move(opened->envelope);
}

Result<EnvelopePtr> open_envelope_unverified(std::string_view signed_bytes, const Digest& chain_id) {
  Result<Opened> opened = open(signed_bytes, chain_id);
  if (!opened) return std::unexpected(std::move(opened.error()));
  return std::move(opened->envelope);
}

bool verify_envelope_signature(const OpenedEnvelope& envelope) {
  v1::SignedEnvelope outside;
  const std::string& bytes = envelope.signed_bytes();
  if (!outside.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  const std::optional<Signature> signature = Signature::from_bytes(outside.signature());
  return signature && verify_tagged(envelope.key(), kEnvelopeSignatureTag, outside.payload(), *signature);
}

Result<void> check_envelope_shape(const v1::Envelope& envelope) {
  Shape shape;
  shape.bytes("chain_id", envelope.chain_id(), Digest::kSize);
  shape.party_code("participant", envelope.participant());
  shape.time("not_after_ms", envelope.not_after_ms());
  shape.bytes("nonce", envelope.nonce(), kNonceBytes);
  if (shape.fault()) return std::unexpected(*shape.fault());
  if (envelope.events().empty() || static_cast<std::size_t>(envelope.events_size()) > kEnvelopeEventsMax) {
    return too_many_events(envelope.events_size());
  }
  for (int index = 0; index < envelope.events_size() && !shape.fault(); ++index) {
    shape.entry("events", index, internal::check_event(envelope.events(index)));
  }
  if (shape.fault()) return std::unexpected(*shape.fault());
  return {};
}

}  // namespace kimberlite
