// Proof files: the input as a file, and as edits of sound proofs of presence and of absence. Whatever verifies is true
// of the state whose root was signed.
#include "edits.h"
#include "proto/assert.h"
#include "proto/state_proof.h"
#include "proto/strict.h"
#include "sample_proof.h"

namespace {

using namespace kimberlite;

void check(const std::string& file) {
  static const test::StateValues state = test::sample_state();
  const auto proven = verify_state_proof(file, test::sample_network());
  if (!proven) {
    KIMBERLITE_ASSERT(!proven.error().message.empty(), "a refusal says why");
    return;
  }
  const auto found = state.find(proven->key);
  KIMBERLITE_ASSERT(proven->value.has_value() == (found != state.end()), "presence and absence are true");
  KIMBERLITE_ASSERT(!proven->value || *proven->value == found->second, "the value is true");
  KIMBERLITE_ASSERT(proven->height == test::sample_header().height, "the record is the one that was signed");
  KIMBERLITE_ASSERT(proven->checkpoint.signers.size() >= 2, "f + 1 signed");
}

std::string sound(const std::string& key) {
  test::SampleProof sample;
  sample.key = key;
  return serialize_canonical(test::make_proof(sample));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string present = sound("certificate/BW-2601");
  static const std::string absent = sound("certificate/XX-1");
  check(fuzz::text_of(data, size));
  check(fuzz::edited(present, data, size));
  check(fuzz::edited(absent, data, size));
  return 0;
}
