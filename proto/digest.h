// SHA-256 and tagged digests (protocol v1, section 1). Thread-safe: a hashing context per thread is reused inside.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kimberlite {

/// 32 bytes of SHA-256. Zero means "none" where a field says so.
struct Digest {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes{};

  friend auto operator<=>(const Digest&, const Digest&) = default;

  /// The 32 bytes as a byte string; valid as long as this digest.
  [[nodiscard]] std::string_view view() const;
  [[nodiscard]] bool is_zero() const { return *this == Digest{}; }
  /// Lower-case hex, 64 characters.
  [[nodiscard]] std::string hex() const;
  /// The digest in `bytes`; nullopt unless it has exactly 32 bytes.
  static std::optional<Digest> from_bytes(std::string_view bytes);
  /// The digest in 64 hex characters of either case; nullopt otherwise.
  static std::optional<Digest> from_hex(std::string_view hex);
};

/// SHA-256 of the concatenation of the parts.
Digest sha256(std::string_view a, std::string_view b = {}, std::string_view c = {});

/// SHA-256(tag || 0x0a || bytes). Tags look like "kimberlite/v1/envelope" and never contain 0x0a.
Digest tagged_digest(std::string_view tag, std::string_view bytes);

/// Orders digests in hash tables that live outside the deterministic rooms.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept;
};

}  // namespace kimberlite
