#include "sample_proof.h"

#include "naive_tree.h"
#include "samples.h"

namespace kimberlite::test {
namespace {

Leaves leaves_with(const BlockHeader& header) {
  Leaves leaves = numbered_leaves(kSampleLogSize);
  leaves[kSampleRecordIndex] = encode_block_leaf(header);
  return leaves;
}

}  // namespace

const GenesisDocument& sample_network() {
  static const GenesisDocument document = sample_genesis_document();
  return document;
}

StateValues sample_state() {
  StateValues values;
  for (int i = 0; i < 30; ++i) values["certificate/BW-" + std::to_string(2'600 + i)] = "record " + std::to_string(i);
  return values;
}

BlockHeader sample_header() {
  BlockHeader header;
  header.chain_id = sample_network().chain_id;
  header.epoch = Epoch{1};
  header.view = View{3};
  header.height = Height{2};
  header.parent = sha256("parent");
  header.time_ms = TimeMs{1'170'244'800'000};
  header.proposer = "BW";
  header.first_index = LogIndex{kSampleRecordIndex - 2};
  header.count = 2;
  header.events_root = sha256("events");
  header.state_root = naive_map_root(sample_state());
  header.validators = sample_network().validators.digest();
  return header;
}

Checkpoint sample_log_checkpoint(const BlockHeader& header, const std::string& origin) {
  return {origin, LogSize{kSampleLogSize}, naive_root(leaves_with(header), 0, kSampleLogSize)};
}

v1::StateProof make_proof(const SampleProof& sample) {
  const StateValues state = sample_state();
  const Leaves leaves = leaves_with(sample.header);
  v1::StateProof proof;
  proof.set_format(1);
  proof.set_key(sample.key);
  if (const auto found = state.find(sample.key); found != state.end()) proof.set_value(found->second);
  const StateMapProof map = naive_map_proof(state, sample.key);
  proof.mutable_map();
  for (const Digest& sibling : map.siblings) proof.mutable_map()->add_siblings(std::string(sibling.view()));
  if (map.other_leaf) {
    proof.mutable_map()->set_other_leaf_path(std::string(map.other_leaf->path.view()));
    proof.mutable_map()->set_other_leaf_value_digest(std::string(map.other_leaf->value_digest.view()));
  }
  proof.set_record_leaf(leaves[kSampleRecordIndex]);
  proof.set_record_index(kSampleRecordIndex);
  proof.set_log_size(kSampleLogSize);
  for (const Digest& digest : naive_path(leaves, kSampleRecordIndex, 0, kSampleLogSize)) {
    proof.add_inclusion(std::string(digest.view()));
  }
  proof.set_checkpoint(sample_checkpoint_note(sample_log_checkpoint(sample.header, sample.origin), sample.signers));
  return proof;
}

}  // namespace kimberlite::test
