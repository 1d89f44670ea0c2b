// The smaller mechanisms, each against a naive definition: certificates, blocks, own votes, timers, peers.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "consensus/internal/block_tree.h"
#include "consensus/internal/certificate_store.h"
#include "consensus/internal/own_votes.h"
#include "consensus/internal/peers.h"
#include "consensus/internal/timers.h"
#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

RC_GTEST_PROP(CertificateStore, IsASetOfCertificatesAboveTheLastFinalization, ()) {
  CertificateStore store(kChainId, View{0}, std::nullopt);
  std::map<std::pair<std::uint64_t, VoteKind>, Certificate> naive;
  std::uint64_t final_view = 0;
  for (auto left = *rc::gen::inRange(0, 40); left > 0; --left) {
    const auto view = *rc::gen::inRange<std::uint64_t>(1, 20);
    const auto kind = *rc::gen::weightedElement<VoteKind>(
        {{5, VoteKind::kNotarize}, {5, VoteKind::kNullify}, {1, VoteKind::kFinalize}});
    const Certificate certificate = make_certificate(
        kind, view, kind == VoteKind::kNullify ? Digest{} : digest_of(static_cast<std::uint8_t>(view)));
    const bool fresh = view > final_view && !naive.contains({view, kind});
    RC_ASSERT(store.add(certificate) == fresh);
    if (fresh && kind == VoteKind::kFinalize) {
      final_view = view;
      std::erase_if(naive, [&](const auto& entry) { return entry.first.first <= final_view; });
    } else if (fresh) {
      naive.emplace(std::pair{view, kind}, certificate);
    }
    RC_ASSERT(store.final_view() == View{final_view});
    const auto below = *rc::gen::inRange<std::uint64_t>(final_view + 1, 25);
    std::uint64_t highest = final_view;
    std::optional<View> gap;
    for (std::uint64_t at = final_view + 1; at < below; ++at)
      if (naive.contains({at, VoteKind::kNotarize})) highest = at;
    for (std::uint64_t at = below - 1; at > final_view; --at)
      if (!naive.contains({at, VoteKind::kNullify})) gap = View{at};
    RC_ASSERT(store.highest_certified_below(View{below}) == View{highest});
    RC_ASSERT(store.first_gap(View{final_view}, View{below}) == gap);
    std::size_t above = 0;
    for (const auto& [key, one] : naive)
      if (key.first > below) ++above;
    RC_ASSERT(store.above(View{below}, 1000).size() == above);
    RC_ASSERT(store.above(View{below}, 2).size() == std::min<std::size_t>(2, above));
  }
}

TEST(BlockTree, APathNeedsEveryLink) {
  BlockTree tree(kGenesis);
  const BlockRef first = make_block(kGenesis, 1, 1);
  const BlockRef second = make_block(first, 2, 2);
  tree.learn(second);
  EXPECT_FALSE(tree.path(second.digest));
  tree.learn(first);
  EXPECT_EQ(tree.path(second.digest), (std::vector{first, second}));
  EXPECT_FALSE(tree.ready(first.digest));
  tree.set_ready(first);
  EXPECT_TRUE(tree.ready(first.digest));
  tree.set_root(first);
  EXPECT_EQ(tree.path(second.digest), std::vector{second});
  EXPECT_TRUE(tree.ready(first.digest)) << "the root's body is always here";
}

TEST(BlockTree, ARecordThatLiesAboutItsHeightEndsThePath) {
  BlockTree tree(kGenesis);
  BlockRef first = make_block(kGenesis, 1, 1);
  first.height = Height{9};
  BlockRef second = make_block(first, 2, 2);
  second.height = Height{9};
  tree.learn(first);
  tree.learn(second);
  EXPECT_FALSE(tree.path(second.digest));
}

TEST(BlockTree, ForgetsOnlyWhatHasNoBody) {
  BlockTree tree(kGenesis);
  const BlockRef with_body = make_block(kGenesis, 1, 1);
  const BlockRef without = make_block(kGenesis, 1, 2);
  tree.set_ready(with_body);
  tree.learn(without);
  tree.forget_if([](const BlockRef&) { return true; });
  EXPECT_NE(tree.find(with_body.digest), nullptr);
  EXPECT_EQ(tree.find(without.digest), nullptr);
}

/// Whatever is asked in whatever order, what OwnVotes allows never adds up to a contradiction.
RC_GTEST_PROP(OwnVotes, NeverAllowAContradiction, ()) {
  OwnVotes own;
  std::vector<JournalRecord> journal;
  for (auto left = *rc::gen::inRange(0, 60); left > 0; --left) {
    const View view{*rc::gen::inRange<std::uint64_t>(1, 6)};
    const auto kind = *rc::gen::element(VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize);
    const Digest block = kind == VoteKind::kNullify ? Digest{} : digest_of(*rc::gen::element<std::uint8_t>(1, 2));
    const Vote vote = make_vote(kind, view.value, block, 0);
    const bool allowed = kind == VoteKind::kNotarize  ? own.may_notarize(view)
                         : kind == VoteKind::kNullify ? own.may_nullify(view)
                                                      : own.may_finalize(view, block);
    bool contradicts = false;
    for (const JournalRecord& old : journal) {
      if (old.vote.view != view) continue;
      const bool same_kind = old.vote.kind == kind;
      const bool beside_finalize = old.vote.kind == VoteKind::kFinalize && kind != VoteKind::kFinalize;
      const bool after_nullify = old.vote.kind == VoteKind::kNullify;
      const bool other_block =
          old.vote.kind == VoteKind::kNotarize && kind == VoteKind::kFinalize && old.vote.block != block;
      contradicts = contradicts || same_kind || beside_finalize || after_nullify || other_block;
    }
    RC_ASSERT(allowed == !contradicts);
    if (!allowed) continue;
    journal.push_back(own.record(vote, std::nullopt));
    RC_ASSERT(journal.back().sequence == journal.size());
    RC_ASSERT(own.said(vote));
    // Read back from the journal, it is the same memory.
    if (*rc::gen::inRange(0, 4) == 0) own = OwnVotes(journal, Epoch{1}, [](const Digest&) { return true; });
  }
}

TEST(OwnVotes, BecomeDurableInOrder) {
  OwnVotes own;
  own.record(make_vote(VoteKind::kNotarize, 1, digest_of(1), 0), std::nullopt);
  own.record(make_vote(VoteKind::kFinalize, 1, digest_of(1), 0), std::nullopt);
  EXPECT_TRUE(own.cast_in(View{1}).empty());
  EXPECT_EQ(own.durable(1).size(), 1U);
  EXPECT_EQ(own.cast_in(View{1}).size(), 1U);
  EXPECT_TRUE(own.finalizes_above(View{0}, 9).empty());
  EXPECT_EQ(own.durable(2).size(), 1U);
  EXPECT_EQ(own.finalizes_above(View{0}, 9).size(), 1U);
  EXPECT_TRUE(own.finalizes_above(View{1}, 9).empty());
  EXPECT_TRUE(own.durable(2).empty());
}

TEST(OwnVotes, ARingThatForgotClosesViewsUpToItsFirstVote) {
  const auto keep = [](const Digest&) { return true; };
  const std::vector<JournalRecord> whole{{1, make_vote(VoteKind::kNullify, 5, {}, 0), std::nullopt}};
  EXPECT_EQ(OwnVotes(whole, Epoch{1}, keep).closed(), View{0});
  const std::vector<JournalRecord> cut{{7, make_vote(VoteKind::kFinalize, 4, digest_of(1), 0), std::nullopt},
                                       {8, make_vote(VoteKind::kNotarize, 6, digest_of(2), 0), std::nullopt},
                                       {9, make_vote(VoteKind::kNullify, 8, {}, 0), std::nullopt}};
  const OwnVotes own(cut, Epoch{1}, keep);
  EXPECT_EQ(own.closed(), View{6});
  EXPECT_FALSE(own.may_nullify(View{6}));
  EXPECT_FALSE(own.may_finalize(View{5}, digest_of(1)));
  EXPECT_TRUE(own.may_notarize(View{7}));
}

TEST(BackOff, GrowsByHalfUpToTenSecondsAndComesBack) {
  BackOff back_off(1000);
  back_off.lengthen();
  EXPECT_EQ(back_off.current_ms(), 1500);
  back_off.lengthen();
  EXPECT_EQ(back_off.current_ms(), 2250);
  for (int i = 0; i < 50; ++i) back_off.lengthen();
  EXPECT_EQ(3 * back_off.current_ms(), kViewTimeMaxMs);
  back_off.reset();
  EXPECT_EQ(back_off.current_ms(), 1000);
}

TEST(ViewTimers, ASkippedLeaderHasNoTime) {
  ViewTimers timers;
  EXPECT_FALSE(timers.running());
  timers.start(TimeMs{50}, 1000, true);
  EXPECT_TRUE(timers.leader_late(TimeMs{50}));
  EXPECT_TRUE(timers.view_late(TimeMs{50}));
  timers.start(TimeMs{50}, 1000, false);
  EXPECT_EQ(timers.next(TimeMs{50}), TimeMs{1050});
  EXPECT_TRUE(timers.take_halfway(TimeMs{1050}));
  EXPECT_FALSE(timers.take_halfway(TimeMs{1050}));
  EXPECT_FALSE(timers.leader_late(TimeMs{2049}));
  EXPECT_TRUE(timers.leader_late(TimeMs{2050}));
  timers.proposal_seen();
  EXPECT_FALSE(timers.leader_late(TimeMs{9999}));
  EXPECT_EQ(timers.next(TimeMs{2050}), TimeMs{3050});
}

TEST(PeerBook, SilentAloneNeedsAQuorumThatIsNot) {
  PeerBook peers(4);
  for (const ValidatorIndex active : {1U, 2U}) peers.heard(active, View{20});
  EXPECT_FALSE(peers.silent_alone(0, View{12}, 3)) << "perhaps it is we who hear nothing";
  peers.heard(3, View{12});
  EXPECT_TRUE(peers.silent_alone(0, View{12}, 3));
  peers.heard(0, View{12});
  EXPECT_FALSE(peers.silent_alone(0, View{12}, 3));
}

/// Of the next 1,024 turns of validator 0, those that go without time.
std::size_t turns_in_doubt(const PeerBook& peers, std::size_t faulty_max) {
  std::size_t count = 0;
  for (std::uint64_t turn = 0; turn < 1024; ++turn) count += peers.in_doubt(0, turn, faulty_max) ? 1U : 0U;
  return count;
}

TEST(PeerBook, DoubtDoublesTheDistanceBetweenTurnsWithTime) {
  PeerBook peers(4);
  EXPECT_EQ(turns_in_doubt(peers, 1), 0U);
  for (const std::size_t turns_with_time : {512U, 256U, 128U, 64U, 32U, 16U, 8U, 4U, 2U, 1U, 1U}) {
    peers.lost_turn(0);
    EXPECT_EQ(turns_in_doubt(peers, 1), 1024 - turns_with_time);
    EXPECT_FALSE(peers.in_doubt(0, 0, 1)) << "the same turn for all who doubt, whatever they counted";
  }
  for (const std::size_t turns_with_time : {2U, 4U, 8U, 16U, 32U, 64U, 128U, 256U, 512U, 1024U, 1024U}) {
    peers.used_turn(0);
    EXPECT_EQ(turns_in_doubt(peers, 1), 1024 - turns_with_time);
  }
}

TEST(PeerBook, NobodyIsInDoubtWhileMoreThanTheFaultyOnesAre) {
  PeerBook peers(7);
  peers.lost_turn(0);
  peers.lost_turn(1);
  EXPECT_TRUE(peers.in_doubt(0, 1, 2));
  peers.lost_turn(2);
  EXPECT_FALSE(peers.in_doubt(0, 1, 2));
  peers.used_turn(1);
  EXPECT_TRUE(peers.in_doubt(0, 1, 2));
}

}  // namespace
}  // namespace kimberlite::consensus::bench
