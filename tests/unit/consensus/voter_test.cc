// The rules of a view (consensus/README.md, rules 1 to 7, 11 to 13, 20), each by its number.
#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

TEST(Rule1Enter, VotesOfAQuorumEndAView) {
  Bench bench;
  const auto others = bench.others();
  bench.vote(VoteKind::kNullify, 1, {}, others[0]);
  bench.vote(VoteKind::kNullify, 1, {}, others[1]);
  EXPECT_EQ(bench.view(), 1U);
  bench.vote(VoteKind::kNullify, 1, {}, others[1]);
  EXPECT_EQ(bench.view(), 1U) << "the same vote twice is one vote";
  bench.vote(VoteKind::kNullify, 1, {}, others[2]);
  EXPECT_EQ(bench.view(), 2U);
}

TEST(Rule1Enter, VotesOnDifferentBlocksDoNotAddUp) {
  Bench bench;
  const auto others = bench.others();
  bench.vote(VoteKind::kNotarize, 1, digest_of(1), others[0]);
  bench.vote(VoteKind::kNotarize, 1, digest_of(1), others[1]);
  bench.vote(VoteKind::kNotarize, 1, digest_of(2), others[2]);
  EXPECT_EQ(bench.view(), 1U);
}

TEST(Rule1Enter, ACertificateOfAnyKindFarAheadIsEnough) {
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize}) {
    Bench bench;
    bench.certificate(kind, 700, kind == VoteKind::kNullify ? Digest{} : digest_of(1));
    EXPECT_EQ(bench.view(), 701U);
  }
}

TEST(Rule2Lead, BuildsOnGenesisWhenThereIsWork) {
  Bench bench(1);
  const Actions actions = bench.work();
  ASSERT_TRUE(actions.build);
  EXPECT_EQ(actions.build->view, View{1});
  EXPECT_EQ(actions.build->parent, kGenesis);
}

TEST(Rule2Lead, TheProposalLeavesAfterItsVoteIsDurable) {
  Bench bench(1);
  bench.work();
  const Actions actions = bench.step(Built{View{1}, kFirst});
  ASSERT_EQ(actions.persist.size(), 1U);
  EXPECT_EQ(actions.persist[0].vote.kind, VoteKind::kNotarize);
  EXPECT_EQ(actions.persist[0].vote.block, kFirst.digest);
  EXPECT_TRUE(actions.send.empty());
  ASSERT_EQ(actions.send_after_persist.size(), 1U);
  const auto* proposal = std::get_if<Proposal>(&actions.send_after_persist[0].message);
  ASSERT_NE(proposal, nullptr);
  EXPECT_EQ(proposal->block, kFirst);
  EXPECT_EQ(proposal->parent_view, View{0});
  EXPECT_EQ(proposal->vote, actions.persist[0].vote);
}

TEST(Rule2Lead, WaitsForTheNullificationOfEveryViewBetween) {
  Bench bench(4);
  bench.work();
  Actions actions = bench.certificate(VoteKind::kNullify, 3, {});
  EXPECT_EQ(bench.view(), 4U);
  EXPECT_FALSE(actions.build) << "views 1 and 2 may hold something";
  const auto requests = sent<CertificateRequest>(actions);
  ASSERT_FALSE(requests.empty());
  EXPECT_EQ(requests[0].second.from_view, View{0});
  bench.certificate(VoteKind::kNullify, 1, {});
  actions = bench.certificate(VoteKind::kNullify, 2, {});
  ASSERT_TRUE(actions.build);
  EXPECT_EQ(actions.build->parent, kGenesis);
}

TEST(Rule2Lead, BuildsOnTheHighestCertifiedBlock) {
  Bench bench(4);
  bench.work();
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.certificate(VoteKind::kNullify, 2, {});
  const Actions actions = bench.certificate(VoteKind::kNullify, 3, {});
  ASSERT_TRUE(actions.build);
  EXPECT_EQ(actions.build->parent, kFirst);
  const BlockRef second = make_block(kFirst, 4, 0x22);
  const Actions proposed = bench.step(Built{View{4}, second});
  ASSERT_EQ(proposed.send_after_persist.size(), 1U);
  EXPECT_EQ(std::get<Proposal>(proposed.send_after_persist[0].message).parent_view, View{1});
}

TEST(Rule2Lead, AnEmptyBuildIsAskedForAgainOnlyLater) {
  Bench bench(1);
  bench.work();
  Actions actions = bench.step(Built{View{1}, std::nullopt});
  EXPECT_FALSE(actions.build);
  EXPECT_TRUE(actions.persist.empty());
  actions = bench.wait(kDelta / 2);
  EXPECT_TRUE(actions.build);
  bench.step(Built{View{1}, std::nullopt});
  EXPECT_TRUE(bench.work().build) << "said again: something new is in the pool";
}

TEST(Rule2Lead, AnAnswerForAnotherViewIsIgnored) {
  Bench bench(1);
  bench.work();
  bench.certificate(VoteKind::kNullify, 1, {});
  const Actions actions = bench.step(Built{View{1}, kFirst});
  EXPECT_TRUE(actions.persist.empty());
  EXPECT_TRUE(actions.send_after_persist.empty());
}

TEST(Rule3Repropose, ALateTipIsProposedAgainByALeaderWithoutWork) {
  Bench bench(2);
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  ASSERT_EQ(bench.view(), 2U);
  EXPECT_TRUE(bench.wait(kDelta).send_after_persist.empty()) << "the finalization is asked for first";
  const Actions actions = bench.wait(kDelta / 2);
  ASSERT_EQ(persisted(actions, VoteKind::kNotarize).size(), 1U);
  const auto& proposal = std::get<Proposal>(actions.send_after_persist.at(0).message);
  EXPECT_EQ(proposal.block, kFirst);
  EXPECT_EQ(proposal.vote.view, View{2});
  EXPECT_EQ(proposal.parent_view, View{1});
}

TEST(Rule3Repropose, AFinalTipIsNot) {
  Bench bench(2);
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  EXPECT_TRUE(bench.wait(2 * kDelta).persist.empty());
}

TEST(Rule4Verify, TheFirstProposalOfTheLeaderIsVerified) {
  Bench bench;
  const Actions actions = bench.propose(kFirst, 1, 0);
  ASSERT_EQ(actions.verify.size(), 1U);
  EXPECT_EQ(actions.verify[0].block, kFirst);
  EXPECT_TRUE(actions.persist.empty()) << "no vote before it is valid";
  EXPECT_TRUE(bench.propose(make_block(kGenesis, 1, 0x12), 1, 0).verify.empty());
}

TEST(Rule4Verify, AProposalByAnotherIsNot) {
  Bench bench;
  const ValidatorIndex by = bench.leader(2);
  const Actions actions =
      bench.step(Received{by, Proposal{kFirst, make_vote(VoteKind::kNotarize, 1, kFirst.digest, by), View{0}}});
  EXPECT_TRUE(actions.verify.empty());
}

TEST(Rule4Verify, WaitsForTheCertificateOfItsParentAndAsksTheLeader) {
  Bench bench;
  const BlockRef second = make_block(kFirst, 2, 0x22);
  bench.certificate(VoteKind::kNullify, 1, {});
  Actions actions = bench.propose(second, 2, 1);
  EXPECT_TRUE(actions.verify.empty());
  const auto requests = sent<CertificateRequest>(actions);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].first, bench.leader(2));
  EXPECT_EQ(requests[0].second.from_view, View{0});
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).verify.empty()) << "its body is missing";
  actions = bench.step(BodyReady{kFirst});
  ASSERT_EQ(actions.verify.size(), 1U);
  EXPECT_EQ(actions.verify[0].block, second);
}

TEST(Rule4Verify, WaitsForNullificationsOfSkippedViews) {
  Bench bench;
  bench.certificate(VoteKind::kNullify, 2, {});
  const BlockRef block = make_block(kGenesis, 3, 0x33);
  EXPECT_TRUE(bench.propose(block, 3, 0).verify.empty());
  EXPECT_EQ(bench.certificate(VoteKind::kNullify, 1, {}).verify.size(), 1U);
}

TEST(Rule4Verify, AParentThatIsNotWhatIsCertifiedThereMakesItInvalid) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  const BlockRef fork = make_block(make_block(kGenesis, 1, 0x12), 2, 0x22);
  const Actions actions = bench.propose(fork, 2, 1);
  EXPECT_TRUE(actions.verify.empty());
  EXPECT_TRUE(persists(actions, VoteKind::kNullify));
}

TEST(Rule4Verify, AWrongHeightMakesItInvalid) {
  Bench bench;
  BlockRef block = kFirst;
  block.height = Height{2};
  EXPECT_TRUE(persists(bench.propose(block, 1, 0), VoteKind::kNullify));
}

TEST(Rule4Verify, AProposalBelowTheFinalViewIsInvalid) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  EXPECT_TRUE(persists(bench.propose(make_block(kGenesis, 2, 0x22), 2, 0), VoteKind::kNullify));
}

TEST(Rule5Notarize, AfterVerification) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  const Actions actions = bench.step(Verified{View{1}, kFirst.digest, true});
  ASSERT_EQ(persisted(actions, VoteKind::kNotarize).size(), 1U);
  EXPECT_TRUE(actions.send.empty()) << "not before it is durable";
  ASSERT_EQ(actions.send_after_persist.size(), 1U);
  EXPECT_TRUE(bench.step(Verified{View{1}, kFirst.digest, true}).persist.empty()) << "one a view";
}

TEST(Rule5Notarize, NeverAfterNullify) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  EXPECT_TRUE(persists(bench.wait(3 * kDelta), VoteKind::kNullify));
  EXPECT_TRUE(bench.step(Verified{View{1}, kFirst.digest, true}).persist.empty());
  Bench late;
  late.work();
  EXPECT_TRUE(persists(late.wait(2 * kDelta), VoteKind::kNullify));
  const Actions actions = late.propose(kFirst, 1, 0);
  EXPECT_TRUE(actions.verify.empty());
  EXPECT_TRUE(actions.persist.empty());
}

TEST(Rule5Notarize, AReproposalWhoseBodyIsHereNeedsNoVerification) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  const Actions actions = bench.propose(kFirst, 2, 1);
  EXPECT_TRUE(actions.verify.empty());
  const auto votes = persisted(actions, VoteKind::kNotarize);
  ASSERT_EQ(votes.size(), 1U);
  EXPECT_EQ(votes[0].view, View{2});
}

TEST(Rule6Nullify, TheLeadersTimePassesWithoutAProposal) {
  Bench bench;
  EXPECT_EQ(bench.work().wake_at, TimeMs{bench.now().value + kDelta}) << "halfway: the pool is sent";
  EXPECT_FALSE(persists(bench.wait(2 * kDelta - 1), VoteKind::kNullify));
  const Actions actions = bench.wait(1);
  EXPECT_TRUE(persists(actions, VoteKind::kNullify));
  EXPECT_EQ(actions.send_after_persist.size(), 1U);
}

TEST(Rule6Nullify, TheViewsTimePassesAfterAProposal) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  EXPECT_FALSE(persists(bench.wait(3 * kDelta - 1), VoteKind::kNullify));
  EXPECT_TRUE(persists(bench.wait(1), VoteKind::kNullify));
}

TEST(Rule6Nullify, AnInvalidProposalAtOnce) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  EXPECT_TRUE(persists(bench.step(Verified{View{1}, kFirst.digest, false}), VoteKind::kNullify));
}

// All refuse what every leader proposes, as after clocks that were set back: views that passed as fast as the network
// is would fill journals and disks.
TEST(Rule6Nullify, AnInvalidProposalInTimeWhereViewsWereLostBefore) {
  Bench bench;
  bench.work();
  bench.certificate(VoteKind::kNullify, 1, {});
  const BlockRef block = make_block(kGenesis, 2, 0x22);
  bench.propose(block, 2, 0);
  EXPECT_FALSE(persists(bench.step(Verified{View{2}, block.digest, false}), VoteKind::kNullify));
  const Actions waiting = bench.wait(kDelta / 2);
  EXPECT_FALSE(persists(waiting, VoteKind::kNullify));
  EXPECT_EQ(waiting.wake_at->value - bench.now().value, kDelta / 2) << "2 x (1.5 - 1) deltas in all";
  EXPECT_TRUE(persists(bench.wait(kDelta / 2), VoteKind::kNullify));
}

TEST(Rule6Nullify, WhenTheLeaderDid) {
  Bench bench;
  EXPECT_FALSE(persists(bench.vote(VoteKind::kNullify, 1, {}, bench.leader(2)), VoteKind::kNullify));
  EXPECT_TRUE(persists(bench.vote(VoteKind::kNullify, 1, {}, bench.leader(1)), VoteKind::kNullify));
}

TEST(Rule7Finalize, ANotarizedBlockWhoseBodyIsHere) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  const Actions actions = bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  ASSERT_EQ(actions.persist.size(), 1U);
  EXPECT_EQ(actions.persist[0].vote.kind, VoteKind::kFinalize);
  ASSERT_TRUE(actions.persist[0].justification);
  EXPECT_EQ(actions.persist[0].justification->kind, VoteKind::kNotarize);
}

TEST(Rule7Finalize, WaitsForTheBodyEvenAfterTheViewWasLeft) {
  Bench bench;
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).persist.empty());
  bench.certificate(VoteKind::kNullify, 2, {});
  EXPECT_TRUE(persists(bench.step(BodyReady{kFirst}), VoteKind::kFinalize));
}

TEST(Rule7Finalize, NeverBesideNullify) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  bench.wait(3 * kDelta);
  bench.step(BodyReady{kFirst});
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).persist.empty());
}

TEST(Rule7Finalize, NotWhenTheLeaderContradictedItself) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  const Actions seen = bench.vote(VoteKind::kNotarize, 1, digest_of(0x12), bench.leader(1));
  ASSERT_EQ(seen.evidence.size(), 1U);
  EXPECT_FALSE(persists(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest), VoteKind::kFinalize));
}

TEST(Rule7Finalize, NotAnotherBlockThanTheOneNotarized) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  const BlockRef other = make_block(kGenesis, 1, 0x12);
  bench.step(BodyReady{other});
  EXPECT_FALSE(persists(bench.certificate(VoteKind::kNotarize, 1, other.digest), VoteKind::kFinalize));
}

TEST(Rule11Skip, ALeaderSilentSinceItsLastTurnGetsNoTime) {
  Bench bench;
  const ValidatorIndex silent = bench.leader(1);
  bench.work();
  std::vector<Actions> turns;
  for (std::uint64_t view = 1; view <= 5; ++view) {
    for (const ValidatorIndex other : bench.others())
      if (other != silent) bench.vote(VoteKind::kNullify, view, {}, other);
    bench.wait(30'000);
    turns.push_back(bench.durable());
    ASSERT_EQ(bench.view(), view + 1);
  }
  // Views 1 and 5 are its turns: the first costs a timeout, the second none.
  EXPECT_TRUE(persists(turns[3], VoteKind::kNullify)) << "on entering view 5 it is given up at once";
}

TEST(Rule11Skip, ALeaderThatProposedInItsLastTurnKeepsTheNext) {
  Bench bench;
  const ValidatorIndex slow = bench.leader(1);
  bench.work();
  std::vector<Actions> turns;
  bench.notarize(kFirst, 1, 0);
  for (std::uint64_t view = 1; view <= 5; ++view) {
    for (const ValidatorIndex other : bench.others())
      if (other != slow) bench.vote(VoteKind::kNullify, view, {}, other);
    bench.wait(30'000);
    turns.push_back(bench.durable());
    ASSERT_EQ(bench.view(), view + 1);
  }
  EXPECT_FALSE(persists(turns[3], VoteKind::kNullify)) << "on entering view 5 it may still speak";
}

TEST(Rule12BackOff, LostViewsTakeLongerUntilFinality) {
  Bench bench;
  bench.work();
  bench.certificate(VoteKind::kNullify, 1, {});
  EXPECT_FALSE(persists(bench.wait(3 * kDelta - 1), VoteKind::kNullify)) << "2 x 1.5 deltas for the leader";
  EXPECT_TRUE(persists(bench.wait(1), VoteKind::kNullify));
  bench.certificate(VoteKind::kFinalize, 2, kFirst.digest);
  EXPECT_FALSE(persists(bench.wait(2 * kDelta - 1), VoteKind::kNullify));
  EXPECT_TRUE(persists(bench.wait(1), VoteKind::kNullify));
}

// Or whoever votes in a quiet network could make the next event wait for as long as a view may take.
TEST(Rule12BackOff, ViewsLostWithoutWorkAreForgottenWhenWorkComes) {
  Bench bench;
  for (std::uint64_t view = 1; view <= 2; ++view) bench.certificate(VoteKind::kNullify, view, {});
  bench.vote(VoteKind::kNullify, 3, {}, bench.leader(1));  // and all clocks run
  bench.wait(kDelta);
  bench.work();
  EXPECT_FALSE(persists(bench.wait(2 * kDelta - 1), VoteKind::kNullify));
  EXPECT_TRUE(persists(bench.wait(1), VoteKind::kNullify));
}

TEST(Rule12BackOff, ViewsLostWithWorkAreRememberedUntilFinality) {
  Bench bench;
  bench.work();
  for (std::uint64_t view = 1; view <= 2; ++view) bench.certificate(VoteKind::kNullify, view, {});
  bench.step(WorkChanged{false});
  bench.work();
  EXPECT_FALSE(persists(bench.wait(4 * kDelta), VoteKind::kNullify)) << "2 x 2.25 deltas";
  EXPECT_TRUE(persists(bench.wait(kDelta), VoteKind::kNullify));
}

TEST(Rule13Quiet, WithoutWorkNothingIsSentWrittenOrTimed) {
  Bench bench;
  for (const Actions& actions : {bench.started, bench.wait(600'000), bench.step(WorkChanged{false})}) {
    EXPECT_TRUE(actions.send.empty());
    EXPECT_TRUE(actions.send_after_persist.empty());
    EXPECT_TRUE(actions.persist.empty());
    EXPECT_FALSE(actions.wake_at);
  }
}

TEST(Rule13Quiet, AVoteOfAnotherInOurViewIsWork) {
  Bench bench;
  EXPECT_TRUE(bench.vote(VoteKind::kNullify, 1, {}, bench.leader(2)).wake_at);
  EXPECT_TRUE(persists(bench.wait(2 * kDelta), VoteKind::kNullify));
}

TEST(Rule13Quiet, WorkThatGoesAwayStopsTheTimers) {
  Bench bench;
  bench.work();
  EXPECT_FALSE(bench.step(WorkChanged{false}).wake_at);
  EXPECT_TRUE(bench.wait(10 * kDelta).persist.empty());
}

TEST(Rule13Quiet, HalfwayTheLeaderIsSentThePool) {
  Bench bench;
  bench.work();
  EXPECT_FALSE(bench.wait(kDelta - 1).forward_pool_to);
  EXPECT_EQ(bench.wait(1).forward_pool_to, bench.leader(1));
  EXPECT_FALSE(bench.wait(1).forward_pool_to) << "once";
}

TEST(Rule20Sixteen, ThenLeadersOnlyRepropose) {
  Bench bench(17 + 3, 4);  // leads every view divisible by four, view 20 among them
  bench.work();
  BlockRef tip = kGenesis;
  for (std::uint64_t view = 1; view <= 19; ++view) {
    if (view % 4 == 0 || view > 17 + 3) {
      bench.certificate(VoteKind::kNullify, view, {});
      continue;
    }
    if (tip.height.value == kCertifiedAboveFinalMax) break;
    const BlockRef block = make_block(tip, view, static_cast<std::uint8_t>(view));
    bench.step(BodyReady{block});
    bench.certificate(VoteKind::kNotarize, view, block.digest);
    tip = block;
  }
  for (std::uint64_t view = bench.view(); view < 24; ++view) {
    if (tip.height.value < kCertifiedAboveFinalMax) {
      const BlockRef block = make_block(tip, view, static_cast<std::uint8_t>(view));
      bench.step(BodyReady{block});
      bench.certificate(VoteKind::kNotarize, view, block.digest);
      tip = block;
    } else {
      bench.certificate(VoteKind::kNullify, view, {});
    }
  }
  ASSERT_EQ(tip.height.value, kCertifiedAboveFinalMax);
  ASSERT_EQ(bench.view(), 24U);
  ASSERT_EQ(bench.status().certified_above_final, kCertifiedAboveFinalMax);
  const Actions actions = bench.wait(1);
  EXPECT_FALSE(actions.build);
}

/// Certifies the sixteen blocks that may stand above the final one; gives the last.
BlockRef certify_sixteen(Bench& bench) {
  BlockRef tip = kGenesis;
  for (std::uint64_t view = 1; view <= kCertifiedAboveFinalMax; ++view) {
    const BlockRef block = make_block(tip, view, static_cast<std::uint8_t>(view));
    bench.step(BodyReady{block});
    bench.certificate(VoteKind::kNotarize, view, block.digest);
    tip = block;
  }
  return tip;
}

TEST(Rule20Sixteen, NobodyVotesForAHeightBeyond) {
  Bench bench;
  const BlockRef tip = certify_sixteen(bench);
  const BlockRef beyond = make_block(tip, 17, 0x77);
  const Actions actions = bench.propose(beyond, 17, 16);
  EXPECT_TRUE(actions.verify.empty());
  const auto requests = sent<CertificateRequest>(actions);
  ASSERT_FALSE(requests.empty());
  EXPECT_TRUE(requests.back().second.finalization_only);
  EXPECT_EQ(bench.certificate(VoteKind::kFinalize, 16, tip.digest).verify.size(), 1U);
}

// The others saw the finalization that we wait for, and went on.
TEST(Rule20Sixteen, NobodyTriesALateProposalBeyond) {
  Bench bench;
  const BlockRef tip = certify_sixteen(bench);
  const BlockRef beyond = make_block(tip, 17, 0x77);
  bench.certificate(VoteKind::kNotarize, 17, beyond.digest);
  EXPECT_TRUE(bench.propose(beyond, 17, 16).verify.empty());
  EXPECT_EQ(bench.certificate(VoteKind::kFinalize, 16, tip.digest).verify.size(), 1U);
}

/// A block is final in each view until this one is entered; the actions of that step.
Actions make_final_until(Bench& bench, BlockRef& tip, std::uint64_t view) {
  Actions actions;
  while (bench.view() < view) {
    tip = make_block(tip, bench.view(), static_cast<std::uint8_t>(bench.view()));
    bench.step(BodyReady{tip});
    actions = bench.certificate(VoteKind::kFinalize, bench.view(), tip.digest);
  }
  return actions;
}

TEST(Rule22Doubt, ALeaderThatLosesItsTurnsGetsTimeLessAndLessOften) {
  Bench bench;
  bench.work();
  BlockRef tip = kGenesis;
  // It leads views 1, 5, 9 and so on: turns 0, 1, 2. All votes of all are heard.
  bench.certificate(VoteKind::kNullify, 1, {});
  EXPECT_EQ(bench.status().skipped, std::vector{bench.leader(1)});
  EXPECT_TRUE(persists(make_final_until(bench, tip, 5), VoteKind::kNullify)) << "turn 1 after one that was lost";
  bench.certificate(VoteKind::kNullify, 5, {});
  EXPECT_FALSE(persists(make_final_until(bench, tip, 9), VoteKind::kNullify)) << "turn 2: one without time is not lost";
  bench.certificate(VoteKind::kNullify, 9, {});
  EXPECT_TRUE(persists(make_final_until(bench, tip, 13), VoteKind::kNullify)) << "turn 3 after two that were lost";
  bench.certificate(VoteKind::kNullify, 13, {});
  EXPECT_FALSE(persists(make_final_until(bench, tip, 17), VoteKind::kNullify)) << "turn 4";
  EXPECT_FALSE(persists(make_final_until(bench, tip, 20), VoteKind::kNullify)) << "in which it makes a block";
  EXPECT_TRUE(persists(make_final_until(bench, tip, 21), VoteKind::kNullify))
      << "turn 5: it lost one more than it used";
  EXPECT_FALSE(persists(make_final_until(bench, tip, 25), VoteKind::kNullify)) << "turn 6";
}

// It re-proposes what is final, say, when nobody gave it time.
TEST(Rule22Doubt, WhatComesInATurnWithoutTimeLowersNothing) {
  Bench bench;
  bench.work();
  BlockRef tip = kGenesis;
  bench.certificate(VoteKind::kNullify, 1, {});
  EXPECT_TRUE(persists(make_final_until(bench, tip, 5), VoteKind::kNullify)) << "turn 1";
  bench.certificate(VoteKind::kNullify, 5, {});
  EXPECT_FALSE(persists(make_final_until(bench, tip, 9), VoteKind::kNullify)) << "turn 2";
  bench.certificate(VoteKind::kNullify, 9, {});
  EXPECT_TRUE(persists(make_final_until(bench, tip, 13), VoteKind::kNullify)) << "turn 3, doubt 2";
  EXPECT_FALSE(persists(make_final_until(bench, tip, 17), VoteKind::kNullify)) << "turn 4";
  EXPECT_TRUE(persists(make_final_until(bench, tip, 21), VoteKind::kNullify)) << "turn 5: only turn 4 counted";
}

TEST(Rule22Doubt, ALeaderThatHadNothingToProposeIsNotInDoubt) {
  Bench bench;
  bench.certificate(VoteKind::kNullify, 1, {});
  EXPECT_TRUE(bench.status().skipped.empty());
}

TEST(Rule22Doubt, NobodyIsInDoubtWhileMoreThanTheFaultyOnesAre) {
  Bench bench;
  bench.work();
  bench.certificate(VoteKind::kNullify, 1, {});
  EXPECT_EQ(bench.status().skipped, std::vector{bench.leader(1)});
  bench.certificate(VoteKind::kNullify, 2, {});
  EXPECT_TRUE(bench.status().skipped.empty());
}

}  // namespace
}  // namespace kimberlite::consensus::bench
