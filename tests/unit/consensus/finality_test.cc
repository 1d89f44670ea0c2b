// Final blocks, fetching and catching up (consensus/README.md, rules 8 and 16), and whole life with few validators.
#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

const BlockRef kSecond = make_block(kFirst, 2, 0x22);

TEST(Rule8Commit, AncestorsBecomeFinalInOrder) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.notarize(kSecond, 2, 1);
  bench.certificate(VoteKind::kNotarize, 2, kSecond.digest);
  const Actions actions = bench.certificate(VoteKind::kFinalize, 2, kSecond.digest);
  EXPECT_EQ(actions.finalized, (std::vector{kFirst, kSecond}));
  ASSERT_TRUE(actions.finalization);
  EXPECT_EQ(actions.finalization->block, kSecond.digest);
  EXPECT_EQ(actions.finalization->height, Height{2});
  EXPECT_EQ(bench.status().final_height, Height{2});
}

TEST(Rule8Commit, FinalizeVotesOfAQuorumDoIt) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  const auto others = bench.others();
  bench.vote(VoteKind::kFinalize, 1, kFirst.digest, others[0]);
  EXPECT_TRUE(bench.vote(VoteKind::kFinalize, 1, kFirst.digest, others[1]).finalized.empty());
  EXPECT_EQ(bench.durable().finalized, std::vector{kFirst}) << "our own vote is the third, once on disk";
}

TEST(Rule8Commit, FinalAgainInALaterViewCommitsNothingTwice) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  const Actions actions = bench.certificate(VoteKind::kFinalize, 5, kFirst.digest);
  EXPECT_TRUE(actions.finalized.empty());
  EXPECT_FALSE(actions.catch_up);
  EXPECT_EQ(bench.status().final_view, View{5});
  EXPECT_EQ(bench.view(), 6U);
}

TEST(Rule16Fetch, AMissingBodyIsFetchedFromItsVotersAndAgain) {
  Bench bench;
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).fetch.empty()) << "it may be on its way";
  Actions actions = bench.wait(kDelta / 4);
  ASSERT_EQ(actions.fetch.size(), 1U);
  EXPECT_EQ(actions.fetch[0].digest, kFirst.digest);
  EXPECT_EQ(actions.fetch[0].voters.size(), 3U);
  EXPECT_TRUE(bench.wait(kDelta).fetch.empty());
  EXPECT_EQ(bench.wait(kDelta).fetch.size(), 1U);
  bench.step(BodyReady{kFirst});
  EXPECT_TRUE(bench.wait(10 * kDelta).fetch.empty());
}

// The votes of the others came first, as they do where the proposal's envelopes take longer. Waiting for a fetch, such
// a block was final a quarter of a delta late.
TEST(Rule16Fetch, AProposalThatComesAfterItsCertificateIsTheBody) {
  Bench bench;
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  ASSERT_EQ(bench.view(), 2U);
  const Actions actions = bench.propose(kFirst, 1, 0);
  ASSERT_EQ(actions.verify.size(), 1U);
  EXPECT_EQ(actions.verify[0].view, View{1});
  EXPECT_EQ(actions.verify[0].block, kFirst);
  EXPECT_EQ(actions.verify[0].leader, bench.leader(1));
  EXPECT_TRUE(bench.step(Verified{View{1}, kFirst.digest, true}).persist.empty()) << "its view is over: no vote for it";
  const Actions ready = bench.step(BodyReady{kFirst});
  ASSERT_EQ(ready.persist.size(), 1U);
  EXPECT_EQ(ready.persist[0].vote.kind, VoteKind::kFinalize);
  EXPECT_TRUE(bench.wait(10 * kDelta).fetch.empty());
}

TEST(Rule16Fetch, AProposalThatComesAfterItsFinalizationIsTheBody) {
  Bench bench;
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  const Actions actions = bench.propose(kFirst, 1, 0);
  ASSERT_EQ(actions.verify.size(), 1U);
  EXPECT_EQ(actions.verify[0].block, kFirst);
  EXPECT_EQ(bench.step(BodyReady{kFirst}).finalized, std::vector<BlockRef>{kFirst});
  EXPECT_TRUE(bench.wait(10 * kDelta).fetch.empty());
}

TEST(Rule16Fetch, AProposalWhoseParentComesLastIsTheBodyOfAFinalBlock) {
  Bench bench;
  const BlockRef second = make_block(kFirst, 2, 0x22);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.propose(second, 2, 1);
  bench.certificate(VoteKind::kFinalize, 2, second.digest);
  const Actions actions = bench.step(BodyReady{kFirst});
  ASSERT_EQ(actions.verify.size(), 1U);
  EXPECT_EQ(actions.verify[0].block, second);
}

// They are of the body that is missing, and by the leaders of their views: that makes them no more welcome than others.
TEST(Rule16Fetch, ReProposalsFarAheadAreNotKept) {
  Bench bench;
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  for (std::uint64_t view = 100; view < 200; ++view) bench.propose(kFirst, view, 1);
  EXPECT_EQ(bench.view(), 2U) << "and the observer, who counts what is held, lets this go on";
}

// Its leader gave this replica, which leads next, envelopes that it keeps to itself: the turn must not be lost with it.
TEST(Rule16Fetch, ABodyThatCannotBeVerifiedIsFetchedWithinTheNextTurn) {
  Bench bench(2);
  ASSERT_EQ(bench.propose(kFirst, 1, 0).verify.size(), 1U);
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).fetch.empty());
  EXPECT_TRUE(bench.wait(kDelta / 2 - 1).fetch.empty());
  EXPECT_EQ(bench.wait(1).fetch.size(), 1U);
}

TEST(Rule16Fetch, AProposalThatLeadsNowhereIsTriedOnceAndTheBodyFetchedAsSoon) {
  for (const bool answered : {false, true}) {
    Bench bench;
    bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
    ASSERT_EQ(bench.propose(kFirst, 1, 0).verify.size(), 1U);
    if (answered) {
      EXPECT_TRUE(bench.step(Verified{View{1}, kFirst.digest, false}).verify.empty());
    }
    const Actions actions = bench.wait(kDelta / 4);
    EXPECT_EQ(actions.fetch.size(), 1U) << (answered ? "refused" : "its envelopes never came");
    EXPECT_TRUE(actions.verify.empty());
  }
}

TEST(Rule16Fetch, AnotherProposalIsNotTheBody) {
  Bench bench;
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  EXPECT_TRUE(bench.propose(make_block(kGenesis, 1, 0x12), 1, 0).verify.empty());
  EXPECT_EQ(bench.wait(kDelta / 4).fetch.size(), 1U);
}

TEST(Rule16Fetch, CommitsWhenTheLastBodyIsHere) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.propose(kSecond, 2, 1);
  EXPECT_TRUE(bench.certificate(VoteKind::kFinalize, 2, kSecond.digest).finalized.empty());
  EXPECT_TRUE(bench.step(BodyReady{kSecond}).finalized.empty());
  EXPECT_EQ(bench.step(BodyReady{kFirst}).finalized, (std::vector{kFirst, kSecond}));
}

TEST(Rule16CatchUp, AChainThatCannotBePutTogether) {
  Bench bench;
  EXPECT_FALSE(bench.certificate(VoteKind::kFinalize, 7, digest_of(0x77)).catch_up) << "a body may bring its record";
  const Actions actions = bench.wait(kDelta);
  ASSERT_TRUE(actions.catch_up);
  EXPECT_EQ(actions.catch_up->block, digest_of(0x77));
  EXPECT_FALSE(bench.certificate(VoteKind::kFinalize, 9, digest_of(0x79)).catch_up) << "one at a time";
  const BlockRef reached{digest_of(0x77), digest_of(0x76), Height{7}, View{7}};
  EXPECT_FALSE(bench.step(CaughtUp{reached, bench.by_others(VoteKind::kFinalize, 7, reached.digest)}).catch_up);
  EXPECT_EQ(bench.status().final_height, Height{7});
  EXPECT_TRUE(bench.wait(kDelta).catch_up) << "the newer one remains";
}

TEST(Rule16CatchUp, AtOnceWhenTooFar) {
  Bench bench;
  Certificate finalization = bench.by_others(VoteKind::kFinalize, 70, digest_of(0x77));
  finalization.height = Height{kCertifiedAboveFinalMax + 1};
  EXPECT_TRUE(bench.step(Received{bench.others()[0], finalization}).catch_up);
}

TEST(Rule16CatchUp, WhatIsBuiltOnItIsVotedFor) {
  Bench bench;
  const BlockRef reached{digest_of(0x77), digest_of(0x76), Height{7}, View{7}};
  bench.certificate(VoteKind::kFinalize, 7, reached.digest);
  bench.wait(kDelta);
  bench.step(CaughtUp{reached, bench.by_others(VoteKind::kFinalize, 7, reached.digest)});
  ASSERT_EQ(bench.view(), 8U);
  const BlockRef next = make_block(reached, 9, 0x78);
  bench.certificate(VoteKind::kNullify, 8, {});
  EXPECT_EQ(bench.propose(next, 9, 7).verify.size(), 1U);
}

TEST(OneValidator, IsAQuorumByItself) {
  Bench bench(1, 1);
  ASSERT_TRUE(bench.work().build);
  bench.step(Built{View{1}, kFirst});
  bench.step(BodyReady{kFirst});
  bench.durable();
  const Actions actions = bench.durable();
  EXPECT_EQ(actions.finalized, std::vector{kFirst});
  EXPECT_TRUE(actions.send.empty());
  const Actions rested = bench.step(WorkChanged{false});
  EXPECT_FALSE(rested.wake_at);
}

TEST(Follower, FollowsWithoutAVoice) {
  MarkSigner signer;
  Replica follower(Config{kChainId, Epoch{1}, kChainId, make_validators(4), std::nullopt, kDelta, nullptr},
                   from_genesis());
  TimeMs now{0};
  follower.start(now);
  follower.step(WorkChanged{true}, now);
  follower.step(Received{0, make_certificate(VoteKind::kNotarize, 1, kFirst.digest)}, now);
  now = TimeMs{kDelta};
  EXPECT_EQ(follower.step(Tick{}, now).fetch.size(), 1U);
  follower.step(BodyReady{kFirst}, now);
  const Actions actions = follower.step(Received{0, make_certificate(VoteKind::kFinalize, 1, kFirst.digest)}, now);
  EXPECT_EQ(actions.finalized, std::vector{kFirst});
  now = TimeMs{100 * kDelta};
  const Actions later = follower.step(Tick{}, now);
  EXPECT_TRUE(later.persist.empty());
  EXPECT_TRUE(later.send.empty());
  EXPECT_FALSE(later.wake_at);
}

}  // namespace
}  // namespace kimberlite::consensus::bench
