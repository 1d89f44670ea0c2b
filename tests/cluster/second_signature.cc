#include "tests/cluster/second_signature.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "kimberlite/v1/envelope.pb.h"
#include "proto/envelope.h"
#include "proto/strict.h"

namespace kimberlite::cluster {
namespace {

using Scalar = std::array<unsigned char, crypto_core_ed25519_SCALARBYTES>;
using Hash = std::array<unsigned char, crypto_hash_sha512_BYTES>;

const unsigned char* octets(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Hash hash_of(const std::string& bytes) {
  Hash hash{};
  crypto_hash_sha512(hash.data(), octets(bytes), bytes.size());
  return hash;
}

Scalar reduced(const Hash& hash) {
  Scalar scalar{};
  crypto_core_ed25519_scalar_reduce(scalar.data(), hash.data());
  return scalar;
}

// RFC 8032, 5.1.5: the lower half of the seed's hash, with five bits fixed.
Scalar secret_scalar(const SecretKey& key) {
  Hash hash = hash_of(key.seed());
  hash[0] &= 248;
  hash[31] &= 127;
  hash[31] |= 64;
  Hash wide{};
  std::copy_n(hash.begin(), crypto_core_ed25519_SCALARBYTES, wide.begin());
  return reduced(wide);
}

}  // namespace

std::string sign_again(const std::string& signed_envelope, const SecretKey& key) {
  v1::SignedEnvelope outside;
  outside.ParseFromString(signed_envelope);
  const std::string message = std::string(kEnvelopeSignatureTag) + "\n" + outside.payload();
  Scalar nonce{};
  crypto_core_ed25519_scalar_random(nonce.data());
  std::string signature(Signature::kSize, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(signature.data());
  crypto_scalarmult_ed25519_base_noclamp(bytes, nonce.data());
  const std::string commitment = signature.substr(0, crypto_core_ed25519_BYTES);
  const Scalar challenge = reduced(hash_of(commitment + std::string(key.public_key().view()) + message));
  Scalar product{};
  const Scalar secret = secret_scalar(key);
  crypto_core_ed25519_scalar_mul(product.data(), challenge.data(), secret.data());
  crypto_core_ed25519_scalar_add(bytes + crypto_core_ed25519_BYTES, product.data(), nonce.data());
  outside.set_signature(signature);
  return serialize_canonical(outside);
}

}  // namespace kimberlite::cluster
