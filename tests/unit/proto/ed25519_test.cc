#include "proto/ed25519.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <utility>

#include "samples.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

constexpr std::string_view kGroupOrderLittleEndian = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
constexpr std::string_view kIdentityPoint = "0100000000000000000000000000000000000000000000000000000000000000";

PublicKey key_of_hex(std::string_view hex) {
  return *PublicKey::from_bytes(test::unhex(hex));
}
Signature signature_of_hex(std::string_view hex) {
  return *Signature::from_bytes(test::unhex(hex));
}

TEST(Ed25519, Rfc8032Section71) {
  const auto lines = test::read_vector_lines("rfc8032.txt");
  ASSERT_EQ(lines.size(), 5U);
  for (const auto& line : lines) {
    SCOPED_TRACE(line[0]);
    const std::optional<SecretKey> key = SecretKey::from_seed(test::unhex(line[1]));
    ASSERT_TRUE(key);
    const std::string message = test::unhex(line[3]);
    EXPECT_EQ(key->public_key().hex(), line[2]);
    EXPECT_EQ(key->sign(message), signature_of_hex(line[4]));
    EXPECT_TRUE(verify_signature(key->public_key(), message, signature_of_hex(line[4])));
    EXPECT_FALSE(verify_signature(key->public_key(), message + "x", signature_of_hex(line[4])));
  }
}

TEST(Ed25519, EveryFlippedBitOfASignatureIsRefused) {
  const SecretKey key = test::sample_key(7);
  const Signature good = key.sign("message");
  ASSERT_TRUE(verify_signature(key.public_key(), "message", good));
  for (std::size_t bit = 0; bit < 8 * Signature::kSize; ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify_signature(key.public_key(), "message", bad)) << bit;
  }
}

TEST(Ed25519, SignatureWithSPlusTheGroupOrderIsRefused) {
  const SecretKey key = test::sample_key(7);
  Signature signature = key.sign("message");
  const std::string order = test::unhex(kGroupOrderLittleEndian);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature.bytes[32 + i] + static_cast<unsigned char>(order[i]);
    signature.bytes[32 + i] = static_cast<std::uint8_t>(carry & 0xff);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0U);
  EXPECT_FALSE(verify_signature(key.public_key(), "message", signature));
}

// With A = R = the identity and S = 0 the equation S B = R + k A holds for every message.
TEST(Ed25519, SmallOrderPublicKeyIsRefused) {
  Signature signature;
  std::ranges::copy(test::unhex(kIdentityPoint), signature.bytes.begin());
  for (const std::string_view key :
       {kIdentityPoint,
        // the identity, y written as p + 1
        std::string_view("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        // orders 2, 4 and 8
        std::string_view("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        std::string_view("0000000000000000000000000000000000000000000000000000000000000000"),
        std::string_view("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")}) {
    for (int message = 0; message < 16; ++message) {
      EXPECT_FALSE(verify_signature(key_of_hex(key), std::to_string(message), signature)) << key;
    }
  }
}

// R = the identity, S = k a mod L: the holder of the key can make it, and the equation holds.
TEST(Ed25519, SmallOrderRIsRefused) {
  const SecretKey key = test::sample_key(7);
  const std::string message = "message";
  unsigned char hash[64];
  const std::string seed = key.seed();
  crypto_hash_sha512(hash, reinterpret_cast<const unsigned char*>(seed.data()), seed.size());
  hash[0] &= 248;
  hash[31] &= 127;
  hash[31] |= 64;
  unsigned char wide[64] = {};
  std::copy_n(hash, 32, wide);
  unsigned char a[32];
  crypto_core_ed25519_scalar_reduce(a, wide);
  const std::string hashed = test::unhex(kIdentityPoint) + std::string(key.public_key().view()) + message;
  crypto_hash_sha512(wide, reinterpret_cast<const unsigned char*>(hashed.data()), hashed.size());
  unsigned char k[32];
  crypto_core_ed25519_scalar_reduce(k, wide);
  Signature signature;
  std::ranges::copy(test::unhex(kIdentityPoint), signature.bytes.begin());
  crypto_core_ed25519_scalar_mul(signature.bytes.data() + 32, k, a);

  unsigned char left[32];
  unsigned char right[32];
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(left, signature.bytes.data() + 32), 0);
  ASSERT_EQ(crypto_scalarmult_ed25519_noclamp(right, k, key.public_key().bytes.data()), 0);
  ASSERT_TRUE(std::equal(left, left + 32, right)) << "a lax verifier would accept this signature";
  EXPECT_FALSE(verify_signature(key.public_key(), message, signature));
}

TEST(Ed25519, TaggedSignatureIsOverTagNewlinePayload) {
  const SecretKey key = test::sample_key(7);
  const Signature signature = key.sign_tagged("kimberlite/v1/test", "payload");
  EXPECT_EQ(signature, key.sign("kimberlite/v1/test\npayload"));
  EXPECT_TRUE(verify_tagged(key.public_key(), "kimberlite/v1/test", "payload", signature));
  EXPECT_FALSE(verify_tagged(key.public_key(), "kimberlite/v1/other", "payload", signature));
  EXPECT_FALSE(verify_signature(key.public_key(), "payload", signature));
}

TEST(Ed25519, WrongLengthsAreRefused) {
  EXPECT_EQ(PublicKey::from_bytes(std::string(31, 'x')), std::nullopt);
  EXPECT_EQ(PublicKey::from_bytes(std::string(33, 'x')), std::nullopt);
  EXPECT_EQ(Signature::from_bytes(std::string(63, 'x')), std::nullopt);
  EXPECT_EQ(Signature::from_bytes(std::string(65, 'x')), std::nullopt);
  EXPECT_FALSE(SecretKey::from_seed(std::string(31, 'x')).has_value());
  EXPECT_FALSE(SecretKey::from_seed(std::string(64, 'x')).has_value());
}

TEST(Ed25519, FreshKeysDifferAndComeBackFromTheirSeeds) {
  const SecretKey first = SecretKey::generate();
  const SecretKey second = SecretKey::generate();
  EXPECT_NE(first.public_key(), second.public_key());
  const std::optional<SecretKey> again = SecretKey::from_seed(first.seed());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), first.public_key());
  EXPECT_EQ(again->sign("m"), first.sign("m"));
}

TEST(Ed25519, MovingAKeyLeavesNoSecretBehind) {
  SecretKey first = test::sample_key(7);
  SecretKey second = std::move(first);
  EXPECT_EQ(second.seed(), std::string(32, '\x07'));
  EXPECT_EQ(first.seed(), std::string(32, '\0'));  // NOLINT(bugprone-use-after-move): what is left is the point
  SecretKey third = test::sample_key(8);
  third = std::move(second);
  EXPECT_EQ(third.public_key(), test::sample_key(7).public_key());
  EXPECT_EQ(second.seed(), std::string(32, '\0'));  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace kimberlite
