// The first vote: whose word lets a key vote, whatever up to f say, and which blocks its journal leaves to another
// life.
#include "node/runtime/first_vote.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "proto/validator_set.h"

namespace kimberlite::runtime {
namespace {

constexpr Height kHonest{100};
constexpr Height kOneLess{kHonest.value - 1};
constexpr Height kHuge{std::numeric_limits<std::uint64_t>::max()};

/// What another validator may be; a letter each, so that a network reads as a word.
constexpr std::array kRoles = {'h', 'a', 'l', 'u'};  // honest, absent, liar about a low height, about a huge one

/// The network whose number, written in base four, names the roles.
std::string network_of(std::size_t others, std::uint64_t number) {
  std::string network;
  for (std::size_t i = 0; i < others; ++i, number /= kRoles.size()) network += kRoles.at(number % kRoles.size());
  return network;
}

std::vector<Height> told_by(const std::string& network) {
  std::vector<Height> told;
  for (const char role : network)
    if (role != 'a') told.push_back(role == 'h' ? kHonest : role == 'l' ? Height{} : kHuge);
  return told;
}

/// Of every network of this many: nobody votes before it is as far as an honest one, however the liars lie and whoever
/// is away; and if the honest ones are there, whoever is as far as they are votes.
void check_all_networks(std::size_t validators) {
  const std::size_t others = validators - 1;
  for (std::uint64_t number = 0; number < std::uint64_t{1} << (2 * others); ++number) {
    const std::string network = network_of(others, number);
    const auto honest = static_cast<std::size_t>(std::ranges::count(network, 'h'));
    const auto absent = static_cast<std::size_t>(std::ranges::count(network, 'a'));
    if (others - honest - absent > max_faulty(validators)) continue;
    ASSERT_FALSE(as_far_as_others(validators, kOneLess, told_by(network))) << network;
    if (others - honest > max_faulty(validators)) continue;
    ASSERT_TRUE(as_far_as_others(validators, kHonest, told_by(network))) << network;
  }
}

TEST(FirstVote, NoFAloneLetAKeyVoteOrKeepItFromVoting) {
  for (std::size_t validators = 4; validators <= 10; ++validators) {
    SCOPED_TRACE(validators);
    check_all_networks(validators);
  }
}

// A liar connected first and said 0, then one honest node: as many as a quorum of four needs beside ourselves.
TEST(FirstVote, OfThreeWhoMakeAQuorumOfFourBothOthersCount) {
  EXPECT_FALSE(as_far_as_others(4, Height{}, {Height{}, kHonest}));
  EXPECT_FALSE(as_far_as_others(4, kHonest, {kHonest, kHuge})) << "the third may still come";
  EXPECT_TRUE(as_far_as_others(4, kHonest, {kHonest, kHonest}));
  EXPECT_TRUE(as_far_as_others(4, kHonest, {kHonest, kHonest, kHuge}));
}

TEST(FirstVote, WhereNobodyMayBeFaultyEveryWordCounts) {
  EXPECT_TRUE(as_far_as_others(1, Height{}, {}));
  for (const std::size_t validators : {2U, 3U}) {
    EXPECT_FALSE(as_far_as_others(validators, kHonest, {}));
    EXPECT_FALSE(as_far_as_others(validators, kOneLess, {kHonest}));
    EXPECT_TRUE(as_far_as_others(validators, kHonest, {kHonest}));
  }
  EXPECT_FALSE(as_far_as_others(3, kOneLess, {Height{}, kHonest}));
}

struct Place {
  std::uint64_t epoch;
  std::uint64_t view;
};

/// A journal that has votes in these views, the first with this sequence.
VotedSpan voted_in(std::uint64_t sequence, const std::vector<Place>& places) {
  VotedSpan voted;
  for (const auto& [epoch, view] : places) {
    consensus::JournalRecord record;
    record.sequence = sequence++;
    record.vote.epoch = Epoch{epoch};
    record.vote.view = View{view};
    voted.add(record);
  }
  return voted;
}

TEST(VotedSpan, AJournalThatWasBegunAnewCoversNothingFromBefore) {
  const auto voted = voted_in(1, {{2, 7}, {2, 9}, {2, 8}});
  for (const std::uint64_t view : {7, 8, 9}) EXPECT_TRUE(voted.covers(Epoch{2}, View{view})) << view;
  EXPECT_FALSE(voted.covers(Epoch{2}, View{6})) << "a life before it proposed there";
  EXPECT_FALSE(voted.covers(Epoch{1}, View{8}));
  EXPECT_FALSE(voted.covers(Epoch{2}, View{10})) << "it is an old copy";
  EXPECT_FALSE(voted.covers(Epoch{3}, View{1}));
}

TEST(VotedSpan, ARingThatDroppedItsFirstRecordMayHaveHeldAnyBefore) {
  const auto voted = voted_in(2, {{2, 7}, {3, 1}});
  EXPECT_TRUE(voted.covers(Epoch{1}, View{1}));
  EXPECT_TRUE(voted.covers(Epoch{2}, View{100}));
  EXPECT_FALSE(voted.covers(Epoch{3}, View{2}));
}

TEST(VotedSpan, AnEmptyJournalCoversNothing) {
  EXPECT_FALSE(VotedSpan{}.covers(Epoch{1}, View{1}));
}

}  // namespace
}  // namespace kimberlite::runtime
