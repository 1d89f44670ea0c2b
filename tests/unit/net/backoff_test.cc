// Back-off: doubles within its bounds, is the same every time, and differs between pairs.
#include "node/net/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "node/net/peer_network.h"

namespace kimberlite::net {
namespace {

PublicKey key(std::uint8_t first) {
  PublicKey result;
  result.bytes[0] = first;
  return result;
}

TEST(Backoff, DoublesWithinItsBounds) {
  for (unsigned failures = 0; failures < 100; ++failures) {
    const std::int64_t longest = failures > 10 ? kBackoffMaxMs : std::min(kBackoffFirstMs << failures, kBackoffMaxMs);
    const std::int64_t wait = backoff_ms(failures, key(1), key(2));
    EXPECT_LE(wait, longest) << failures;
    EXPECT_GT(wait, longest / 2) << failures;
  }
}

TEST(Backoff, IsTheSameEveryTime) {
  EXPECT_EQ(backoff_ms(5, key(1), key(2)), backoff_ms(5, key(1), key(2)));
}

TEST(Backoff, PairsDoNotDialInStep) {
  std::set<std::int64_t> waits;
  for (std::uint8_t peer = 1; peer <= 40; ++peer) waits.insert(backoff_ms(20, key(0), key(peer)));
  EXPECT_GE(waits.size(), 35U);
}

}  // namespace
}  // namespace kimberlite::net
