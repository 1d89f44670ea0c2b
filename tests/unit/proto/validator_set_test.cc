#include "proto/validator_set.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace kimberlite {
namespace {

ValidatorSet three() {
  return ValidatorSet({{"IN", test::sample_key(4).public_key()},
                       {"AE", test::sample_key(1).public_key()},
                       {"BW", test::sample_key(2).public_key()}});
}

TEST(ValidatorSet, QuorumsAgreeWithTheirDefinition) {
  for (std::size_t n = 1; n <= 85; ++n) {
    const std::size_t f = max_faulty(n);
    const std::size_t q = quorum(n);
    EXPECT_LT(3 * f, n);
    EXPECT_GE(3 * (f + 1), n) << "f is the most";
    EXPECT_GT(2 * q, n + f) << "two quorums share an honest validator";
    EXPECT_LE(2 * (q - 1), n + f) << "q is the least";
    EXPECT_LE(q, n - f) << "the honest alone make a quorum";
  }
  EXPECT_EQ(max_faulty(0), 0U);
}

TEST(ValidatorSet, IsInOrderOfParticipant) {
  const ValidatorSet set = three();
  ASSERT_EQ(set.size(), 3U);
  EXPECT_EQ(set[0].participant, "AE");
  EXPECT_EQ(set[1].participant, "BW");
  EXPECT_EQ(set[2].participant, "IN");
  EXPECT_EQ(set.index_of(test::sample_key(4).public_key()), 2U);
  EXPECT_EQ(set.index_of(test::sample_key(9).public_key()), std::nullopt);
}

TEST(ValidatorSet, DigestIsOfPrefixedCodesAndKeys) {
  const std::string prefix("\0\0\0\2", 4);
  const std::string list = prefix + "AE" + test::sample_public_key(1) + prefix + "BW" + test::sample_public_key(2) +
                           prefix + "IN" + test::sample_public_key(4);
  EXPECT_EQ(three().digest(), sha256("kimberlite/v1/validators\n" + list));
  EXPECT_EQ(ValidatorSet().digest(), sha256("kimberlite/v1/validators\n"));
}

TEST(ValidatorSetDeathTest, DoublesStop) {
  const PublicKey key = test::sample_key(1).public_key();
  EXPECT_DEATH(ValidatorSet({{"AE", key}, {"AE", test::sample_key(2).public_key()}}), "one validator");
  EXPECT_DEATH(ValidatorSet({{"AE", key}, {"BW", key}}), "key of its own");
}

}  // namespace
}  // namespace kimberlite
