#include "proto/ed25519.h"

#include <sodium.h>

#include <algorithm>

#include "proto/assert.h"
#include "proto/encoding.h"

namespace kimberlite {
namespace {

static_assert(PublicKey::kSize == crypto_sign_PUBLICKEYBYTES && Signature::kSize == crypto_sign_BYTES &&
              SecretKey::kSeedSize == crypto_sign_SEEDBYTES);

void start_sodium() {
  static const bool started = sodium_init() >= 0;
  KIMBERLITE_ASSERT(started, "libsodium starts");
}

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string tagged_message(std::string_view tag, std::string_view payload) {
  std::string message;
  message.reserve(tag.size() + 1 + payload.size());
  return message.append(tag).append("\n").append(payload);
}

template <typename T>
std::optional<T> exactly(std::string_view bytes) {
  if (bytes.size() != T::kSize) return std::nullopt;
  T value;
  std::ranges::copy(bytes, value.bytes.begin());
  return value;
}

template <typename T>
std::string_view view_of(const T& value) {
  return {reinterpret_cast<const char*>(value.bytes.data()), T::kSize};
}

}  // namespace

std::string_view PublicKey::view() const {
  return view_of(*this);
}
std::string PublicKey::hex() const {
  return to_hex(view());
}
std::optional<PublicKey> PublicKey::from_bytes(std::string_view bytes) {
  return exactly<PublicKey>(bytes);
}

std::string_view Signature::view() const {
  return view_of(*this);
}
std::optional<Signature> Signature::from_bytes(std::string_view bytes) {
  return exactly<Signature>(bytes);
}

SecretKey::SecretKey() {
  start_sodium();
}

SecretKey SecretKey::generate() {
  SecretKey key;
  const int made = crypto_sign_keypair(key.public_key_.bytes.data(), key.secret_.data());
  KIMBERLITE_ASSERT(made == 0, "libsodium makes a key pair");
  return key;
}

std::optional<SecretKey> SecretKey::from_seed(std::string_view seed) {
  if (seed.size() != kSeedSize) return std::nullopt;
  SecretKey key;
  const int made = crypto_sign_seed_keypair(key.public_key_.bytes.data(), key.secret_.data(), octets(seed));
  KIMBERLITE_ASSERT(made == 0, "libsodium derives a key pair");
  return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : secret_(other.secret_), public_key_(other.public_key_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this == &other) return *this;
  secret_ = other.secret_;
  public_key_ = other.public_key_;
  sodium_memzero(other.secret_.data(), other.secret_.size());
  return *this;
}

SecretKey::~SecretKey() {
  sodium_memzero(secret_.data(), secret_.size());
}

std::string SecretKey::seed() const {
  return {reinterpret_cast<const char*>(secret_.data()), kSeedSize};
}

Signature SecretKey::sign(std::string_view message) const {
  Signature signature;
  const int made =
      crypto_sign_detached(signature.bytes.data(), nullptr, octets(message), message.size(), secret_.data());
  KIMBERLITE_ASSERT(made == 0, "libsodium signs");
  return signature;
}

Signature SecretKey::sign_tagged(std::string_view tag, std::string_view payload) const {
  return sign(tagged_message(tag, payload));
}

bool verify_signature(const PublicKey& key, std::string_view message, const Signature& signature) {
  start_sodium();
  return crypto_sign_verify_detached(signature.bytes.data(), octets(message), message.size(), key.bytes.data()) == 0;
}

bool verify_tagged(const PublicKey& key, std::string_view tag, std::string_view payload, const Signature& signature) {
  return verify_signature(key, tagged_message(tag, payload), signature);
}

}  // namespace kimberlite
