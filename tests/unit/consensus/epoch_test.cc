// Epochs (consensus/README.md, rule 21): after a certified block that closes an epoch only that block is proposed
// again; once it is final nothing more is said in its epoch, and the next one begins on it at view 1.
#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

BlockRef closing_block(std::uint64_t view = 1) {
  BlockRef block = make_block(kGenesis, view, 0x11);
  block.closes_epoch = true;
  return block;
}

/// The closing block is notarized in view 1 by everybody: the bench's replica stands in view 2.
void certify_closing(Bench& bench) {
  bench.work();
  bench.notarize(closing_block(), 1, 0);
  bench.certificate(VoteKind::kNotarize, 1, closing_block().digest);
  bench.durable();
}

TEST(Rule21Epochs, ALeaderBuildsNothingOnACertifiedClosingBlock) {
  Bench bench(2);
  certify_closing(bench);
  ASSERT_EQ(bench.view(), 2U);
  EXPECT_FALSE(bench.work().build);
}

TEST(Rule21Epochs, WithoutTheFlagTheSameLeaderBuilds) {
  Bench bench(2);
  const BlockRef block = make_block(kGenesis, 1, 0x11);
  bench.work();
  bench.notarize(block, 1, 0);
  EXPECT_TRUE(bench.certificate(VoteKind::kNotarize, 1, block.digest).build);
}

TEST(Rule21Epochs, ALeaderProposesALateClosingBlockAgainThoughThereIsWork) {
  Bench bench(2);
  certify_closing(bench);
  bench.wait(kDelta);
  const Actions late = bench.wait(kDelta / 2);
  ASSERT_EQ(late.send_after_persist.size(), 1U);
  const auto& proposal = std::get<Proposal>(late.send_after_persist[0].message);
  EXPECT_EQ(proposal.block, closing_block());
  EXPECT_EQ(proposal.vote.view, View{2});
}

TEST(Rule21Epochs, AProposalOnAClosingBlockIsRefused) {
  Bench bench(3);
  certify_closing(bench);
  const BlockRef child = make_block(closing_block(), 2, 0x22);
  const Actions refused = bench.propose(child, 2, 1);
  EXPECT_TRUE(refused.verify.empty());
  EXPECT_TRUE(persists(refused, VoteKind::kNullify));
}

TEST(Rule21Epochs, TheClosingBlockProposedAgainIsVotedFor) {
  Bench bench(3);
  certify_closing(bench);
  EXPECT_TRUE(persists(bench.propose(closing_block(), 2, 1), VoteKind::kNotarize));
}

TEST(Rule21Epochs, NothingIsSaidInAnEpochThatIsOver) {
  Bench bench(2);
  certify_closing(bench);
  const Actions final = bench.certificate(VoteKind::kFinalize, 1, closing_block().digest);
  ASSERT_EQ(final.finalized, std::vector<BlockRef>{closing_block()});
  EXPECT_FALSE(final.build);
  for (int second = 0; second < 10; ++second) {
    const Actions later = bench.wait(kDelta);
    EXPECT_TRUE(later.persist.empty());
    EXPECT_FALSE(later.build);
  }
  EXPECT_FALSE(bench.work().build);
}

TEST(Rule21Epochs, TheNextEpochBeginsAtViewOneOnTheClosingBlock) {
  const auto leads_next = [](std::uint64_t view) {
    Bench probe(view);
    return LeaderOrder(closing_block().digest, 4).leader(View{1}) == probe.self();
  };
  std::uint64_t view = 1;
  while (!leads_next(view)) ++view;
  Bench bench(view);
  bench.work();
  bench.certificate(VoteKind::kFinalize, 1, closing_block().digest);
  bench.step(BodyReady{closing_block()});
  const Actions begun = bench.begin_epoch(closing_block());
  EXPECT_EQ(bench.epoch(), Epoch{2});
  EXPECT_EQ(bench.view(), 1U);
  ASSERT_TRUE(begun.build) << "the work of the epoch before is still there";
  EXPECT_EQ(begun.build->view, View{1});
  EXPECT_EQ(begun.build->parent.digest, closing_block().digest);
  const BlockRef first{digest_of(0x33), closing_block().digest, Height{2}, View{1}};
  const Actions proposed = bench.step(Built{View{1}, first});
  ASSERT_TRUE(persists(proposed, VoteKind::kNotarize));
  EXPECT_EQ(proposed.persist[0].vote.epoch, Epoch{2});
}

TEST(Rule21Epochs, ABlockBuiltForAViewOfTheEpochBeforeIsNotTaken) {
  const ValidatorIndex leads_next = LeaderOrder(closing_block().digest, 4).leader(View{1});
  std::uint64_t view = 1;
  while (LeaderOrder(kChainId, 4).leader(View{view}) != leads_next) ++view;
  Bench bench(view);
  bench.work();
  bench.certificate(VoteKind::kFinalize, 1, closing_block().digest);
  bench.step(BodyReady{closing_block()});
  ASSERT_TRUE(bench.begin_epoch(closing_block()).build);
  const BlockRef late = make_block(kGenesis, 1, 0x44);
  EXPECT_TRUE(bench.step(Built{View{1}, late}).persist.empty());
  const BlockRef first{digest_of(0x33), closing_block().digest, Height{2}, View{1}};
  EXPECT_TRUE(persists(bench.step(Built{View{1}, first}), VoteKind::kNotarize)) << "the true answer still counts";
}

TEST(Rule21Epochs, JournalSequencesGoOnAcrossEpochs) {
  Bench bench(3);
  certify_closing(bench);  // notarize and finalize: records 1 and 2
  bench.certificate(VoteKind::kFinalize, 1, closing_block().digest);
  bench.begin_epoch(closing_block());
  const Actions late = bench.wait(2 * kDelta);
  ASSERT_TRUE(persists(late, VoteKind::kNullify));
  EXPECT_EQ(late.persist[0].sequence, 3U);
  EXPECT_EQ(late.persist[0].vote.epoch, Epoch{2});
}

TEST(Rule21Epochs, AKeyThatWasRolledBackStaysSilentInTheNextEpoch) {
  Bench bench(3);
  bench.work();
  bench.vote(VoteKind::kNullify, 1, {}, bench.self());  // our own vote, which the journal does not hold
  ASSERT_TRUE(bench.status().rolled_back);
  bench.certificate(VoteKind::kFinalize, 2, closing_block(2).digest);
  bench.begin_epoch(closing_block(2));
  EXPECT_TRUE(bench.wait(2 * kDelta).persist.empty());
}

/// A replica of epoch 2 that starts from disk.
class RestartInEpochTwo : public ::testing::Test {
 protected:
  static JournalRecord record(std::uint64_t sequence, std::uint64_t epoch, VoteKind kind, std::uint64_t view) {
    JournalRecord record{sequence, make_vote(kind, view, Digest{}, 0), std::nullopt};
    record.vote.epoch = Epoch{epoch};
    return record;
  }
  Replica restarted(std::vector<JournalRecord> journal) {
    Recovered recovered{closing_block(7), std::nullopt, {}, std::move(journal)};
    Replica replica(Config{kChainId, Epoch{2}, closing_block().digest, make_validators(4), 0, kDelta, &signer_},
                    std::move(recovered));
    replica.start(TimeMs{1000});
    return replica;
  }
  MarkSigner signer_;
};

TEST_F(RestartInEpochTwo, VotesOfTheEpochBeforeDoNotBindThisOne) {
  Replica replica = restarted({record(1, 1, VoteKind::kNullify, 1), record(2, 1, VoteKind::kNullify, 9)});
  EXPECT_EQ(replica.status().view, View{1});
  replica.step(WorkChanged{true}, TimeMs{1000});
  const Actions late = replica.step(Tick{}, TimeMs{1000 + 2 * kDelta});
  ASSERT_TRUE(persists(late, VoteKind::kNullify));
  EXPECT_EQ(late.persist[0].vote.view, View{1});
  EXPECT_EQ(late.persist[0].sequence, 3U);
}

TEST_F(RestartInEpochTwo, VotesOfThisEpochBind) {
  Replica replica = restarted({record(1, 1, VoteKind::kNullify, 9), record(2, 2, VoteKind::kNullify, 1)});
  replica.step(WorkChanged{true}, TimeMs{1000});
  EXPECT_TRUE(replica.step(Tick{}, TimeMs{1000 + 2 * kDelta}).persist.empty()) << "view 1 was given up already";
}

TEST_F(RestartInEpochTwo, ARingThatStillHoldsTheEpochBeforeHasDroppedNothingOfThisOne) {
  Replica replica = restarted({record(40, 1, VoteKind::kNullify, 9)});
  replica.step(WorkChanged{true}, TimeMs{1000});
  EXPECT_TRUE(persists(replica.step(Tick{}, TimeMs{1000 + 2 * kDelta}), VoteKind::kNullify));
}

TEST_F(RestartInEpochTwo, ARingThatBeginsInThisEpochMayHaveDroppedItsFirstVotes) {
  Replica replica = restarted({record(40, 2, VoteKind::kNullify, 1)});
  replica.step(WorkChanged{true}, TimeMs{1000});
  EXPECT_TRUE(replica.step(Tick{}, TimeMs{1000 + 2 * kDelta}).persist.empty());
}

/// A node whose store was rebuilt begins in epoch 1, and its journal has what it said in epoch 2.
class RestartBehindItsJournal : public RestartInEpochTwo {
 protected:
  RestartBehindItsJournal() {
    replica_.start(TimeMs{1000});
    replica_.step(WorkChanged{true}, TimeMs{1000});
  }
  [[nodiscard]] Config config(std::uint64_t epoch, const Digest& seed) const {
    return {kChainId, Epoch{epoch}, seed, make_validators(4), 0, kDelta, &signer_};
  }
  void begin_epoch_two() { replica_.begin_epoch(config(2, closing_block(7).digest), closing_block(7), TimeMs{2000}); }
  Actions see_own_vote(std::uint64_t epoch, std::uint64_t view) {
    VoteMessage own{make_vote(VoteKind::kNullify, view, {}, 0), View{}};
    own.vote.epoch = Epoch{epoch};
    return replica_.step(Received{ValidatorIndex{1}, own}, TimeMs{2000});
  }

  Replica replica_{config(1, kChainId), {kGenesis, std::nullopt, {}, {record(1, 2, VoteKind::kNullify, 1)}}};
};

TEST_F(RestartBehindItsJournal, NothingIsSaidInAnEpochBeforeTheJournals) {
  for (std::int64_t second = 2; second < 20; ++second)
    EXPECT_TRUE(replica_.step(Tick{}, TimeMs{second * 1000}).persist.empty()) << second;
}

TEST_F(RestartBehindItsJournal, AVoteThatTheRingMayHaveDroppedIsNoRollback) {
  EXPECT_FALSE(see_own_vote(1, 3).rolled_back);
  EXPECT_FALSE(replica_.status().rolled_back);
}

TEST_F(RestartBehindItsJournal, VotesOfThatEpochBindOnceItIsReached) {
  begin_epoch_two();
  EXPECT_FALSE(see_own_vote(2, 1).rolled_back) << "the journal holds this vote";
  EXPECT_TRUE(replica_.step(Tick{}, TimeMs{2000 + 2 * kDelta}).persist.empty()) << "view 1 was given up already";
  Certificate over = make_certificate(VoteKind::kNullify, 1, {}, 4, 1);
  over.epoch = Epoch{2};
  replica_.step(Received{ValidatorIndex{1}, over}, TimeMs{4000});
  const Actions late = replica_.step(Tick{}, TimeMs{4000 + 4 * kDelta});
  ASSERT_TRUE(persists(late, VoteKind::kNullify));
  EXPECT_EQ(late.persist[0].vote.view, View{2});
  EXPECT_EQ(late.persist[0].sequence, 2U) << "the journal goes on";
}

TEST_F(RestartBehindItsJournal, AVoteOfThatEpochThatTheJournalLacksIsARollback) {
  begin_epoch_two();
  EXPECT_TRUE(see_own_vote(2, 2).rolled_back);
}

}  // namespace
}  // namespace kimberlite::consensus::bench
