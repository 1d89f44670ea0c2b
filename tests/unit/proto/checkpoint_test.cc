#include "proto/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/encoding.h"
#include "samples.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kOrigin = "kimberlite.example/test";

Checkpoint sample_checkpoint() {
  return {std::string(kOrigin), LogSize{44}, sha256("root")};
}

const ValidatorSet& four() {
  static const ValidatorSet set = test::sample_genesis_document().validators;
  return set;
}

TEST(Checkpoint, ExampleOfTheSpecification) {
  const Result<SignedNote> note = parse_note(test::read_vector_file("checkpoint-example.txt"));
  ASSERT_TRUE(note.has_value()) << note.error().to_string();
  const Result<Checkpoint> checkpoint = Checkpoint::from_text(note->text);
  ASSERT_TRUE(checkpoint.has_value()) << checkpoint.error().to_string();
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, LogSize{20'852'163});
  EXPECT_EQ(to_base64(checkpoint->root.view()), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(checkpoint->text(), note->text);
}

TEST(Checkpoint, ACheckpointOfALogInTheWorldVerifies) {
  const Result<SignedNote> note = parse_note(test::read_vector_file("checkpoint-sumdb.txt"));
  const Result<NoteVerifier> key =
      NoteVerifier::from_string("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
  ASSERT_TRUE(note.has_value() && key.has_value());
  EXPECT_EQ(verify_note(*note, {*key}), std::vector<std::size_t>{0});
  EXPECT_EQ(Checkpoint::from_text(note->text)->size, LogSize{6'476'701});
}

TEST(Checkpoint, TextRoundTrips) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{44}, UINT64_MAX}) {
    const Checkpoint checkpoint{"origin with spaces", LogSize{size}, sha256(std::to_string(size))};
    const Result<Checkpoint> read = Checkpoint::from_text(checkpoint.text());
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    EXPECT_EQ(read->text(), checkpoint.text());
  }
}

TEST(Checkpoint, TextInAnyOtherFormIsRefused) {
  const std::string root = to_base64(sha256("root").view());
  for (const std::string& text : std::vector<std::string>{
           std::string(), std::string("origin\n"), std::string("origin\n1\n"), "origin\n1\n" + root,
           "\n1\n" + root + "\n", "origin\n01\n" + root + "\n", "origin\n+1\n" + root + "\n",
           "origin\n-1\n" + root + "\n", "origin\n 1\n" + root + "\n", "origin\n1 \n" + root + "\n",
           "origin\n\n" + root + "\n", "origin\n0x1\n" + root + "\n", "origin\n18446744073709551616\n" + root + "\n",
           "origin\n1\n" + root + " \n", "origin\n1\n\n", std::string("origin\n1\nAAAA\n"),
           "origin\n1\n" + root + "\nextension\n", "origin\n1\n" + root + "\n\n"}) {
    const Result<Checkpoint> read = Checkpoint::from_text(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().reason, Reason::NOTE_MALFORMED);
  }
}

TEST(Checkpoint, SignaturesAreCheckedOneByOneAndTogether) {
  const Checkpoint checkpoint = sample_checkpoint();
  const SecretKey key = test::sample_key(1);
  const Signature signature = sign_checkpoint(checkpoint, key);
  EXPECT_TRUE(verify_checkpoint_signature(checkpoint, key.public_key(), signature));
  EXPECT_FALSE(verify_checkpoint_signature(checkpoint, test::sample_key(2).public_key(), signature));
  Checkpoint other = checkpoint;
  other.size = LogSize{45};
  EXPECT_FALSE(verify_checkpoint_signature(other, key.public_key(), signature));
  const auto verified = verify_checkpoint(test::sample_checkpoint_note(checkpoint, {4, 1, 3}), kOrigin, four(), 3);
  ASSERT_TRUE(verified.has_value()) << verified.error().to_string();
  EXPECT_EQ(verified->checkpoint.root, checkpoint.root);
  EXPECT_EQ(verified->signers, (std::vector<std::size_t>{0, 2, 3}));
}

TEST(Checkpoint, TheSignatureIsThatOfANote) {
  const Checkpoint checkpoint = sample_checkpoint();
  const SecretKey key = test::sample_key(1);
  const NoteSignature line = sign_note(checkpoint.text(), kOrigin, key);
  EXPECT_EQ(line.signature, sign_checkpoint(checkpoint, key).view());
  EXPECT_EQ(test::sample_checkpoint_note(checkpoint, {1}), format_note({checkpoint.text(), {line}}));
}

TEST(Checkpoint, TooFewSignaturesSayWhoseAreMissing) {
  const auto verified = verify_checkpoint(test::sample_checkpoint_note(sample_checkpoint(), {2}), kOrigin, four(), 2);
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().reason, Reason::NOT_ENOUGH_SIGNATURES);
  EXPECT_THAT(verified.error().message, HasSubstr("1 of 2"));
  EXPECT_THAT(verified.error().message, HasSubstr("AE, EC, IN"));
}

TEST(Checkpoint, OneSignatureRepeatedCountsOnce) {
  const auto verified =
      verify_checkpoint(test::sample_checkpoint_note(sample_checkpoint(), {2, 2, 2}), kOrigin, four(), 2);
  EXPECT_EQ(verified.error().reason, Reason::NOT_ENOUGH_SIGNATURES);
}

TEST(Checkpoint, KeysThatAreNotInTheSetDoNotCount) {
  const auto verified =
      verify_checkpoint(test::sample_checkpoint_note(sample_checkpoint(), {1, 7, 8, 9}), kOrigin, four(), 2);
  EXPECT_EQ(verified.error().reason, Reason::NOT_ENOUGH_SIGNATURES);
  EXPECT_TRUE(verify_checkpoint(test::sample_checkpoint_note(sample_checkpoint(), {1, 7, 2}), kOrigin, four(), 2));
}

TEST(Checkpoint, OtherOriginShowsBoth) {
  const auto verified =
      verify_checkpoint(test::sample_checkpoint_note(sample_checkpoint(), {1, 2}), "other", four(), 2);
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().reason, Reason::PROOF_INVALID);
  EXPECT_EQ(verified.error().field, "origin");
  EXPECT_THAT(verified.error().message, HasSubstr(std::string(kOrigin)));
  EXPECT_THAT(verified.error().message, HasSubstr("other"));
}

TEST(Checkpoint, EveryFlippedBitIsRefusedWhenAllSignaturesAreNeeded) {
  const std::string note = test::sample_checkpoint_note(sample_checkpoint(), {1, 2});
  for (std::size_t bit = 0; bit < 8 * note.size(); ++bit) {
    std::string flipped = note;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verify_checkpoint(flipped, kOrigin, four(), 2).has_value()) << bit;
  }
}

}  // namespace
}  // namespace kimberlite
