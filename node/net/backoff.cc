#include "node/net/backoff.h"

#include <algorithm>

#include "node/net/peer_network.h"

namespace kimberlite::net {
namespace {

/// FNV-1a, 64 bits.
std::uint64_t mix(std::uint64_t hash, std::uint8_t byte) {
  return (hash ^ byte) * 0x100000001b3ULL;
}

}  // namespace

std::int64_t backoff_ms(unsigned failures, const PublicKey& self, const PublicKey& peer) {
  constexpr unsigned kDoublingsMax = 20;
  static_assert((kBackoffFirstMs << kDoublingsMax) > kBackoffMaxMs);
  const std::int64_t longest = std::min(kBackoffFirstMs << std::min(failures, kDoublingsMax), kBackoffMaxMs);
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::uint8_t byte : self.bytes) hash = mix(hash, byte);
  for (const std::uint8_t byte : peer.bytes) hash = mix(hash, byte);
  hash = mix(hash, static_cast<std::uint8_t>(failures & 0xff));
  hash ^= hash >> 32;
  return longest - static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(longest / 2));
}

}  // namespace kimberlite::net
