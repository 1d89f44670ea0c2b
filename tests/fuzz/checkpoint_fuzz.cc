// Checkpoints: of a note that two validators signed, edited at will, nothing verifies but the text that they signed.
#include "edits.h"
#include "proto/assert.h"
#include "proto/checkpoint.h"
#include "sample_proof.h"
#include "samples.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kimberlite;
  static const ValidatorSet& validators = test::sample_network().validators;
  static const Checkpoint signed_by_two{"kimberlite.example/test", LogSize{44}, sha256("root")};
  static const std::string note = test::sample_checkpoint_note(signed_by_two, {1, 2});
  for (const std::string& candidate : {fuzz::edited(note, data, size), fuzz::text_of(data, size)}) {
    const auto verified = verify_checkpoint(candidate, signed_by_two.origin, validators, 1);
    if (!verified) continue;
    KIMBERLITE_ASSERT(verified->checkpoint.text() == signed_by_two.text(), "only the signed text verifies");
    for (const std::size_t signer : verified->signers) KIMBERLITE_ASSERT(signer < 2, "only who signed is counted");
  }
  return 0;
}
