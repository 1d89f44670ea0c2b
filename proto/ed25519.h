// Ed25519 (RFC 8032) by libsodium, verified strictly: canonical S, canonical and not small-order A and R.
// Thread-safe; sodium_init() runs once on first use.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kimberlite {

/// A 32-byte public key: an identity.
struct PublicKey {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes{};
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
  [[nodiscard]] std::string_view view() const;
  [[nodiscard]] std::string hex() const;
  static std::optional<PublicKey> from_bytes(std::string_view bytes);
};

/// A 64-byte signature.
struct Signature {
  static constexpr std::size_t kSize = 64;
  std::array<std::uint8_t, kSize> bytes{};
  friend auto operator<=>(const Signature&, const Signature&) = default;
  [[nodiscard]] std::string_view view() const;
  static std::optional<Signature> from_bytes(std::string_view bytes);
};

/// A secret key, kept in memory that is wiped when it goes. Movable, not copyable.
class SecretKey {
 public:
  static constexpr std::size_t kSeedSize = 32;
  /// A fresh key from the operating system's randomness.
  static SecretKey generate();
  /// The key of a 32-byte seed (RFC 8032 private key); nullopt for another length.
  static std::optional<SecretKey> from_seed(std::string_view seed);

  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  /// The 32-byte seed, for writing to a key file.
  [[nodiscard]] std::string seed() const;
  /// Signature over the message bytes; deterministic.
  [[nodiscard]] Signature sign(std::string_view message) const;
  /// Signature over tag || 0x0a || payload (protocol v1, section 1).
  [[nodiscard]] Signature sign_tagged(std::string_view tag, std::string_view payload) const;

 private:
  SecretKey();
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_key_;
};

/// True if the signature is valid over exactly these bytes, under the strict rules above.
bool verify_signature(const PublicKey& key, std::string_view message, const Signature& signature);
/// The same over tag || 0x0a || payload.
bool verify_tagged(const PublicKey& key, std::string_view tag, std::string_view payload, const Signature& signature);

}  // namespace kimberlite
