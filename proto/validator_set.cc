#include "proto/validator_set.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "proto/assert.h"

namespace kimberlite {
namespace {

constexpr std::string_view kValidatorsTag = "kimberlite/v1/validators";

bool keys_distinct(const std::vector<Validator>& validators) {
  std::vector<PublicKey> keys;
  keys.reserve(validators.size());
  for (const Validator& validator : validators) keys.push_back(validator.key);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) == keys.end();
}

void append_big_endian_32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

}  // namespace

ValidatorSet::ValidatorSet(std::vector<Validator> validators) : validators_(std::move(validators)) {
  std::ranges::sort(validators_, {}, &Validator::participant);
  KIMBERLITE_ASSERT(std::ranges::adjacent_find(validators_, {}, &Validator::participant) == validators_.end(),
                    "each participant has one validator");
  KIMBERLITE_ASSERT(keys_distinct(validators_), "each validator has a key of its own");
}

std::optional<std::size_t> ValidatorSet::index_of(const PublicKey& key) const {
  const auto found = std::ranges::find(validators_, key, &Validator::key);
  if (found == validators_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - validators_.begin());
}

Digest ValidatorSet::digest() const {
  std::string list;
  for (const Validator& validator : validators_) {
    append_big_endian_32(list, static_cast<std::uint32_t>(validator.participant.size()));
    list.append(validator.participant).append(validator.key.view());
  }
  return tagged_digest(kValidatorsTag, list);
}

}  // namespace kimberlite
