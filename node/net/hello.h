// The first frame each way: who speaks, on which network, by which clock. Pure: the caller brings the time.
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "node/net/peer_network.h"
#include "proto/digest.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite::net {

/// The protocol that this node speaks; another one is refused.
inline constexpr std::uint32_t kPeerProtocol = 1;
/// Longest first frame: a Hello is far smaller.
inline constexpr std::size_t kHelloBytesMax = 4 * 1024;

/// A serialised PeerMessage with our Hello.
std::string encode_hello(const Digest& chain_id, std::string_view software, TimeMs now, std::uint64_t final_height);

/// Reads a peer's first frame. MALFORMED and the like if it is not a Hello; FIELD_OUT_OF_RANGE for a clock before 1970;
/// WRONG_NETWORK if it is of another network or protocol: the message names both.
Result<PeerHello> read_hello(std::string_view frame, const Digest& chain_id, TimeMs now);

}  // namespace kimberlite::net
