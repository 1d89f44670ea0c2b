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

/// What a peer sent in vain must not keep out what a proposal consists of, or nobody could vote and empty the pool.
TEST(Pool, WhatAProposalNeedsFindsRoom) {
  Pool pool(2);
  pool.add(envelope(1), Height{});
  pool.add(envelope(2), Height{});
  pool.doubt(envelope(2)->id(), 7);
  EXPECT_EQ(pool.add_needed(envelope(3), Height{}), Pool::Added::kNew);
  EXPECT_EQ(pool.find(envelope(2)->id()), nullptr);  // it made room
  EXPECT_EQ(pool.add(envelope(4), Height{}), Pool::Added::kFull);
  EXPECT_EQ(pool.add_needed(envelope(4), Height{}), Pool::Added::kNew);  // beyond the bound
  EXPECT_EQ(pool.size(), 3U);
}

TEST(Pool, CountsWhatIsDoubtedOfEachPeer) {
  Pool pool(10);
  for (std::uint8_t i = 1; i <= 3; ++i) pool.add(envelope(i), Height{});
  pool.doubt(envelope(1)->id(), 7);
  pool.doubt(envelope(2)->id(), 7);
  pool.doubt(envelope(2)->id(), 8);  // the first who sent it answers for it
  pool.doubt(envelope(3)->id(), 8);
  EXPECT_EQ(pool.doubted(7), 2U);
  EXPECT_EQ(pool.doubted(8), 1U);
  EXPECT_FALSE(pool.has_work());
  pool.remove(envelope(1)->id());
  EXPECT_EQ(pool.doubted(7), 1U);
  EXPECT_EQ(pool.on_final(Height{1}).size(), 2U);
  EXPECT_EQ(pool.doubted(7), 0U);
  EXPECT_EQ(pool.doubted(8), 0U);
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
