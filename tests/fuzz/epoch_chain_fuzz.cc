// Chains of epochs as a node or a mirror serves them: whatever comes, either it is refused with a place, or it leads
// from the genesis document's set to sets that quorums of the ones before them finalized. Nobody signed one here: none
// leads on.
#include <cstdint>
#include <string>

#include "edits.h"
#include "kimberlite/v1/proof.pb.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "proto/epoch_chain.h"
#include "proto/strict.h"
#include "sample_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kimberlite;
  static const GenesisDocument& genesis = test::sample_network();
  static const std::string unsigned_chain = [] {
    BlockHeader header = test::sample_header();
    header.next_validators = genesis.validators.digest();
    v1::EpochChain chain;
    auto& link = *chain.add_links();
    link.set_record_leaf(encode_block_leaf(header));
    link.mutable_finalization()->set_kind(v1::VOTE_KIND_FINALIZE);
    link.mutable_finalization()->set_epoch(1);
    link.mutable_finalization()->set_view(3);
    link.mutable_finalization()->set_block(std::string(block_digest(link.record_leaf()).view()));
    for (std::uint32_t index = 0; index < genesis.validators.size(); ++index) {
      const Validator& validator = genesis.validators[index];
      link.mutable_finalization()->add_validators(index);
      link.mutable_finalization()->add_signatures(std::string(64, 's'));
      auto& out = *link.add_validators();
      out.set_participant(validator.participant);
      out.set_node_key(std::string(validator.key.view()));
    }
    return serialize_canonical(chain);
  }();
  for (const std::string& candidate : {fuzz::edited(unsigned_chain, data, size), fuzz::text_of(data, size)}) {
    const auto known = walk_epochs(genesis, candidate);
    KIMBERLITE_ASSERT(!known || known->sets.size() == 1, "a link that no quorum signed leads nowhere");
    KIMBERLITE_ASSERT(known || !known.error().message.empty(), "a refusal says why");
  }
  return 0;
}
