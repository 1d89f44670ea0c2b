// What peers are told and asked (consensus/README.md, rules 9, 10, 14, 15, 19).
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

std::set<ValidatorIndex> told(const Actions& actions) {
  std::set<ValidatorIndex> peers;
  for (const auto& [to, certificate] : sent<Certificate>(actions)) peers.insert(*to);
  return peers;
}

TEST(Rule9Retry, VotesOfTheViewAreRepeated) {
  Bench bench;
  bench.propose(kFirst, 1, 0);
  bench.step(Verified{View{1}, kFirst.digest, true});
  EXPECT_TRUE(sent<VoteMessage>(bench.wait(2 * kDelta)).empty()) << "it is not durable yet";
  bench.durable();
  const auto votes = sent<VoteMessage>(bench.wait(2 * kDelta));
  ASSERT_FALSE(votes.empty());
  EXPECT_FALSE(votes[0].first) << "to all";
  EXPECT_EQ(votes[0].second.vote.block, kFirst.digest);
}

TEST(Rule9Retry, ALeaderRepeatsItsProposal) {
  Bench bench(1);
  bench.work();
  bench.step(Built{View{1}, kFirst});
  bench.durable();
  const auto proposals = sent<Proposal>(bench.wait(2 * kDelta));
  ASSERT_EQ(proposals.size(), 1U);
  EXPECT_EQ(proposals[0].second.block, kFirst);
}

TEST(Rule9Retry, UndecidedFinalizeVotesAreRepeated) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.durable();
  bench.wait(kDelta);
  std::vector<Vote> votes;
  for (const auto& [to, message] : sent<VoteMessage>(bench.wait(2 * kDelta))) votes.push_back(message.vote);
  EXPECT_EQ(
      std::count_if(votes.begin(), votes.end(), [](const Vote& vote) { return vote.kind == VoteKind::kFinalize; }), 1);
}

TEST(Rule10Forward, TheCertificateGoesToThoseNotSeenInTheView) {
  Bench bench;
  const auto others = bench.others();
  bench.certificate(VoteKind::kNullify, 1, {});  // sent by others[0], which so has it
  bench.vote(VoteKind::kNullify, 2, {}, others[1]);
  EXPECT_TRUE(told(bench.wait(kDelta / 4 - 1)).empty());
  EXPECT_EQ(told(bench.wait(1)), std::set<ValidatorIndex>{others[2]});
}

TEST(Rule10Forward, APeerThatVotesInAViewThatIsOverIsToldAgain) {
  Bench bench;
  const auto others = bench.others();
  bench.certificate(VoteKind::kNullify, 1, {});
  for (const ValidatorIndex other : others) bench.vote(VoteKind::kNullify, 2, {}, other);
  ASSERT_EQ(bench.view(), 3U);
  for (const ValidatorIndex other : others) bench.vote(VoteKind::kNullify, 3, {}, other);
  bench.wait(kDelta / 4);
  bench.wait(kDelta / 4);
  bench.vote(VoteKind::kNullify, 2, {}, others[1]);
  const Actions actions = bench.wait(kDelta / 4);
  ASSERT_TRUE(told(actions).contains(others[1]));
  EXPECT_EQ(sent<Certificate>(actions)[0].second.view.value + 1, bench.view());
}

// Or whoever kept an old vote of each could make all send their certificates to all, as often as it likes.
TEST(Rule10Forward, WhatAnotherPassesOnOwesItsVoterNothing) {
  Bench bench;
  const auto others = bench.others();
  for (std::uint64_t view = 1; view <= 2; ++view) bench.certificate(VoteKind::kNullify, view, {});
  for (const ValidatorIndex other : others) bench.vote(VoteKind::kNullify, 3, {}, other);
  bench.wait(kDelta / 4);
  bench.wait(kDelta / 4);
  const auto old = [&](ValidatorIndex from) {
    bench.step(Received{from, VoteMessage{make_vote(VoteKind::kNullify, 2, {}, others[1]), View{0}}});
    bench.step(Received{from, Proposal{kFirst, make_vote(VoteKind::kNotarize, 1, kFirst.digest, others[1]), View{0}}});
    return told(bench.wait(kDelta / 4));
  };
  EXPECT_TRUE(old(others[0]).empty());
  EXPECT_TRUE(old(others[1]).contains(others[1]));
}

TEST(Rule10Forward, APeerThatVotesWithoutKnowingTheFinalizationIsSentIt) {
  Bench bench;
  const auto others = bench.others();
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  for (const ValidatorIndex other : others) bench.vote(VoteKind::kNullify, 2, {}, other, other == others[2] ? 0 : 1);
  const Actions actions = bench.wait(kDelta / 4);
  bool found = false;
  for (const auto& [to, certificate] : sent<Certificate>(actions))
    found = found || (to == others[2] && certificate.kind == VoteKind::kFinalize);
  EXPECT_TRUE(found);
}

// Each certificate of an answer moves the gap. With a request for each, ten views that a leader lacked were asked for
// ten times over, of each peer.
TEST(Rule15Pulling, WhileAnAnswerComesNothingIsAskedAgain) {
  Bench bench;
  bench.certificate(VoteKind::kNullify, 5, {});
  const auto first = sent<CertificateRequest>(bench.propose(make_block(kGenesis, 6, 0x66), 6, 0));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].first, bench.leader(6));
  EXPECT_EQ(first[0].second.from_view, View{0});
  for (std::uint64_t view = 1; view <= 3; ++view)
    EXPECT_TRUE(sent<CertificateRequest>(bench.certificate(VoteKind::kNullify, view, {})).empty());
  EXPECT_TRUE(sent<CertificateRequest>(bench.wait(kDelta / 4 - 1)).empty());
  const auto again = sent<CertificateRequest>(bench.wait(1));
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0].second.from_view, View{3}) << "the fourth did not come";
}

TEST(Rule14LateTip, TheFinalizationIsAskedForOnceThenOnRetries) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  EXPECT_EQ(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).wake_at->value - bench.now().value, kDelta / 4);
  bench.wait(kDelta - 1);
  const auto requests = sent<CertificateRequest>(bench.wait(1));
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_FALSE(requests[0].first) << "to all";
  EXPECT_TRUE(requests[0].second.finalization_only);
  EXPECT_TRUE(sent<CertificateRequest>(bench.wait(1)).empty());
  EXPECT_FALSE(sent<CertificateRequest>(bench.wait(2 * kDelta)).empty());
}

TEST(Rule14LateTip, AnAnswerBringsSilence) {
  Bench bench;
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  bench.wait(kDelta);
  EXPECT_EQ(bench.certificate(VoteKind::kFinalize, 1, kFirst.digest).finalized, std::vector<BlockRef>{kFirst});
  bench.wait(kDelta);
  EXPECT_FALSE(bench.wait(kDelta).wake_at);
}

TEST(Rule15Bounds, AVoteFarAheadIsAReasonToAskItsSenderOnly) {
  Bench bench;
  const auto others = bench.others();
  for (const ValidatorIndex other : others) bench.vote(VoteKind::kNullify, 5000, {}, other);
  EXPECT_EQ(bench.view(), 1U) << "a quorum of votes beyond the horizon is not counted";
  const auto requests = sent<CertificateRequest>(bench.wait(kDelta / 4));
  EXPECT_EQ(requests.size(), 2U) << "f + 1 of those ahead are asked";
  EXPECT_FALSE(sent<CertificateRequest>(bench.wait(kDelta)).empty()) << "f + 1 cannot all lie: ask again";
}

TEST(Rule15Bounds, OneLiarIsAskedOnce) {
  Bench bench;
  bench.vote(VoteKind::kNullify, 5000, {}, bench.others()[0]);
  EXPECT_EQ(sent<CertificateRequest>(bench.wait(kDelta / 4)).size(), 1U);
  const Actions after = bench.wait(100 * kDelta);
  EXPECT_TRUE(sent<CertificateRequest>(after).empty());
  EXPECT_FALSE(after.wake_at);
}

TEST(Rule15Bounds, VotesWithinTwiceAllViewsCount) {
  Bench bench;
  for (const ValidatorIndex other : bench.others()) bench.vote(VoteKind::kNullify, 9, {}, other);
  EXPECT_EQ(bench.view(), 10U);
}

TEST(Rule15Answer, FinalizationFirstThenWhatIsAboveAscending) {
  Bench bench;
  const ValidatorIndex peer = bench.others()[0];
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  for (std::uint64_t view = 2; view <= 4; ++view) bench.certificate(VoteKind::kNullify, view, {});
  const auto all = sent<Certificate>(bench.step(Received{peer, CertificateRequest{Epoch{1}, View{0}, false}}));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].first, peer);
  EXPECT_EQ(all[0].second.kind, VoteKind::kFinalize);
  EXPECT_EQ(all[1].second.view, View{4}) << "the certificate of our view, so that the peer may enter it";
  EXPECT_EQ(all[2].second.view, View{2});
  EXPECT_EQ(all[3].second.view, View{3});
  EXPECT_EQ(sent<Certificate>(bench.step(Received{peer, CertificateRequest{Epoch{1}, View{0}, true}})).size(), 1U);
  EXPECT_TRUE(sent<Certificate>(bench.step(Received{peer, CertificateRequest{Epoch{1}, View{4}, false}})).empty());
}

TEST(Rule15Answer, IsBounded) {
  Bench bench;
  for (std::uint64_t view = 1; view <= 200; ++view) bench.certificate(VoteKind::kNullify, view, {});
  const auto answer =
      sent<Certificate>(bench.step(Received{bench.others()[0], CertificateRequest{Epoch{1}, View{0}, false}}));
  EXPECT_EQ(answer.size(), kCertificatesPerAnswer);
  EXPECT_EQ(answer.back().second.view, View{kCertificatesPerAnswer - 1});
}

TEST(PeerConnected, ExchangesPositionAndVotes) {
  Bench bench;
  const ValidatorIndex peer = bench.others()[2];
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  bench.certificate(VoteKind::kNullify, 2, {});
  bench.work();
  bench.wait(30'000);
  bench.durable();
  const Actions actions = bench.step(PeerConnected{peer});
  std::set<VoteKind> kinds;
  for (const auto& [to, certificate] : sent<Certificate>(actions)) {
    EXPECT_EQ(to, peer);
    kinds.insert(certificate.kind);
  }
  EXPECT_EQ(kinds, (std::set{VoteKind::kNullify, VoteKind::kFinalize}));
  EXPECT_EQ(sent<VoteMessage>(actions).size(), 1U);
}

TEST(Rule19Evidence, EachContradictionIsHandedOutOnce) {
  const Digest one = digest_of(1);
  const Digest two = digest_of(2);
  const std::vector<std::pair<std::pair<VoteKind, Digest>, std::pair<VoteKind, Digest>>> contradictions{
      {{VoteKind::kNotarize, one}, {VoteKind::kNotarize, two}},
      {{VoteKind::kFinalize, one}, {VoteKind::kFinalize, two}},
      {{VoteKind::kFinalize, one}, {VoteKind::kNullify, {}}},
      {{VoteKind::kNullify, {}}, {VoteKind::kFinalize, one}}};
  for (const auto& [first, second] : contradictions) {
    Bench bench;
    const ValidatorIndex liar = bench.others()[1];
    EXPECT_TRUE(bench.vote(first.first, 1, first.second, liar).evidence.empty());
    const Actions actions = bench.vote(second.first, 1, second.second, liar);
    ASSERT_EQ(actions.evidence.size(), 1U);
    EXPECT_EQ(actions.evidence[0].validator, liar);
    EXPECT_EQ(actions.evidence[0].first, make_vote(first.first, 1, first.second, liar));
    EXPECT_EQ(actions.evidence[0].second, make_vote(second.first, 1, second.second, liar));
    EXPECT_TRUE(bench.vote(second.first, 1, second.second, liar).evidence.empty());
  }
}

TEST(Rule19Evidence, WhatAnHonestValidatorMaySayIsNone) {
  Bench bench;
  const ValidatorIndex peer = bench.others()[1];
  EXPECT_TRUE(bench.vote(VoteKind::kNotarize, 1, digest_of(1), peer).evidence.empty());
  EXPECT_TRUE(bench.vote(VoteKind::kNullify, 1, {}, peer).evidence.empty());
  EXPECT_TRUE(bench.vote(VoteKind::kNotarize, 2, digest_of(2), peer).evidence.empty());
  EXPECT_TRUE(bench.vote(VoteKind::kFinalize, 2, digest_of(2), peer).evidence.empty());
}

TEST(Rule19Evidence, AVoteInsideACertificateTellsAsWell) {
  Bench bench;
  const Certificate nullification = bench.by_others(VoteKind::kNullify, 1, {});
  const ValidatorIndex liar = bench.others()[2];
  bench.vote(VoteKind::kFinalize, 1, digest_of(1), liar);
  const Actions actions = bench.step(Received{bench.others()[0], nullification});
  ASSERT_EQ(actions.evidence.size(), 1U);
  EXPECT_EQ(actions.evidence[0].validator, liar);
}

}  // namespace
}  // namespace kimberlite::consensus::bench
