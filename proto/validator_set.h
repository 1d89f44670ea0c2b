// The set that votes in an epoch, and the arithmetic of quorums (consensus, head). Thread-safe: a plain value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/ed25519.h"

namespace kimberlite {

/// Most Byzantine validators among n: floor((n - 1) / 3).
constexpr std::size_t max_faulty(std::size_t n) {
  return n == 0 ? 0 : (n - 1) / 3;
}
/// Votes that make a certificate: floor((n + f) / 2) + 1.
constexpr std::size_t quorum(std::size_t n) {
  return (n + max_faulty(n)) / 2 + 1;
}

static_assert(max_faulty(4) == 1 && quorum(4) == 3 && max_faulty(46) == 15 && quorum(46) == 31);
static_assert(max_faulty(60) == 19 && quorum(60) == 40 && max_faulty(85) == 28 && quorum(85) == 57);

/// One voting node: its participant and its node key.
struct Validator {
  std::string participant;
  PublicKey key;
  friend bool operator==(const Validator&, const Validator&) = default;
};

/// Validators in order of participant code; an index into it names a validator in votes.
class ValidatorSet {
 public:
  ValidatorSet() = default;
  /// Sorts by participant. REQUIRES: distinct participants and keys.
  explicit ValidatorSet(std::vector<Validator> validators);

  [[nodiscard]] std::size_t size() const { return validators_.size(); }
  [[nodiscard]] const Validator& operator[](std::size_t index) const { return validators_[index]; }
  [[nodiscard]] const std::vector<Validator>& all() const { return validators_; }
  [[nodiscard]] std::optional<std::size_t> index_of(const PublicKey& key) const;
  [[nodiscard]] std::size_t faulty() const { return max_faulty(size()); }
  [[nodiscard]] std::size_t quorum_size() const { return quorum(size()); }
  /// Tagged digest ("kimberlite/v1/validators") of the list: for each, length-prefixed code, then key.
  [[nodiscard]] Digest digest() const;

 private:
  std::vector<Validator> validators_;
};

}  // namespace kimberlite
