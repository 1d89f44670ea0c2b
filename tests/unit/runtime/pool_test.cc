// The pool: order, each id once, bounds, and what counts as work.
#include "node/runtime/pool.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"

namespace kimberlite::runtime {
namespace {

EnvelopePtr envelope_of(const std::string& participant, std::uint16_t number, std::size_t bytes = 12) {
  Digest id;
  id.bytes[0] = static_cast<std::uint8_t>(number);
  id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
  auto content = std::make_unique<v1::Envelope>();
  content->set_participant(participant);
  return std::make_shared<const OpenedEnvelope>(std::string(bytes, 's'), id, PublicKey{}, std::move(content));
}

// Each of another participant.
EnvelopePtr envelope(std::uint16_t number, std::size_t bytes = 12) {
  return envelope_of(std::to_string(number), number, bytes);
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

/// Nobody's flood, however valid, keeps out everybody else.
TEST(Pool, OfAHalfFullPoolNobodyTakesMoreThanAQuarter) {
  Pool pool(8);
  for (std::uint16_t i = 1; i <= 4; ++i) EXPECT_EQ(pool.add(envelope_of("BW", i), Height{}), Pool::Added::kNew);
  EXPECT_EQ(pool.add(envelope_of("BW", 5), Height{}), Pool::Added::kFull);
  EXPECT_EQ(pool.add_needed(envelope_of("BW", 5), Height{}, 7), Pool::Added::kNew) << "a proposal names it";
  for (std::uint16_t i = 6; i <= 7; ++i) EXPECT_EQ(pool.add(envelope_of("IN", i), Height{}), Pool::Added::kNew);
  EXPECT_EQ(pool.add_untried(envelope_of("IN", 8), Height{}, 7), Pool::Added::kFull);
  EXPECT_EQ(pool.add(envelope_of("ZA", 9), Height{}), Pool::Added::kNew);
  for (std::uint16_t i = 1; i <= 4; ++i) pool.remove(envelope_of("BW", i)->id());
  EXPECT_EQ(pool.add(envelope_of("BW", 10), Height{}), Pool::Added::kNew);
}

/// What a peer sent in vain must not keep out what a proposal consists of, or nobody could vote and empty the pool.
TEST(Pool, WhatAProposalNeedsFindsRoom) {
  Pool pool(2);
  pool.add(envelope(1), Height{});
  pool.add(envelope(2), Height{});
  pool.doubt(envelope(2)->id(), 7);
  EXPECT_EQ(pool.add(envelope(4), Height{}), Pool::Added::kFull);
  pool.make_room_for({envelope(3)->id()});
  EXPECT_FALSE(pool.find(envelope(2)->id())) << "it made room";
  EXPECT_EQ(pool.add_needed(envelope(3), Height{}, 7), Pool::Added::kNew);
  EXPECT_EQ(pool.add_needed(envelope(4), Height{}, 7), Pool::Added::kNew) << "beyond the bound";
  EXPECT_EQ(pool.size(), 3U);
}

/// What a lost proposal left behind must not keep out the next, or none could be voted for ever again.
TEST(Pool, WhatLaterProposalsNeedFindsRoomAfterALostOne) {
  Pool pool(2);
  pool.add(envelope(1), Height{});
  pool.add_needed(envelope(2), Height{}, 7);
  std::uint16_t lost = 100;
  while (pool.add_needed(envelope(lost), Height{}, 7) == Pool::Added::kNew) ++lost;
  ASSERT_EQ(pool.size(), 2 + kNeededEnvelopesMax);
  pool.trust(envelope(100)->id());
  pool.doubt(envelope(101)->id(), 7);

  EXPECT_EQ(pool.add_needed(envelope(3), Height{}, 8), Pool::Added::kFull);
  pool.make_room_for({envelope(2)->id(), envelope(3)->id()});
  EXPECT_EQ(pool.add_needed(envelope(3), Height{}, 8), Pool::Added::kNew);
  EXPECT_EQ(pool.size(), 3U) << "the client's own, and what is wanted";
  EXPECT_TRUE(pool.find(envelope(1)->id()));
  EXPECT_TRUE(pool.find(envelope(2)->id()));
}

/// Our own trial refuses what stands on another envelope of the same proposal.
TEST(Pool, WhatIsWantedAndDoubtedStays) {
  Pool pool(1);
  pool.add(envelope(1), Height{});
  const std::set<Digest> wanted{envelope(2)->id(), envelope(3)->id()};
  pool.make_room_for(wanted);
  pool.add_needed(envelope(2), Height{}, 7);
  pool.doubt(envelope(2)->id(), 7);
  pool.make_room_for(wanted);
  EXPECT_EQ(pool.add_needed(envelope(3), Height{}, 7), Pool::Added::kNew);
  EXPECT_TRUE(pool.find(envelope(2)->id()));
}

TEST(Pool, WithinItsBoundOrForNothingNothingMakesRoom) {
  Pool pool(2);
  pool.add_needed(envelope(1), Height{}, 7);
  pool.make_room_for({envelope(9)->id()});
  EXPECT_EQ(pool.size(), 1U);
  pool.add_needed(envelope(2), Height{}, 7);
  pool.make_room_for({});
  EXPECT_EQ(pool.size(), 2U);
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
  EXPECT_FALSE(pool.has_work()) << "before they are tried again";
  pool.trust(envelope(2)->id());
  EXPECT_TRUE(pool.has_work());
  EXPECT_EQ(pool.doubted(7), 0U);
  EXPECT_EQ(pool.doubted(8), 1U);
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
  EXPECT_EQ(pool.on_final(Height{1}).size(), 1U);
  EXPECT_FALSE(pool.has_work()) << "until it passes a trial";
  pool.trust(envelope(1)->id());
  EXPECT_TRUE(pool.has_work());
  pool.remove(envelope(1)->id());
  EXPECT_FALSE(pool.has_work());
  EXPECT_EQ(pool.bytes(), 0U);
}

// From 25 nodes on, those that a third of them may have doubted are more than a block has candidates.
TEST(Pool, WhatIsDoubtedTakesNoPlaceOfOthersInABlock) {
  Pool pool(10);
  for (std::uint8_t i = 1; i <= 5; ++i) pool.add(envelope(i), Height{});
  pool.doubt(envelope(1)->id(), 7);
  pool.block(envelope(2)->id());
  pool.decide(envelope(4)->id());
  std::vector<int> numbers;
  for (const auto& candidate : pool.candidates()) numbers.push_back(candidate->id().bytes[0]);
  EXPECT_EQ(numbers, (std::vector{3, 5, 1, 2}));
}

TEST(Pool, LooksAgainAtBlockedAndStaleEnvelopes) {
  Pool pool(10);
  pool.add(envelope(1), Height{5});
  pool.add(envelope(2), Height{5});
  pool.block(envelope(2)->id());
  const auto first = pool.on_final(Height{6});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]->id().bytes[0], 2);
  pool.trust(envelope(2)->id());
  const auto second = pool.on_final(Height{7});
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0]->id().bytes[0], 1);
}

// A backlog that was tried again block by block cost more than the blocks: beyond what the network carried, it carried
// half.
TEST(Pool, OfABacklogAFewAreLookedAtABlockEachInItsTurn) {
  constexpr std::size_t kBacklog = 3 * kRetriedMax;
  Pool pool(2 * kBacklog);
  for (std::uint16_t i = 0; i < kBacklog; ++i) pool.add(envelope(i), Height{5});
  for (std::uint16_t i = 0; i < kBacklog; ++i) pool.add(envelope(kBacklog + i), Height{6});
  for (std::uint16_t i = 0; i < kBacklog; ++i) pool.block(envelope(i)->id());
  EXPECT_EQ(pool.on_final(Height{7}).size(), kBacklog) << "a submitter waits for the answer about each";
  for (std::uint16_t i = 0; i < kBacklog; ++i) pool.trust(envelope(i)->id());
  std::set<Digest> seen;
  for (std::uint64_t height = 8; height < 8 + kBacklog / kRetriedMax; ++height) {
    const auto again = pool.on_final(Height{height});
    ASSERT_EQ(again.size(), kRetriedMax);
    for (const auto& one : again) EXPECT_TRUE(seen.insert(one->id()).second) << "the others have waited longer";
  }
}

TEST(Pool, WhatNobodyTriedIsNoWork) {
  Pool pool(10);
  for (std::uint16_t i = 1; i <= 4; ++i) EXPECT_EQ(pool.add_untried(envelope(i), Height{}, 7), Pool::Added::kNew);
  EXPECT_FALSE(pool.has_work());
  EXPECT_EQ(pool.in_order(10).size(), 4U) << "a leader may put it in a block";
  ASSERT_TRUE(pool.next_untried());
  EXPECT_EQ(pool.next_untried()->envelope->id(), envelope(1)->id());
  EXPECT_EQ(pool.next_untried()->peer, 7U);
  pool.doubt(envelope(1)->id(), 7);
  EXPECT_EQ(pool.next_untried()->envelope->id(), envelope(2)->id());
  pool.trust(envelope(2)->id());
  EXPECT_TRUE(pool.has_work());
  pool.decide(envelope(2)->id());
  EXPECT_FALSE(pool.has_work());
  pool.block(envelope(3)->id());  // by a leader's try, which counts
  EXPECT_EQ(pool.next_untried()->envelope->id(), envelope(4)->id());
  pool.remove(envelope(4)->id());
  EXPECT_FALSE(pool.next_untried());
  EXPECT_FALSE(pool.has_work());
}

TEST(Pool, RemembersWhetherAProposalNeedsWhatNobodyTried) {
  Pool pool(10);
  pool.add_needed(envelope(1), Height{}, 7);
  EXPECT_TRUE(pool.next_untried()->needed);
  EXPECT_FALSE(pool.has_work());
}

TEST(Pool, WhatNobodyTriedIsLimited) {
  Pool pool(10'000);
  std::uint16_t number = 0;
  for (std::size_t i = 0; i < kUntriedMax; ++i) {
    EXPECT_FALSE(pool.crowded()) << i;
    pool.add_untried(envelope(++number), Height{}, 7);
  }
  EXPECT_TRUE(pool.crowded());
  pool.trust(envelope(1)->id());
  EXPECT_FALSE(pool.crowded());
  pool.add_untried(envelope(++number, kUntriedBytesMax), Height{}, 8);
  pool.remove(envelope(2)->id());
  EXPECT_TRUE(pool.crowded()) << "by their bytes";
  pool.remove(envelope(number)->id());
  EXPECT_FALSE(pool.crowded());
}

TEST(Pool, StaleEnvelopesThatNobodyTriedAreLookedAt) {
  Pool pool(10);
  pool.add_untried(envelope(1), Height{5}, 7);
  EXPECT_TRUE(pool.on_final(Height{6}).empty());
  EXPECT_EQ(pool.on_final(Height{7}).size(), 1U);
  EXPECT_FALSE(pool.has_work());
}

}  // namespace
}  // namespace kimberlite::runtime
