// Signed envelopes: see signing.h.
#include "cli/signing.h"

#include <sys/random.h>

#include "kimberlite/v1/envelope.pb.h"
#include "proto/assert.h"
#include "proto/envelope.h"

namespace kimberlite::cli {

SignedBytes sign_event(const Digest& chain_id, const Signer& signer, const v1::Event& event, TimeMs not_after,
                       const std::string& nonce) {
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(chain_id.view()));
  envelope.set_participant(signer.party);
  envelope.set_not_after_ms(not_after.value);
  envelope.set_nonce(nonce);
  *envelope.add_events() = event;
  SignedBytes result{.bytes = sign_envelope(envelope, *signer.key), .id = {}};
  result.id = id_of_signed_bytes(result.bytes);
  return result;
}

std::string random_nonce() {
  std::string nonce(kNonceBytes, '\0');
  KIMBERLITE_ASSERT(getrandom(nonce.data(), nonce.size(), 0) == static_cast<ssize_t>(nonce.size()),
                    "randomness is available");
  return nonce;
}

Digest id_of_signed_bytes(const std::string& bytes) {
  v1::SignedEnvelope signed_envelope;
  return signed_envelope.ParseFromString(bytes) ? envelope_id(bytes) : Digest{};
}

}  // namespace kimberlite::cli
