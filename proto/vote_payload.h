// What a vote signs: consensus casts votes, and whoever walks the epochs checks them. Part of the protocol (consensus,
// Words). Thread-safe: pure.
#pragma once

#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/types.h"

namespace kimberlite {

/// Tags under which the three votes are signed.
inline constexpr std::string_view kNotarizeTag = "kimberlite/v1/notarize";
inline constexpr std::string_view kNullifyTag = "kimberlite/v1/nullify";
inline constexpr std::string_view kFinalizeTag = "kimberlite/v1/finalize";

/// chain_id(32) epoch(8, big endian) view(8, big endian) block(32, zero for nullify).
std::string vote_payload(const Digest& chain_id, Epoch epoch, View view, const Digest& block);

}  // namespace kimberlite
