// Who leads which view: the epoch's validators shuffled by a digest that nobody could choose alone (the previous
// epoch's last block). Part of the protocol: every replica must come to the same order. Thread-safe: immutable.
#pragma once

#include <cstddef>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::consensus {

class LeaderOrder {
 public:
  /// Fisher-Yates from the last place down to the second; each place takes a uniform index from a stream of 32-bit
  /// big-endian words, the tagged digests ("kimberlite/v1/leaders") of seed || counter(8, big endian) one after the
  /// other, words that would bias the draw skipped. REQUIRES: validators > 0.
  LeaderOrder(const Digest& seed, std::size_t validators);

  /// order[view mod n].
  [[nodiscard]] ValidatorIndex leader(View view) const { return order_[view.value % order_.size()]; }
  [[nodiscard]] const std::vector<ValidatorIndex>& order() const { return order_; }

 private:
  std::vector<ValidatorIndex> order_;
};

}  // namespace kimberlite::consensus
