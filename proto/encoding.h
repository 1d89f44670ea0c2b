// Hex and standard padded base64 (RFC 4648), strict on decoding. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kimberlite {

/// Lower-case hex of `bytes`.
std::string to_hex(std::string_view bytes);
/// Bytes of an even number of hex characters of either case; nullopt otherwise.
std::optional<std::string> from_hex(std::string_view hex);
/// Padded standard base64 of `bytes`.
std::string to_base64(std::string_view bytes);
/// Bytes of canonical padded base64 (no white space, zero trailing bits); nullopt otherwise.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace kimberlite
