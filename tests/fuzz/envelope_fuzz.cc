// Envelopes: whatever opens is canonical, keeps its bytes and its id, and opens with verification exactly if its
// signature holds. The input is tried as a signed envelope and, signed by us, as a payload.
#include "edits.h"
#include "kimberlite/v1/envelope.pb.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "proto/envelope.h"
#include "proto/event_name.h"
#include "proto/strict.h"
#include "samples.h"

namespace {

using namespace kimberlite;

void check_opened(const std::string& bytes) {
  const auto opened = open_envelope_unverified(bytes, test::sample_chain_id());
  const auto verified = open_envelope(bytes, test::sample_chain_id());
  if (!opened) {
    KIMBERLITE_ASSERT(!verified && verified.error().reason == opened.error().reason, "both openings refuse alike");
    KIMBERLITE_ASSERT(!opened.error().message.empty(), "a refusal says why");
    return;
  }
  const OpenedEnvelope& envelope = **opened;
  KIMBERLITE_ASSERT(envelope.signed_bytes() == bytes, "the bytes are kept");
  KIMBERLITE_ASSERT(envelope.id() == envelope_id(bytes), "the id is that of the bytes");
  KIMBERLITE_ASSERT(verified.has_value() == verify_envelope_signature(envelope), "one answer on the signature");
  KIMBERLITE_ASSERT(decode_accepted_leaf(encode_accepted_leaf(bytes)) == bytes, "the leaf holds the envelope");
  for (const v1::Event& event : envelope.envelope().events()) {
    KIMBERLITE_ASSERT(!event_name(event).empty(), "each event is of a kind");
  }
}

std::string signed_by_us(const std::string& payload) {
  static const SecretKey key = test::sample_key(1);
  v1::SignedEnvelope outside;
  outside.set_payload(payload);
  outside.set_public_key(std::string(key.public_key().view()));
  outside.set_signature(std::string(key.sign_tagged(kEnvelopeSignatureTag, payload).view()));
  return serialize_canonical(outside);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input = fuzz::text_of(data, size);
  check_opened(input);
  const std::string bytes = signed_by_us(input);
  check_opened(bytes);
  const auto opened = open_envelope(bytes, test::sample_chain_id());
  if (opened) KIMBERLITE_ASSERT(serialize_canonical((*opened)->envelope()) == input, "one value has one encoding");
  return 0;
}
