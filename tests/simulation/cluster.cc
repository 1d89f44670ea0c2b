#include "tests/simulation/cluster.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/random.h"

namespace kimberlite::simulation {

Digest digest_of(std::uint64_t value) {
  Digest digest;
  for (std::size_t i = 0; i < Digest::kSize; ++i) digest.bytes[i] = static_cast<std::uint8_t>(mix(value, i));
  return digest;
}

ValidatorSet make_validators(std::size_t count) {
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < count; ++i) {
    Validator validator;
    validator.participant = std::string(1, static_cast<char>('A' + i / 26)) + static_cast<char>('A' + i % 26);
    validator.key.bytes[0] = static_cast<std::uint8_t>(i);
    validators.push_back(validator);
  }
  return ValidatorSet(std::move(validators));
}

}  // namespace kimberlite::simulation
