// Votes and the disk (consensus/README.md, rules 17 and 18): nothing counts before it is durable, nothing is
// contradicted after a restart.
#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

/// The validator that leads view 4 among four: the one on the bench by default.
ValidatorIndex bench_self() {
  return LeaderOrder(kChainId, 4).leader(View{4});
}

JournalRecord record(std::uint64_t sequence, VoteKind kind, std::uint64_t view, const Digest& block,
                     std::optional<Certificate> justification = std::nullopt) {
  return JournalRecord{sequence, make_vote(kind, view, block, bench_self()), std::move(justification)};
}

Recovered with_journal(std::vector<JournalRecord> journal, std::vector<BlockRef> bodies = {}) {
  Recovered recovered = from_genesis();
  recovered.journal = std::move(journal);
  recovered.bodies = std::move(bodies);
  return recovered;
}

std::vector<Vote> votes_sent(const Actions& actions) {
  std::vector<Vote> votes;
  for (const auto& [to, message] : sent<VoteMessage>(actions)) votes.push_back(message.vote);
  return votes;
}

TEST(Rule17Durable, AnOwnVoteCountsOnlyOnceItIsOnDisk) {
  Bench bench;
  const auto others = bench.others();
  bench.work();
  bench.wait(2 * kDelta);
  bench.vote(VoteKind::kNullify, 1, {}, others[0]);
  bench.vote(VoteKind::kNullify, 1, {}, others[1]);
  EXPECT_EQ(bench.view(), 1U) << "two of others, and one of ours that is not on disk";
  bench.durable();
  EXPECT_EQ(bench.view(), 2U);
}

TEST(Rule17Durable, ALaterSequenceCoversEarlierRecords) {
  Bench bench(1, 1);
  bench.work();
  bench.step(Built{View{1}, kFirst});
  bench.step(BodyReady{kFirst});
  const Actions notarized = bench.durable();
  ASSERT_TRUE(persists(notarized, VoteKind::kFinalize));
  EXPECT_EQ(notarized.persist[0].sequence, 2U);
  EXPECT_EQ(bench.durable().finalized, std::vector<BlockRef>{kFirst});
}

TEST(Rule17Durable, TheFirstVoteOfAViewCarriesTheCertificateThatLedThere) {
  Bench bench;
  bench.work();
  EXPECT_FALSE(bench.wait(2 * kDelta).persist.at(0).justification) << "view 1 needs none";
  bench.certificate(VoteKind::kNullify, 1, {});
  const Actions actions = bench.wait(30'000);
  ASSERT_TRUE(persists(actions, VoteKind::kNullify));
  ASSERT_TRUE(actions.persist[0].justification);
  EXPECT_EQ(actions.persist[0].justification->view, View{1});
  EXPECT_EQ(actions.persist[0].justification->kind, VoteKind::kNullify);
}

TEST(Rule17Durable, ASecondVoteOfAViewCarriesNone) {
  Bench bench;
  bench.certificate(VoteKind::kNullify, 1, {});
  bench.propose(make_block(kGenesis, 2, 0x22), 2, 0);
  EXPECT_TRUE(bench.step(Verified{View{2}, digest_of(0x22), true}).persist.at(0).justification);
  const Actions given_up = bench.wait(30'000);
  ASSERT_TRUE(persists(given_up, VoteKind::kNullify));
  EXPECT_FALSE(given_up.persist[0].justification);
}

TEST(Rule18Recover, TheVotesOfTheViewAreRepeatedAndNothingElseIsSaid) {
  Bench bench(4, 4, with_journal({record(1, VoteKind::kNotarize, 1, kFirst.digest)}, {kFirst}));
  ASSERT_EQ(votes_sent(bench.started).size(), 1U);
  EXPECT_EQ(votes_sent(bench.started)[0].block, kFirst.digest);
  const Actions other = bench.propose(make_block(kGenesis, 1, 0x12), 1, 0);
  EXPECT_TRUE(other.verify.empty());
  EXPECT_TRUE(other.persist.empty());
  const Actions given_up = bench.wait(30'000);
  ASSERT_TRUE(persists(given_up, VoteKind::kNullify)) << "giving up is still allowed";
  EXPECT_EQ(given_up.persist[0].sequence, 2U) << "sequences go on";
}

TEST(Rule18Recover, ANullifiedViewIsNeverNotarizedOrFinalized) {
  Bench bench(4, 4, with_journal({record(1, VoteKind::kNullify, 1, {})}));
  EXPECT_TRUE(bench.propose(kFirst, 1, 0).verify.empty());
  bench.step(BodyReady{kFirst});
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, kFirst.digest).persist.empty());
}

TEST(Rule18Recover, AFinalizedViewIsNeverNullified) {
  const auto notarization = make_certificate(VoteKind::kNotarize, 1, kFirst.digest);
  Bench bench(4, 4,
              with_journal({record(1, VoteKind::kNotarize, 1, kFirst.digest),
                            record(2, VoteKind::kFinalize, 1, kFirst.digest, notarization)},
                           {kFirst}));
  EXPECT_EQ(bench.view(), 2U) << "the notarization came back with the vote";
  const auto again = votes_sent(bench.started);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].kind, VoteKind::kFinalize);
  for (int i = 0; i < 20; ++i)
    for (const Vote& vote : persisted(bench.wait(kDelta), VoteKind::kNullify)) EXPECT_GT(vote.view, View{1});
}

TEST(Rule18Recover, TakesUpTheHighestViewWithACertificate) {
  Bench bench(4, 4,
              with_journal({record(1, VoteKind::kNullify, 1, {}),
                            record(2, VoteKind::kNullify, 6, {}, make_certificate(VoteKind::kNullify, 5, {})),
                            record(3, VoteKind::kNullify, 7, {}, make_certificate(VoteKind::kNullify, 6, {}))}));
  EXPECT_EQ(bench.view(), 7U);
}

// The journal is a ring: what it says of the views after the last final one is gone at last.
TEST(Rule18Recover, CertificatesThatTheJournalWillDropAreKeptUntilFinality) {
  constexpr std::uint64_t kLeftToTheJournal = 64;  // records
  Bench bench;
  bench.work();
  std::vector<Certificate> kept;
  const auto lose = [&](std::uint64_t view) {
    for (const Actions& actions :
         {bench.wait(30'000), bench.durable(), bench.certificate(VoteKind::kNullify, view, {})})
      kept.insert(kept.end(), actions.keep.begin(), actions.keep.end());
  };
  for (std::uint64_t view = 1; view <= kLeftToTheJournal; ++view) lose(view);
  EXPECT_TRUE(kept.empty());
  lose(kLeftToTheJournal + 1);
  ASSERT_EQ(kept.size(), kLeftToTheJournal + 1) << "all so far";
  EXPECT_EQ(kept.front().view, View{1});
  lose(kLeftToTheJournal + 2);
  EXPECT_EQ(kept.size(), kLeftToTheJournal + 2) << "and each that follows";
  const BlockRef block = make_block(kGenesis, kLeftToTheJournal + 3, 0x22);
  bench.notarize(block, block.view.value, 0);
  ASSERT_EQ(bench.certificate(VoteKind::kFinalize, block.view.value, block.digest).finalized, std::vector{block});
  lose(kLeftToTheJournal + 4);
  EXPECT_EQ(kept.size(), kLeftToTheJournal + 2);
}

// The commit drops what is on disk: of the many views above it, too.
TEST(Rule18Recover, WhatIsKeptOfViewsAboveALateFinalizationIsKeptAnew) {
  constexpr std::uint64_t kViews = 70;  // more than are left to the journal
  Bench bench;
  bench.work();
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  for (std::uint64_t view = 2; view <= kViews; ++view) {
    bench.wait(30'000);
    bench.durable();
    bench.certificate(VoteKind::kNullify, view, {});
  }
  const Actions late = bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  ASSERT_EQ(late.finalized, std::vector<BlockRef>{kFirst});
  ASSERT_EQ(late.keep.size(), kViews - 1);
  EXPECT_EQ(late.keep.front().view, View{2});
}

// No commit stores it, and the journal drops it. After a power cut of everybody nobody could show that view 2 was not
// just lost, and no leader could go on.
TEST(Rule18Recover, ALaterFinalizationOfACommittedBlockIsKept) {
  Bench bench;
  bench.work();
  bench.notarize(kFirst, 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, kFirst.digest);
  const Actions committed = bench.certificate(VoteKind::kFinalize, 1, kFirst.digest);
  ASSERT_EQ(committed.finalized, std::vector<BlockRef>{kFirst});
  EXPECT_TRUE(committed.keep.empty()) << "the commit has it";
  const Actions again = bench.certificate(VoteKind::kFinalize, 2, kFirst.digest);
  EXPECT_TRUE(again.finalized.empty());
  EXPECT_EQ(again.keep, std::vector{bench.by_others(VoteKind::kFinalize, 2, kFirst.digest)});

  Recovered recovered = from_genesis();
  recovered.final_block = kFirst;
  recovered.finalization = bench.by_others(VoteKind::kFinalize, 1, kFirst.digest);
  recovered.certificates = again.keep;
  EXPECT_EQ(Bench(4, 4, recovered).status().final_view, View{2});
}

// Caught up with by range in the meantime: the last commit of that stored the finalization that it began with.
TEST(Rule18Recover, ALaterFinalizationOfWhatWasCaughtUpWithIsKept) {
  Bench bench;
  const BlockRef far{digest_of(0x77), digest_of(0x76), Height{40}, View{50}};
  Certificate target = bench.by_others(VoteKind::kFinalize, 50, far.digest);
  target.height = far.height;
  ASSERT_TRUE(bench.step(Received{bench.others().front(), target}).catch_up);
  EXPECT_TRUE(bench.certificate(VoteKind::kFinalize, 51, far.digest).keep.empty()) << "a commit would drop it";
  const Actions caught_up = bench.step(CaughtUp{far, target});
  EXPECT_EQ(caught_up.keep, std::vector{bench.by_others(VoteKind::kFinalize, 51, far.digest)});
}

// Its blocks are stored without a finalization, but for the last.
TEST(Rule18Recover, AStartInMidCatchUpHasNoFinalizationToForward) {
  Recovered recovered =
      with_journal({record(1, VoteKind::kNullify, 51, {}, make_certificate(VoteKind::kNullify, 50, {}))});
  recovered.final_block = BlockRef{digest_of(0x77), digest_of(0x76), Height{40}, View{100}};
  Bench bench(4, 4, recovered);
  bench.vote(VoteKind::kNullify, 600, {}, bench.others().front());
  for (const auto& [to, certificate] : sent<Certificate>(bench.wait(kDelta / 4)))
    EXPECT_EQ(certificate.kind, VoteKind::kNullify);
}

TEST(Rule18Recover, WhatWasKeptStandsForWhatTheJournalDropped) {
  for (const bool kept : {false, true}) {
    Recovered recovered =
        with_journal({record(100, VoteKind::kNullify, 7, {}, make_certificate(VoteKind::kNullify, 6, {}))});
    for (std::uint64_t view = 1; kept && view <= 5; ++view)
      recovered.certificates.push_back(make_certificate(VoteKind::kNullify, view, {}));
    Bench bench(8, 4, recovered);
    bench.work();
    const Actions actions = bench.certificate(VoteKind::kNullify, 7, {});
    EXPECT_EQ(bench.view(), 8U);
    ASSERT_EQ(actions.build.has_value(), kept);
    if (kept) {
      EXPECT_EQ(actions.build->parent, kGenesis);
    }
  }
}

TEST(Rule18Recover, AViewOfWhichOnlyTheKeptCertificateTellsIsTakenUp) {
  Recovered recovered = from_genesis();
  recovered.certificates.push_back(make_certificate(VoteKind::kNullify, 9, {}));
  EXPECT_EQ(Bench(4, 4, recovered).view(), 10U);
}

TEST(Rule18Recover, TheFinalizationOfTheLogCountsToo) {
  Recovered recovered = from_genesis();
  recovered.final_block = kFirst;
  recovered.finalization = make_certificate(VoteKind::kFinalize, 9, kFirst.digest);
  Bench bench(4, 4, recovered);
  EXPECT_EQ(bench.view(), 10U);
  EXPECT_EQ(bench.status().final_view, View{9});
  EXPECT_EQ(bench.status().final_height, Height{1});
}

TEST(Rule18Recover, ANotarizeVoteWhoseBodyWasLostWaitsForIt) {
  Bench bench(4, 4, with_journal({record(1, VoteKind::kNotarize, 1, kFirst.digest)}));
  EXPECT_TRUE(votes_sent(bench.started).empty()) << "whoever holds the notarization could not get the body from us";
  bench.work();
  EXPECT_TRUE(votes_sent(bench.wait(2 * kDelta - 1)).empty());
  bench.step(BodyReady{kFirst});
  const auto others = bench.others();
  bench.vote(VoteKind::kNotarize, 1, kFirst.digest, others[0]);
  EXPECT_EQ(bench.view(), 1U);
  bench.vote(VoteKind::kNotarize, 1, kFirst.digest, others[1]);
  EXPECT_EQ(bench.view(), 2U) << "now it counts";
}

TEST(Rule18Recover, InAViewGivenUpOnlyThatIsRepeated) {
  const std::vector<JournalRecord> journal{record(1, VoteKind::kNotarize, 1, kFirst.digest),
                                           record(2, VoteKind::kNullify, 1, {})};
  for (const bool body_here : {true, false}) {
    Bench bench(4, 4, with_journal(journal, body_here ? std::vector{kFirst} : std::vector<BlockRef>{}));
    const auto again = votes_sent(bench.started);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].kind, VoteKind::kNullify);
  }
}

TEST(Rule18Recover, ALeaderRepeatsItsProposal) {
  const BlockRef block = make_block(kGenesis, 4, 0x44);
  std::vector<JournalRecord> journal;
  for (std::uint64_t view = 1; view <= 3; ++view)
    journal.push_back(
        record(view, VoteKind::kNullify, view, {},
               view == 1 ? std::nullopt : std::optional(make_certificate(VoteKind::kNullify, view - 1, {}))));
  journal.push_back(record(4, VoteKind::kNotarize, 4, block.digest, make_certificate(VoteKind::kNullify, 3, {})));
  Bench bench(4, 4, with_journal(journal, {block}));
  const auto proposals = sent<Proposal>(bench.started);
  ASSERT_EQ(proposals.size(), 1U);
  EXPECT_EQ(proposals[0].second.block, block);
  EXPECT_EQ(proposals[0].second.parent_view, View{0});
  EXPECT_FALSE(bench.work().build) << "and never another one";
}

TEST(Rule18Recover, WhereTheRingForgotNothingIsSaid) {
  // Records 1 and 2 were overwritten: they may have been about any view up to 5.
  Bench bench(4, 4,
              with_journal({record(3, VoteKind::kNullify, 5, {}, make_certificate(VoteKind::kNullify, 4, {})),
                            record(4, VoteKind::kNullify, 6, {}, make_certificate(VoteKind::kNullify, 5, {}))}));
  const BlockRef block = make_block(kGenesis, 3, 0x33);
  bench.step(BodyReady{block});
  EXPECT_FALSE(persists(bench.certificate(VoteKind::kNotarize, 3, block.digest), VoteKind::kFinalize));
  Bench whole(4, 4,
              with_journal({record(1, VoteKind::kNullify, 5, {}, make_certificate(VoteKind::kNullify, 4, {})),
                            record(2, VoteKind::kNullify, 6, {}, make_certificate(VoteKind::kNullify, 5, {}))}));
  whole.step(BodyReady{block});
  EXPECT_TRUE(persists(whole.certificate(VoteKind::kNotarize, 3, block.digest), VoteKind::kFinalize))
      << "with no record dropped nothing was said in view 3";
}

TEST(Rule18Recover, AnUnknownVoteOfOurOwnKeyMeansThatWeWereRolledBack) {
  Bench bench;
  bench.vote(VoteKind::kNullify, 1, {}, bench.self());
  EXPECT_TRUE(bench.status().rolled_back);
  bench.work();
  EXPECT_TRUE(bench.wait(30'000).persist.empty());
  EXPECT_TRUE(bench.propose(kFirst, 1, 0).verify.empty());
}

TEST(Rule18Recover, AKnownVoteOfOurOwnDoesNot) {
  Bench bench;
  bench.work();
  bench.wait(2 * kDelta);
  bench.durable();
  bench.vote(VoteKind::kNullify, 1, {}, bench.self());
  EXPECT_FALSE(bench.status().rolled_back);
}

TEST(Rule18Recover, AVoteOfOursInsideACertificateTellsAsWell) {
  Bench bench;
  Certificate certificate = make_certificate(VoteKind::kNullify, 3, {}, 4, bench.self() == 3 ? 1 : 0);
  ASSERT_NE(std::find(certificate.validators.begin(), certificate.validators.end(), bench.self()),
            certificate.validators.end());
  bench.step(Received{bench.others().front(), certificate});
  EXPECT_TRUE(bench.status().rolled_back);
}

TEST(Rule18Recover, ABlockOfOursThatTheJournalDoesNotKnowMeansTheSame) {
  Bench bench;
  EXPECT_TRUE(bench.step(RolledBack{}).rolled_back);
  EXPECT_TRUE(bench.status().rolled_back);
  EXPECT_FALSE(bench.step(RolledBack{}).rolled_back) << "said once";
  bench.work();
  EXPECT_TRUE(bench.wait(30'000).persist.empty());
  EXPECT_TRUE(bench.propose(kFirst, 1, 0).verify.empty());
}

TEST(Rule18Recover, ThatItWasRolledBackIsSaidOnce) {
  Bench bench;
  bench.work();
  EXPECT_TRUE(bench.vote(VoteKind::kNullify, 1, {}, bench.self()).rolled_back);
  EXPECT_TRUE(bench.status().rolled_back);
  EXPECT_FALSE(bench.vote(VoteKind::kNullify, 2, {}, bench.self()).rolled_back);
}

}  // namespace
}  // namespace kimberlite::consensus::bench
