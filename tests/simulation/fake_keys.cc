#include "tests/simulation/fake_keys.h"

#include <cstring>

#include "tests/simulation/random.h"

namespace kimberlite::simulation {

Signature fake_signature(consensus::ValidatorIndex validator, const consensus::Vote& vote) {
  std::uint64_t hash = mix(validator, static_cast<std::uint64_t>(vote.kind));
  hash = mix(hash ^ vote.epoch.value, vote.view.value);
  for (std::size_t at = 0; at < Digest::kSize; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, vote.block.bytes.data() + at, sizeof word);
    hash = mix(hash, word);
  }
  Signature signature;
  std::memcpy(signature.bytes.data(), &hash, sizeof hash);
  return signature;
}

}  // namespace kimberlite::simulation
