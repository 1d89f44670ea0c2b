// Consensus messages survive the wire and the journal; what does not fit is refused with its field.
#include "node/runtime/codec.h"

#include <gtest/gtest.h>

#include "kimberlite/v1/consensus.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/peer_inbox.h"
#include "node/runtime/range_answer.h"

namespace kimberlite::runtime {
namespace {

consensus::Vote vote(consensus::VoteKind kind) {
  consensus::Vote out{kind, Epoch{1}, View{7}, {}, 3, {}};
  if (kind != consensus::VoteKind::kNullify) out.block = sha256("block");
  out.signature.bytes.fill(0xab);
  return out;
}

consensus::Certificate certificate() {
  consensus::Certificate out{
      consensus::VoteKind::kFinalize, Epoch{1}, View{7}, sha256("block"), Height{4}, {0, 1, 3}, {}};
  for (std::uint8_t i = 1; i <= 3; ++i) {
    Signature signature;
    signature.bytes.fill(i);
    out.signatures.push_back(signature);
  }
  return out;
}

TEST(Codec, VotesOfEveryKindSurvive) {
  for (const auto kind :
       {consensus::VoteKind::kNotarize, consensus::VoteKind::kNullify, consensus::VoteKind::kFinalize}) {
    v1::Vote message;
    encode(vote(kind), message);
    const auto back = decode(message);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, vote(kind));
  }
}

TEST(Codec, CertificatesAndRecordsSurvive) {
  const auto back = decode_certificate(encode_certificate(certificate()));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, certificate());
  const consensus::JournalRecord record{9, vote(consensus::VoteKind::kFinalize), certificate()};
  const auto read = decode_record(9, encode_record(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sequence, 9U);
  EXPECT_EQ(read->vote, record.vote);
  EXPECT_EQ(read->justification, record.justification);
}

TEST(Codec, WrongSizesAndKindsAreRefused) {
  v1::Vote message;
  encode(vote(consensus::VoteKind::kNotarize), message);
  auto bad = message;
  bad.set_signature("short");
  EXPECT_EQ(decode(bad).error().field, "signature");
  bad = message;
  bad.set_block("short");
  EXPECT_EQ(decode(bad).error().field, "block");
  bad = message;
  bad.set_kind(v1::VOTE_KIND_UNSPECIFIED);
  EXPECT_EQ(decode(bad).error().reason, Reason::FIELD_OUT_OF_RANGE);
  v1::Certificate uneven;
  encode(certificate(), uneven);
  uneven.add_validators(5);
  EXPECT_EQ(decode(uneven).error().field, "signatures");
}

// Empty leaves take two bytes of a frame each, and many times that in memory.
TEST(Codec, ARangeHoldsNoMoreLeavesThanAnAnswerMay) {
  v1::LogRange message;
  for (std::size_t i = 0; i < kRangeLeavesMax; ++i) message.add_leaves("");
  EXPECT_TRUE(open_range(message));
  message.add_leaves("");
  EXPECT_EQ(open_range(message).error().field, "leaves");
}

}  // namespace
}  // namespace kimberlite::runtime
