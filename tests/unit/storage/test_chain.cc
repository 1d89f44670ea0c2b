#include "tests/unit/storage/test_chain.h"

#include <stdlib.h>

#include "kimberlite/v1/envelope.pb.h"
#include "proto/assert.h"
#include "proto/envelope.h"

namespace kimberlite::storage::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "kimberlite-storage-XXXXXX").string();
  KIMBERLITE_ASSERT(::mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

Digest test_chain_id() {
  return sha256("the tests' network");
}

StoreOptions test_options(const std::filesystem::path& directory) {
  return {directory, test_chain_id(), {{"genesis/a", "1"}, {"genesis/b", "2"}, {"genesis/c", "3"}}};
}

std::vector<Store::Body> bodies_of(const Store& store) {
  std::vector<Store::Body> bodies;
  store.for_each_body([&bodies](Store::Body body) { bodies.push_back(std::move(body)); });
  return bodies;
}

namespace {

std::string envelope_of(std::uint64_t number) {
  v1::SignedEnvelope envelope;
  envelope.set_payload("envelope " + std::to_string(number));
  return envelope.SerializeAsString();
}

}  // namespace

Digest envelope_id_of(std::uint64_t number) {
  return envelope_id(envelope_of(number));
}

std::string envelope_leaf_of(std::uint64_t number) {
  return encode_accepted_leaf(envelope_of(number));
}

ChainBuilder::ChainBuilder(std::shared_ptr<const Snapshot> from)
    : state_(from),
      range_(from->log_range()),
      parent_(from->tip().block),
      height_(from->tip().height),
      time_ms_(from->tip().block_time_ms),
      envelopes_(from->tip().log_size.value - from->tip().height.value) {}

FinalBlock ChainBuilder::next(std::size_t envelopes, const StateChanges& changes) {
  FinalBlock block;
  auto overlay = std::make_shared<StateOverlay>(state_);
  overlay->apply(changes);
  overlay->apply({{"last/height", std::to_string(height_.value + 1)}});
  overlay->seal();
  block.state = overlay;

  BlockHeader& header = block.header;
  header.chain_id = test_chain_id();
  header.epoch = Epoch{1};
  header.view = View{height_.value + 10};
  header.height = Height{height_.value + 1};
  header.parent = parent_;
  header.time_ms = TimeMs{time_ms_.value + 1000};
  header.proposer = "BW";
  header.first_index = LogIndex{range_.size().value};
  header.count = envelopes;
  for (std::size_t at = 0; at < envelopes; ++at, ++envelopes_) {
    block.envelope_leaves.push_back(envelope_leaf_of(envelopes_));
    block.envelope_ids.push_back(envelope_id_of(envelopes_));
    range_.append(leaf_hash(block.envelope_leaves.back()));
    leaves_.push_back(block.envelope_leaves.back());
  }
  header.events_root = range_.root();
  header.state_root = overlay->state_root();
  header.validators = sha256("validators");
  block.record_leaf = encode_block_leaf(header);
  range_.append(leaf_hash(block.record_leaf));
  leaves_.push_back(block.record_leaf);

  state_ = overlay;
  parent_ = block_digest(block.record_leaf);
  height_ = header.height;
  time_ms_ = header.time_ms;
  return block;
}

void ChainBuilder::rebase(std::shared_ptr<const Snapshot> snapshot) {
  KIMBERLITE_ASSERT(snapshot->tip().block == parent_, "the newest block was committed");
  state_ = std::move(snapshot);
}

}  // namespace kimberlite::storage::testing
