// What a pair of votes proves, and all that keeps it from proving anything: another's key, an unknown epoch, votes that
// agree, signatures that do not hold. Pairs that nodes really keep: tests/cluster/hostile_peers_test.cc.
#include "cli/evidence_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kimberlite/v1/consensus.pb.h"
#include "proto/vote_payload.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

using ::testing::HasSubstr;

class EvidenceProof : public ::testing::Test {
 protected:
  v1::Vote vote(v1::VoteKind kind, char block, const std::string& signer = "BW node") const {
    v1::Vote vote;
    vote.set_kind(kind);
    vote.set_epoch(1);
    vote.set_view(7);
    if (kind != v1::VOTE_KIND_NULLIFY) vote.set_block(std::string(Digest::kSize, block));
    const auto tag = kind == v1::VOTE_KIND_NOTARIZE  ? kNotarizeTag
                     : kind == v1::VOTE_KIND_NULLIFY ? kNullifyTag
                                                     : kFinalizeTag;
    const Digest digest = vote.block().empty() ? Digest{} : *Digest::from_bytes(vote.block());
    const auto payload = vote_payload(genesis_.chain_id, Epoch{vote.epoch()}, View{vote.view()}, digest);
    vote.set_signature(std::string(key_of(signer).sign_tagged(tag, payload).view()));
    return vote;
  }
  v1::EvidencePair pair(v1::Vote first, v1::Vote second) const {
    v1::EvidencePair pair;
    *pair.mutable_first() = std::move(first);
    *pair.mutable_second() = std::move(second);
    pair.set_participant("BW");
    pair.set_node_key(std::string(key_of("BW node").public_key().view()));
    return pair;
  }
  /// Why the pair proves nothing; empty if it does.
  std::string fault(const v1::EvidencePair& pair) const {
    const auto held = check_evidence(pair, epochs_, genesis_.chain_id);
    return held ? "" : held.error().message;
  }

  GenesisDocument genesis_ = test_genesis();
  EpochSets epochs_ = *walk_epochs(genesis_, std::string_view());
};

TEST_F(EvidenceProof, ContradictingVotesOfOneKeyProve) {
  using enum v1::VoteKind;
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), vote(VOTE_KIND_NOTARIZE, 'b'))), "");
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_FINALIZE, 'a'), vote(VOTE_KIND_FINALIZE, 'b'))), "");
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_FINALIZE, 'a'), vote(VOTE_KIND_NULLIFY, 0))), "");
}

TEST_F(EvidenceProof, VotesThatAgreeProveNothing) {
  using enum v1::VoteKind;
  const std::string agree = "the votes do not contradict each other";
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), vote(VOTE_KIND_NOTARIZE, 'a'))), agree);
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NULLIFY, 0), vote(VOTE_KIND_NULLIFY, 0))), agree);
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), vote(VOTE_KIND_NULLIFY, 0))), agree);
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), vote(VOTE_KIND_FINALIZE, 'a'))), agree);
  auto other_view = vote(VOTE_KIND_NOTARIZE, 'b');
  other_view.set_view(8);
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), other_view)), agree);
}

/// A node that invents a key and names somebody else as its owner accuses nobody.
TEST_F(EvidenceProof, AnInventedKeyFramesNobody) {
  using enum v1::VoteKind;
  auto invented = pair(vote(VOTE_KIND_NOTARIZE, 'a', "mallory"), vote(VOTE_KIND_NOTARIZE, 'b', "mallory"));
  invented.set_node_key(std::string(key_of("mallory").public_key().view()));
  EXPECT_EQ(fault(invented), "the key is not BW's in epoch 1");
  auto of_another = pair(vote(VOTE_KIND_NOTARIZE, 'a', "EC node"), vote(VOTE_KIND_NOTARIZE, 'b', "EC node"));
  of_another.set_node_key(std::string(key_of("EC node").public_key().view()));
  EXPECT_EQ(fault(of_another), "the key is not BW's in epoch 1");
  of_another.set_participant("EC");
  EXPECT_EQ(fault(of_another), "");
  of_another.set_node_key("short");
  EXPECT_THAT(fault(of_another), HasSubstr("the key is not EC's"));
}

TEST_F(EvidenceProof, ASignatureThatDoesNotHoldProvesNothing) {
  using enum v1::VoteKind;
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a', "EC node"), vote(VOTE_KIND_NOTARIZE, 'b'))),
            "the first signature does not hold");
  auto altered = vote(VOTE_KIND_NOTARIZE, 'b');
  altered.set_block(std::string(Digest::kSize, 'c'));
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), altered)), "the second signature does not hold");
  altered.set_block("short");
  EXPECT_EQ(fault(pair(vote(VOTE_KIND_NOTARIZE, 'a'), altered)), "the second signature does not hold");
}

TEST_F(EvidenceProof, AnEpochThatNobodyProvesProvesNothing) {
  using enum v1::VoteKind;
  auto later = pair(vote(VOTE_KIND_NOTARIZE, 'a'), vote(VOTE_KIND_NOTARIZE, 'b'));
  later.mutable_first()->set_epoch(2);
  later.mutable_second()->set_epoch(2);
  EXPECT_EQ(fault(later), "no node proves who votes in epoch 2");
  later.mutable_first()->set_epoch(0);
  EXPECT_EQ(fault(later), "no node proves who votes in epoch 0");
}

}  // namespace
}  // namespace kimberlite::cli
