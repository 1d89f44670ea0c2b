// The bytes that votes sign, and real signatures over them.
#include "consensus/types.h"

#include <gtest/gtest.h>

#include "proto/encoding.h"
#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

TEST(VotePayload, IsChainEpochViewDigest) {
  const Vote vote{VoteKind::kNotarize, Epoch{1}, View{0x0102030405060708}, digest_of(0xab), 3, {}};
  std::string expected(32, '\xc0');
  expected += *from_hex("00000000000000010102030405060708");
  expected += std::string(32, '\xab');
  EXPECT_EQ(vote_payload(kChainId, vote), expected);
}

TEST(VotePayload, OfNullifyEndsInZeros) {
  const Vote vote{VoteKind::kNullify, Epoch{2}, View{1}, {}, 0, {}};
  EXPECT_TRUE(vote_payload(kChainId, vote).ends_with(std::string(32, '\0')));
  EXPECT_EQ(vote_payload(kChainId, vote).size(), 80U);
}

TEST(VoteTag, OneAKind) {
  EXPECT_EQ(vote_tag(VoteKind::kNotarize), "kimberlite/v1/notarize");
  EXPECT_EQ(vote_tag(VoteKind::kNullify), "kimberlite/v1/nullify");
  EXPECT_EQ(vote_tag(VoteKind::kFinalize), "kimberlite/v1/finalize");
}

class Ed25519Votes : public testing::Test {
 protected:
  Ed25519Votes() : key_(*SecretKey::from_seed(std::string(32, 'k'))) {
    vote_ = Vote{VoteKind::kFinalize, Epoch{1}, View{7}, digest_of(1), 0, {}};
    vote_.signature = Ed25519VoteSigner(kChainId, key_).sign(vote_);
  }
  [[nodiscard]] bool verifies(const Vote& vote, const Digest& chain_id = kChainId) const {
    return Ed25519VoteVerifier(chain_id, ValidatorSet({Validator{"AA", key_.public_key()}})).verify(vote);
  }

  SecretKey key_;
  Vote vote_;
};

TEST_F(Ed25519Votes, Verify) {
  EXPECT_TRUE(verifies(vote_));
}

TEST_F(Ed25519Votes, DoNotVerifyForAnotherKindViewEpochBlockOrNetwork) {
  Vote other = vote_;
  other.kind = VoteKind::kNotarize;
  EXPECT_FALSE(verifies(other));
  other = vote_;
  other.view = View{8};
  EXPECT_FALSE(verifies(other));
  other = vote_;
  other.epoch = Epoch{2};
  EXPECT_FALSE(verifies(other));
  other = vote_;
  other.block = digest_of(2);
  EXPECT_FALSE(verifies(other));
  EXPECT_FALSE(verifies(vote_, digest_of(0xc1)));
}

}  // namespace
}  // namespace kimberlite::consensus::bench
