// Leaves of the log: a leaf is an envelope, a block record, or refused; what decodes encodes back to the same bytes.
#include "edits.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "sample_proof.h"

namespace {

using namespace kimberlite;

void check(const std::string& leaf) {
  const auto header = decode_block_leaf(leaf);
  const auto accepted = decode_accepted_leaf(leaf);
  if (header) {
    KIMBERLITE_ASSERT(encode_block_leaf(*header) == leaf, "a record has one encoding");
    KIMBERLITE_ASSERT(accepted == std::string(), "a record is told from an envelope");
    KIMBERLITE_ASSERT(header->log_size().value > header->record_index().value, "positions do not overflow");
  }
  if (accepted && !accepted->empty()) {
    KIMBERLITE_ASSERT(!header && encode_accepted_leaf(*accepted) == leaf, "an envelope's leaf has one encoding");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string sound = encode_block_leaf(test::sample_header());
  check(fuzz::text_of(data, size));
  check(fuzz::edited(sound, data, size));
  return 0;
}
