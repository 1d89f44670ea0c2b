// Genesis documents: whatever is taken is sound enough to be written and taken again with the same meaning.
#include "edits.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/assert.h"
#include "proto/genesis.h"
#include "proto/strict.h"
#include "samples.h"

namespace {

using namespace kimberlite;

void check(const std::string& json) {
  const auto document = parse_genesis(json);
  if (!document) {
    KIMBERLITE_ASSERT(!document.error().message.empty(), "a refusal says why");
    return;
  }
  KIMBERLITE_ASSERT(document->chain_id == tagged_digest(kGenesisTag, json), "the chain id is of the bytes");
  KIMBERLITE_ASSERT(document->validators.size() >= (document->genesis->development() ? 1U : 4U), "enough validators");
  const auto again = parse_genesis(format_genesis(*document->genesis));
  KIMBERLITE_ASSERT(again.has_value(), "what was taken can be written and taken again");
  KIMBERLITE_ASSERT(serialize_canonical(*again->genesis) == serialize_canonical(*document->genesis),
                    "and means the same");
  KIMBERLITE_ASSERT(again->validators.digest() == document->validators.digest(), "and has the same validators");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string sound = format_genesis(test::sample_genesis());
  check(fuzz::text_of(data, size));
  check(fuzz::edited(sound, data, size));
  return 0;
}
