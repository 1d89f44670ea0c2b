#include "proto/state_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "kimberlite/v1/proof.pb.h"
#include "naive_tree.h"
#include "proto/block.h"
#include "proto/merkle_log.h"
#include "proto/strict.h"
#include "sample_proof.h"
#include "samples.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

using ::testing::HasSubstr;

using test::make_proof;
using test::sample_header;
using test::sample_state;
using Sample = test::SampleProof;

constexpr std::size_t kLogSize = test::kSampleLogSize;
constexpr std::size_t kRecordIndex = test::kSampleRecordIndex;

const GenesisDocument& genesis() {
  return test::sample_network();
}

Error refusal(const v1::StateProof& proof) {
  const auto proven = verify_state_proof(serialize_canonical(proof), genesis());
  EXPECT_FALSE(proven.has_value());
  return proven ? Error{} : proven.error();
}

TEST(StateProof, ProvesAValue) {
  const auto proven = verify_state_proof(serialize_canonical(make_proof()), genesis());
  ASSERT_TRUE(proven.has_value()) << proven.error().to_string();
  EXPECT_EQ(proven->key, "certificate/BW-2601");
  EXPECT_EQ(proven->value, "record 1");
  EXPECT_EQ(proven->height, Height{2});
  EXPECT_EQ(proven->block_time_ms, TimeMs{1'170'244'800'000});
  EXPECT_EQ(proven->checkpoint.signers, (std::vector<std::size_t>{0, 1}));
}

// These files were put together by another program, from the vectors and the formats as the readme gives them.
TEST(StateProof, AProofMadeByAnotherProgramIsTheSame) {
  Sample absent;
  absent.key = "certificate/XX-1";
  for (const auto& [file, sample] : {std::pair("present", Sample()), std::pair("absent", absent)}) {
    const std::string bytes = test::read_vector_file(std::string("../../fuzz/corpus/state_proof/") + file);
    EXPECT_TRUE(verify_state_proof(bytes, genesis()).has_value()) << file;
    EXPECT_EQ(serialize_canonical(make_proof(sample)), bytes) << file;
  }
}

TEST(StateProof, ProvesAbsenceByNothingAndByAnotherLeaf) {
  bool seen[2] = {};
  for (int i = 0; i < 60; ++i) {
    Sample sample;
    sample.key = "certificate/XX-" + std::to_string(i);
    const v1::StateProof proof = make_proof(sample);
    const auto proven = verify_state_proof(serialize_canonical(proof), genesis());
    ASSERT_TRUE(proven.has_value()) << proven.error().to_string();
    EXPECT_EQ(proven->value, std::nullopt);
    seen[proof.map().other_leaf_path().empty() ? 0 : 1] = true;
  }
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST(StateProof, EveryFlippedBitIsRefused) {
  std::vector<v1::StateProof> proofs = {make_proof()};
  Sample all;
  all.key = "certificate/XX-1";
  all.signers = {1, 2, 3, 4};  // more than are needed
  proofs.push_back(make_proof(all));
  for (const v1::StateProof& proof : proofs) {
    const std::string file = serialize_canonical(proof);
    ASSERT_TRUE(verify_state_proof(file, genesis()).has_value());
    const bool presence = !proof.value().empty();
    for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
      std::string flipped = file;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const auto proven = verify_state_proof(flipped, genesis());
      if (!proven) continue;
      // What proves the absence of one key proves that of its neighbours in the map: the file then says so of the other
      // key.
      EXPECT_FALSE(presence) << "bit " << bit;
      EXPECT_FALSE(proven->value.has_value()) << "bit " << bit;
      EXPECT_NE(proven->key, proof.key()) << "bit " << bit;
      EXPECT_FALSE(sample_state().contains(proven->key));
    }
  }
}

TEST(StateProof, EveryTruncationIsToldAsSuch) {
  const std::string file = serialize_canonical(make_proof());
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto proven = verify_state_proof(file.substr(0, size), genesis());
    ASSERT_FALSE(proven.has_value()) << size;
    EXPECT_EQ(proven.error().reason, Reason::PROOF_TRUNCATED) << size << ": " << proven.error().to_string();
  }
}

TEST(StateProof, GarbageIsNotTakenForATruncatedProof) {
  for (const std::string& file :
       {std::string("\xff\xff\xff"), std::string("not a proof"), serialize_canonical(make_proof()) + "\x7b"}) {
    const auto proven = verify_state_proof(file, genesis());
    ASSERT_FALSE(proven.has_value());
    EXPECT_NE(proven.error().reason, Reason::PROOF_INVALID);
  }
  v1::StateProof proof = make_proof();
  proof.GetReflection()->MutableUnknownFields(&proof)->AddVarint(10, 1);
  EXPECT_EQ(refusal(proof).reason, Reason::UNKNOWN_FIELD);
}

TEST(StateProof, FormatAndKeyAreRequired) {
  v1::StateProof proof = make_proof();
  proof.set_format(2);
  EXPECT_EQ(refusal(proof).field, "format");
  proof = make_proof();
  proof.clear_key();
  EXPECT_EQ(refusal(proof).field, "key");
  proof = make_proof();
  proof.clear_record_leaf();
  EXPECT_EQ(refusal(proof).field, "record_leaf");
}

// Each link that does not hold is the one that is named, with both values and a likely cause.
struct BrokenLink {
  std::function<void(v1::StateProof&)> spoil;
  Reason reason;
  std::string link;
};

TEST(StateProof, TheBrokenLinkIsNamed) {
  const BrokenLink cases[] = {
      {[](auto& p) { p.set_value("record 2"); }, Reason::PROOF_INVALID, "map"},
      {[](auto& p) { p.clear_value(); }, Reason::PROOF_INVALID, "map"},
      {[](auto& p) { p.set_key("certificate/BW-2602"); }, Reason::PROOF_INVALID, "map"},
      {[](auto& p) { p.mutable_map()->mutable_siblings()->RemoveLast(); }, Reason::PROOF_INVALID, "map"},
      {[](auto& p) { p.set_record_leaf(encode_block_leaf(sample_header()).append("x")); }, Reason::PROOF_INVALID,
       "inclusion"},
      {[](auto& p) { p.mutable_inclusion()->RemoveLast(); }, Reason::PROOF_TRUNCATED, "inclusion"},
      {[](auto& p) { p.set_inclusion(0, std::string(32, 'x')); }, Reason::PROOF_INVALID, "inclusion"},
      {[](auto& p) { p.set_record_index(kRecordIndex + 1); }, Reason::PROOF_INVALID, "inclusion"},
      {[](auto& p) { p.set_log_size(kLogSize + 1); }, Reason::PROOF_INVALID, "checkpoint"},
      {[](auto& p) { p.set_checkpoint("not a note"); }, Reason::NOTE_MALFORMED, "checkpoint"},
      {[](auto& p) { p.mutable_checkpoint()->replace(p.checkpoint().find("11"), 2, "12"); }, Reason::PROOF_INVALID,
       "checkpoint"},
  };
  for (const BrokenLink& each : cases) {
    v1::StateProof proof = make_proof();
    each.spoil(proof);
    const Error error = refusal(proof);
    EXPECT_EQ(error.reason, each.reason) << error.to_string();
    EXPECT_EQ(error.field, each.link) << error.to_string();
    EXPECT_THAT(error.message, HasSubstr("Likely cause"));
  }
}

TEST(StateProof, BothValuesAreShown) {
  v1::StateProof proof = make_proof();
  proof.set_value("record 2");
  const Error error = refusal(proof);
  EXPECT_THAT(error.message, HasSubstr(sample_header().state_root.hex()));
}

TEST(StateProof, DigestsOfWrongLength) {
  v1::StateProof proof = make_proof();
  proof.set_inclusion(1, "short");
  EXPECT_EQ(refusal(proof).field, "inclusion[1]");
  EXPECT_EQ(refusal(proof).reason, Reason::PROOF_TRUNCATED);
  proof = make_proof();
  proof.mutable_map()->set_siblings(0, "short");
  EXPECT_EQ(refusal(proof).field, "map.siblings[0]");
  proof = make_proof();
  proof.mutable_map()->set_other_leaf_path(std::string(32, 'x'));
  EXPECT_EQ(refusal(proof).field, "map.other_leaf_path");
}

TEST(StateProof, TooFewSignatures) {
  Sample sample;
  sample.signers = {3};
  const Error error = refusal(make_proof(sample));
  EXPECT_EQ(error.reason, Reason::NOT_ENOUGH_SIGNATURES);
  EXPECT_EQ(error.field, "checkpoint");
  EXPECT_THAT(error.message, HasSubstr("1 of 2"));
  EXPECT_THAT(error.message, HasSubstr("AE, BW, IN"));
}

TEST(StateProof, SignaturesOfOthersAndRepeatedOnesAreRefused) {
  Sample sample;
  sample.signers = {1, 2, 9};
  EXPECT_EQ(refusal(make_proof(sample)).reason, Reason::PROOF_INVALID);
  sample.signers = {1, 2, 2};
  EXPECT_EQ(refusal(make_proof(sample)).field, "checkpoint");
}

TEST(StateProof, OtherNetworkShowsBothChainIds) {
  Sample sample;
  sample.header.chain_id = sha256("another network");
  const Error error = refusal(make_proof(sample));
  EXPECT_EQ(error.reason, Reason::WRONG_NETWORK);
  EXPECT_THAT(error.message, HasSubstr(genesis().chain_id.hex()));
  EXPECT_THAT(error.message, HasSubstr(sha256("another network").hex()));
  sample = {};
  sample.origin = "kimberlite.example/other";
  EXPECT_EQ(refusal(make_proof(sample)).field, "checkpoint.origin");
}

TEST(StateProof, RecordOfOtherValidatorsOrPlace) {
  Sample sample;
  sample.header.validators = sha256("others");
  EXPECT_EQ(refusal(make_proof(sample)).field, "record");
  sample = {};
  sample.header.count = 1;
  const Error error = refusal(make_proof(sample));
  EXPECT_EQ(error.field, "record");
  EXPECT_THAT(error.message, HasSubstr("stands at 5"));
  EXPECT_THAT(error.message, HasSubstr("stands at 6"));
}

TEST(StateProof, ALeafThatIsNoRecordProvesNothing) {
  v1::StateProof proof = make_proof();
  test::Leaves leaves = test::numbered_leaves(kLogSize);
  proof.set_record_leaf(leaves[kRecordIndex]);
  proof.clear_inclusion();
  for (const Digest& digest : test::naive_path(leaves, kRecordIndex, 0, kLogSize)) {
    proof.add_inclusion(std::string(digest.view()));
  }
  proof.set_checkpoint(test::sample_checkpoint_note(
      {"kimberlite.example/test", LogSize{kLogSize}, test::naive_root(leaves, 0, kLogSize)}, {1, 2}));
  EXPECT_EQ(refusal(proof).field, "record");
}

}  // namespace
}  // namespace kimberlite
