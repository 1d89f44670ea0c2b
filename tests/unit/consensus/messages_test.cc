// verify_message: every way in which a message can be wrong by itself, each with its own reason and field.
#include "consensus/messages.h"

#include <gtest/gtest.h>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

class MarkVerifier final : public VoteVerifier {
 public:
  [[nodiscard]] bool verify(const Vote& vote) const override { return vote.signature == MarkSigner().sign(vote); }
};

std::string verdict(const Message& message) {
  const auto checked = verify_message(message, Epoch{1}, 4, MarkVerifier());
  return checked ? "good" : std::string(reason_name(checked.error().reason)) + " " + checked.error().field;
}

VoteMessage good_vote() {
  return {make_vote(VoteKind::kNotarize, 3, digest_of(1), 2), View{0}};
}
Proposal good_proposal() {
  const BlockRef block{digest_of(1), kChainId, Height{1}, View{3}};
  return {block, make_vote(VoteKind::kNotarize, 3, block.digest, 2), View{0}};
}

TEST(VerifyMessage, TakesWhatIsGood) {
  EXPECT_EQ(verdict(good_vote()), "good");
  EXPECT_EQ(verdict(VoteMessage{make_vote(VoteKind::kNullify, 3, {}, 2), View{0}}), "good");
  EXPECT_EQ(verdict(make_certificate(VoteKind::kFinalize, 3, digest_of(1))), "good");
  EXPECT_EQ(verdict(good_proposal()), "good");
  EXPECT_EQ(verdict(CertificateRequest{Epoch{1}, View{0}, false}), "good");
}

TEST(VerifyMessage, RefusesVotes) {
  auto message = good_vote();
  message.vote.epoch = Epoch{2};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE vote.epoch");
  message = good_vote();
  message.vote.view = View{0};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE vote.view");
  message = good_vote();
  message.vote.kind = static_cast<VoteKind>(9);
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE vote.kind");
  message = good_vote();
  message.vote.validator = 4;
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE vote.validator");
  message = good_vote();
  message.vote.block = {};
  EXPECT_EQ(verdict(message), "MALFORMED vote.block");
  message = VoteMessage{make_vote(VoteKind::kNullify, 3, digest_of(1), 2), View{0}};
  EXPECT_EQ(verdict(message), "MALFORMED vote.block");
  message = good_vote();
  message.vote.signature.bytes[63] = 1;
  EXPECT_EQ(verdict(message), "BAD_SIGNATURE vote.signature");
}

TEST(VerifyMessage, RefusesCertificates) {
  const Certificate good = make_certificate(VoteKind::kNotarize, 3, digest_of(1));
  Certificate bad = good;
  bad.validators.pop_back();
  EXPECT_EQ(verdict(bad), "MALFORMED certificate.signatures");
  bad.signatures.pop_back();
  EXPECT_EQ(verdict(bad), "MALFORMED certificate.validators") << "fewer than q";
  bad = good;
  bad.validators[1] = bad.validators[0];
  EXPECT_EQ(verdict(bad), "MALFORMED certificate.validators") << "one validator twice";
  bad = good;
  std::swap(bad.validators[0], bad.validators[1]);
  EXPECT_EQ(verdict(bad), "MALFORMED certificate.validators") << "not ascending";
  bad = good;
  bad.validators[2] = 4;
  EXPECT_EQ(verdict(bad), "FIELD_OUT_OF_RANGE certificate.validators");
  bad = good;
  bad.signatures[1].bytes[9] = 1;
  EXPECT_EQ(verdict(bad), "BAD_SIGNATURE certificate.signatures[1]");
  bad = good;
  bad.epoch = Epoch{3};
  EXPECT_EQ(verdict(bad), "FIELD_OUT_OF_RANGE certificate.epoch");
  bad = good;
  bad.block = {};
  EXPECT_EQ(verdict(bad), "MALFORMED certificate.block");
}

TEST(VerifyMessage, RefusesProposals) {
  auto message = good_proposal();
  message.vote.block = digest_of(2);
  EXPECT_EQ(verdict(message), "WRONG_PARTY proposal.vote");
  message = good_proposal();
  message.vote.kind = VoteKind::kFinalize;
  EXPECT_EQ(verdict(message), "WRONG_PARTY proposal.vote");
  message = good_proposal();
  message.block.height = Height{0};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE proposal.block.height");
  message = good_proposal();
  message.block.view = View{4};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE proposal.block.view");
  message = good_proposal();
  message.parent_view = View{3};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE proposal.parent_view");
  message = good_proposal();
  message.block.view = View{2};
  message.parent_view = View{1};
  EXPECT_EQ(verdict(message), "FIELD_OUT_OF_RANGE proposal.parent_view")
      << "a re-proposal certified before it was made";
  message = good_proposal();
  message.vote.signature.bytes[9] = 1;
  EXPECT_EQ(verdict(message), "BAD_SIGNATURE proposal.vote.signature");
}

TEST(VerifyMessage, RefusesRequestsOfAnotherEpoch) {
  EXPECT_EQ(verdict(CertificateRequest{Epoch{2}, View{0}, false}), "FIELD_OUT_OF_RANGE request.epoch");
}

}  // namespace
}  // namespace kimberlite::consensus::bench
