#include "proto/state_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "kimberlite/v1/proof.pb.h"
#include "naive_map.h"
#include "naive_tree.h"
#include "proto/block.h"
#include "proto/merkle_log.h"
#include "proto/strict.h"
#include "samples.h"

namespace kimberlite {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kLogSize = 11;
constexpr std::size_t kRecordIndex = 6;

const GenesisDocument& genesis() {
  static const GenesisDocument document = test::sample_genesis_document();
  return document;
}

test::StateValues sample_state() {
  test::StateValues values;
  for (int i = 0; i < 30; ++i) values["certificate/BW-" + std::to_string(2'600 + i)] = "record " + std::to_string(i);
  return values;
}

BlockHeader sample_header() {
  BlockHeader header;
  header.chain_id = genesis().chain_id;
  header.epoch = Epoch{1};
  header.view = View{3};
  header.height = Height{2};
  header.parent = sha256("parent");
  header.time_ms = TimeMs{1'170'244'800'000};
  header.proposer = "BW";
  header.first_index = LogIndex{kRecordIndex - 2};
  header.count = 2;
  header.events_root = sha256("events");
  header.state_root = test::naive_map_root(sample_state());
  header.validators = genesis().validators.digest();
  return header;
}

struct Sample {
  std::string key = "certificate/BW-2601";
  BlockHeader header = sample_header();
  std::vector<unsigned char> signers = {1, 2};
  std::string origin = "kimberlite.example/test";
};

// A whole proof of a small log; `key` may be absent from the state.
v1::StateProof make_proof(const Sample& sample = {}) {
  const test::StateValues state = sample_state();
  test::Leaves leaves = test::numbered_leaves(kLogSize);
  leaves[kRecordIndex] = encode_block_leaf(sample.header);
  v1::StateProof proof;
  proof.set_format(1);
  proof.set_key(sample.key);
  if (const auto found = state.find(sample.key); found != state.end()) proof.set_value(found->second);
  const StateMapProof map = test::naive_map_proof(state, sample.key);
  proof.mutable_map();
  for (const Digest& sibling : map.siblings) proof.mutable_map()->add_siblings(std::string(sibling.view()));
  if (map.other_leaf) {
    proof.mutable_map()->set_other_leaf_path(std::string(map.other_leaf->path.view()));
    proof.mutable_map()->set_other_leaf_value_digest(std::string(map.other_leaf->value_digest.view()));
  }
  proof.set_record_leaf(leaves[kRecordIndex]);
  proof.set_record_index(kRecordIndex);
  proof.set_log_size(kLogSize);
  for (const Digest& digest : test::naive_path(leaves, kRecordIndex, 0, kLogSize)) {
    proof.add_inclusion(std::string(digest.view()));
  }
  const Checkpoint checkpoint{sample.origin, LogSize{kLogSize}, test::naive_root(leaves, 0, kLogSize)};
  proof.set_checkpoint(test::sample_checkpoint_note(checkpoint, sample.signers));
  return proof;
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
