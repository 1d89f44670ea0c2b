// The pool: order, each id once, bounds, and what counts as work.
#include "node/runtime/pool.h"

#include <gtest/gtest.h>

#include "kimberlite/v1/envelope.pb.h"

namespace kimberlite::runtime {
namespace {

EnvelopePtr envelope(std::uint8_t number) {
  Digest id;
  id.bytes[0] = number;
  return std::make_shared<const OpenedEnvelope>("signed bytes", id, PublicKey{}, std::make_unique<v1::Envelope>());
}

TEST(Pool, KeepsOrderAndTakesEachIdOnce) {
  Pool pool(10);
  for (std::uint8_t i = 3; i > 0; --i) EXPECT_EQ(pool.add(envelope(i), Height{1}), Pool::Added::kNew);
  EXPECT_EQ(pool.add(envelope(2), Height{1}), Pool::Added::kKnown);
  const auto all = pool.in_order(10);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]->id().bytes[0], 3);
  EXPECT_EQ(all[2]->id().bytes[0], 1);
  EXPECT_EQ(pool.in_order(2).size(), 2U);
}

TEST(Pool, RefusesWhenFull) {
  Pool pool(2);
  EXPECT_EQ(pool.add(envelope(1), Height{}), Pool::Added::kNew);
  EXPECT_EQ(pool.add(envelope(2), Height{}), Pool::Added::kNew);
  EXPECT_EQ(pool.add(envelope(3), Height{}), Pool::Added::kFull);
  pool.remove(envelope(1)->id());
  EXPECT_EQ(pool.add(envelope(3), Height{}), Pool::Added::kNew);
}

TEST(Pool, BlockedAndDecidedEnvelopesAreNoWork) {
  Pool pool(10);
  EXPECT_FALSE(pool.has_work());
  pool.add(envelope(1), Height{});
  pool.add(envelope(2), Height{});
  EXPECT_TRUE(pool.has_work());
  pool.block(envelope(1)->id());
  EXPECT_TRUE(pool.has_work());
  pool.decide(envelope(2)->id());
  EXPECT_FALSE(pool.has_work());
  EXPECT_TRUE(pool.find(envelope(2)->id()));
  pool.remove(envelope(2)->id());
  pool.on_final(Height{1});
  EXPECT_TRUE(pool.has_work());
  pool.remove(envelope(1)->id());
  EXPECT_FALSE(pool.has_work());
  EXPECT_EQ(pool.bytes(), 0U);
}

TEST(Pool, LooksAgainAtBlockedAndStaleEnvelopes) {
  Pool pool(10);
  pool.add(envelope(1), Height{5});
  pool.add(envelope(2), Height{5});
  pool.block(envelope(2)->id());
  const auto first = pool.on_final(Height{6});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]->id().bytes[0], 2);
  const auto second = pool.on_final(Height{7});
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0]->id().bytes[0], 1);
}

}  // namespace
}  // namespace kimberlite::runtime
