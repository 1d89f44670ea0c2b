// The observer: each thing that a broken replica might ask for is noticed before it leaves, by its name.
#include "consensus/internal/observer.h"

#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

class ObserverDeathTest : public ::testing::Test {
 protected:
  ObserverDeathTest() : observer_(config(), from_genesis()) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    standing_.view = View{1};
    standing_.root = kGenesis;
    standing_.may_vote = true;
  }
  [[nodiscard]] Config config() const {
    return {kChainId, Epoch{1}, kChainId, make_validators(4), self_, kDelta, &signer_};
  }
  [[nodiscard]] JournalRecord record(VoteKind kind, std::uint64_t view, const Digest& block) {
    JournalRecord made{++sequence_, make_vote(kind, view, block, self_), std::nullopt};
    if (kind == VoteKind::kFinalize) made.justification = make_certificate(VoteKind::kNotarize, view, block);
    return made;
  }
  void check(const Actions& actions) { observer_.check(nullptr, actions, standing_); }
  void check(const Input& input, const Actions& actions) { observer_.check(&input, actions, standing_); }
  /// A step that journals this vote alone.
  void journal(VoteKind kind, std::uint64_t view, const Digest& block) {
    Actions actions;
    actions.persist.push_back(record(kind, view, block));
    check(actions);
  }
  [[nodiscard]] Outgoing message(VoteKind kind, std::uint64_t view, const Digest& block) const {
    return {std::nullopt, VoteMessage{make_vote(kind, view, block, self_), View{}}};
  }
  /// Final blocks with a finalization of the last one.
  [[nodiscard]] static Actions final_blocks(std::vector<BlockRef> blocks) {
    Actions actions;
    actions.finalization = make_certificate(VoteKind::kFinalize, blocks.back().view.value, blocks.back().digest);
    actions.finalized = std::move(blocks);
    return actions;
  }

  const ValidatorIndex self_ = LeaderOrder(kChainId, 4).leader(View{1});
  MarkSigner signer_;
  std::uint64_t sequence_{};
  Standing standing_;
  Observer observer_;
  const BlockRef first_ = make_block(kGenesis, 1, 0x11);
};

TEST_F(ObserverDeathTest, ASoundStepPasses) {
  journal(VoteKind::kNotarize, 1, first_.digest);
  Actions sends;
  sends.send.push_back(message(VoteKind::kNotarize, 1, first_.digest));
  check(Durable{1}, sends);
  standing_.root = first_;
  check(final_blocks({first_}));
}

TEST_F(ObserverDeathTest, S3TwoNotarizeVotesInAView) {
  journal(VoteKind::kNotarize, 1, digest_of(1));
  EXPECT_DEATH(journal(VoteKind::kNotarize, 1, digest_of(2)), "one notarize vote a view");
}

TEST_F(ObserverDeathTest, S3NotarizeAfterNullify) {
  journal(VoteKind::kNullify, 1, {});
  EXPECT_DEATH(journal(VoteKind::kNotarize, 1, digest_of(2)), "none after giving it up");
}

TEST_F(ObserverDeathTest, S3NullifyAfterFinalize) {
  journal(VoteKind::kFinalize, 1, digest_of(1));
  EXPECT_DEATH(journal(VoteKind::kNullify, 1, {}), "no view is given up");
}

TEST_F(ObserverDeathTest, S3FinalizeAfterNullify) {
  journal(VoteKind::kNullify, 1, {});
  EXPECT_DEATH(journal(VoteKind::kFinalize, 1, digest_of(1)), "none beside nullify");
}

TEST_F(ObserverDeathTest, S3FinalizeOfAnotherBlockThanNotarized) {
  journal(VoteKind::kNotarize, 1, digest_of(1));
  EXPECT_DEATH(journal(VoteKind::kFinalize, 1, digest_of(2)), "finalize what was notarized");
}

TEST_F(ObserverDeathTest, S3VotesReadBackBindAsWell) {
  Recovered recovered = from_genesis();
  recovered.journal.push_back(record(VoteKind::kNullify, 1, {}));
  Observer restarted(config(), recovered);
  Actions actions;
  actions.persist.push_back(record(VoteKind::kNotarize, 1, digest_of(1)));
  EXPECT_DEATH(restarted.check(nullptr, actions, standing_), "none after giving it up");
}

TEST_F(ObserverDeathTest, FinalizeWithoutItsNotarization) {
  Actions actions;
  actions.persist.push_back(record(VoteKind::kFinalize, 1, digest_of(1)));
  actions.persist.back().justification.reset();
  EXPECT_DEATH(check(actions), "with its notarization");
}

TEST_F(ObserverDeathTest, AJournalSequenceLeftOut) {
  ++sequence_;
  EXPECT_DEATH(journal(VoteKind::kNullify, 1, {}), "follow one another");
}

TEST_F(ObserverDeathTest, AVoteThatLeavesBeforeItIsDurable) {
  journal(VoteKind::kNullify, 1, {});
  Actions sends;
  sends.send.push_back(message(VoteKind::kNullify, 1, {}));
  EXPECT_DEATH(check(sends), "after it is durable");
}

TEST_F(ObserverDeathTest, AVoteThatWasNeverJournalled) {
  Actions sends;
  sends.send_after_persist.push_back(message(VoteKind::kNullify, 1, {}));
  EXPECT_DEATH(check(sends), "was journalled");
}

TEST_F(ObserverDeathTest, AnotherVoteThanJournalled) {
  journal(VoteKind::kNotarize, 1, digest_of(1));
  Actions sends;
  sends.send_after_persist.push_back(message(VoteKind::kNotarize, 1, digest_of(2)));
  EXPECT_DEATH(check(sends), "what was journalled");
}

TEST_F(ObserverDeathTest, S1AFinalBlockBesideTheLastOne) {
  standing_.root = first_;
  check(final_blocks({first_}));
  const BlockRef rival = make_block(kGenesis, 2, 0x22);
  standing_.root = rival;
  EXPECT_DEATH(check(final_blocks({rival})), "stands on the one before");
}

TEST_F(ObserverDeathTest, AFinalBlockWithoutAQuorum) {
  Actions actions = final_blocks({first_});
  actions.finalization->validators.pop_back();
  actions.finalization->signatures.pop_back();
  standing_.root = first_;
  EXPECT_DEATH(check(actions), "by a quorum");
}

TEST_F(ObserverDeathTest, ABlockAfterTheEndOfItsEpoch) {
  BlockRef closing = first_;
  closing.closes_epoch = true;
  const BlockRef child = make_block(closing, 2, 0x22);
  standing_.root = child;
  EXPECT_DEATH(check(final_blocks({closing, child})), "closed the epoch");
}

TEST_F(ObserverDeathTest, ViewsThatGoBack) {
  const Certificate by = make_certificate(VoteKind::kNullify, 1, {});
  standing_.view = View{2};
  standing_.entered_by = &by;
  check(Actions{});
  standing_.view = View{1};
  standing_.entered_by = nullptr;
  EXPECT_DEATH(check(Actions{}), "views only advance");
}

TEST_F(ObserverDeathTest, AViewEnteredWithoutACertificate) {
  standing_.view = View{2};
  EXPECT_DEATH(check(Actions{}), "only the first view");
  const Certificate by = make_certificate(VoteKind::kNullify, 3, {});
  standing_.entered_by = &by;
  EXPECT_DEATH(check(Actions{}), "rule 1");
}

TEST_F(ObserverDeathTest, ABuildByWhoDoesNotLead) {
  Actions actions;
  actions.build = BuildRequest{View{2}, kGenesis};
  EXPECT_DEATH(check(actions), "built by the leader");
}

TEST_F(ObserverDeathTest, AVoteByWhoMayNot) {
  standing_.may_vote = false;
  check(Actions{});
  EXPECT_DEATH(journal(VoteKind::kNullify, 1, {}), "who may not vote");
}

TEST_F(ObserverDeathTest, Rule20AHeightBeyondSixteen) {
  Actions actions;
  actions.verify.push_back(VerifyRequest{View{1}, BlockRef{digest_of(1), digest_of(2), Height{17}, View{1}}});
  EXPECT_DEATH(check(actions), "rule 20");
}

TEST_F(ObserverDeathTest, EvidenceThatIsNone) {
  Actions actions;
  const Vote vote = make_vote(VoteKind::kNotarize, 1, digest_of(1), 2);
  actions.evidence.push_back(Evidence{2, vote, vote});
  EXPECT_DEATH(check(actions), "no honest validator casts");
}

TEST_F(ObserverDeathTest, ASecondCatchUpBeforeTheFirstIsDone) {
  Actions actions;
  actions.catch_up = make_certificate(VoteKind::kFinalize, 40, digest_of(1));
  check(actions);
  EXPECT_DEATH(check(actions), "no second one begins");
}

TEST_F(ObserverDeathTest, B1MoreVotesThanTheWindow) {
  standing_.vote_views = 18;
  EXPECT_DEATH(check(Actions{}), "B1: votes");
}

TEST_F(ObserverDeathTest, B1MoreProposalsOrCertificatesThanTheWindow) {
  standing_.proposals = 18;
  EXPECT_DEATH(check(Actions{}), "B1: proposals");
  standing_.proposals = 0;
  standing_.certificates = 37;
  EXPECT_DEATH(check(Actions{}), "B1: at most two certificates");
}

TEST_F(ObserverDeathTest, WhatIsDurableWithoutHavingBeenHandedOut) {
  EXPECT_DEATH(check(Durable{1}, Actions{}), "was handed out");
}

TEST_F(ObserverDeathTest, AVoteInAnothersName) {
  Actions actions;
  actions.persist.push_back(record(VoteKind::kNullify, 1, {}));
  actions.persist[0].vote.validator = (self_ + 1) % 4;
  EXPECT_DEATH(check(actions), "only our own votes");
  Actions sends;
  sends.send_after_persist.push_back(
      {std::nullopt, VoteMessage{make_vote(VoteKind::kNullify, 1, {}, (self_ + 1) % 4), View{}}});
  EXPECT_DEATH(check(sends), "speaks for itself");
}

TEST_F(ObserverDeathTest, AJustificationWithoutAQuorum) {
  Actions actions;
  actions.persist.push_back(record(VoteKind::kNullify, 2, {}));
  actions.persist[0].justification = make_certificate(VoteKind::kNullify, 1, {});
  actions.persist[0].justification->validators.pop_back();
  actions.persist[0].justification->signatures.pop_back();
  EXPECT_DEATH(check(actions), "a justification has a quorum");
}

TEST_F(ObserverDeathTest, ALastFinalBlockThatWasNeverHandedOut) {
  standing_.root = first_;
  EXPECT_DEATH(check(Actions{}), "handed out last");
}

TEST_F(ObserverDeathTest, SequencesGoOnInTheNextEpoch) {
  journal(VoteKind::kNullify, 1, {});
  Config next = config();
  next.epoch = Epoch{2};
  BlockRef closing = first_;
  closing.closes_epoch = true;
  Observer second(next, closing, observer_);
  standing_.root = closing;
  Actions actions;
  actions.persist.push_back(record(VoteKind::kNullify, 1, {}));
  actions.persist[0].vote.epoch = Epoch{2};
  second.check(nullptr, actions, standing_);
  actions.persist[0].sequence = 1;
  EXPECT_DEATH(second.check(nullptr, actions, standing_), "follow one another");
}

}  // namespace
}  // namespace kimberlite::consensus::bench
