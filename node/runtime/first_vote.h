// What a key's right to vote hangs on, apart from the core that acts on it (core_first_vote.cc): whether its node knows
// what the network knows, and which blocks can come from the life that its journal tells of. Not thread-safe.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "consensus/actions.h"
#include "proto/types.h"

namespace kimberlite::runtime {

/// Whether a node whose log is final up to `tip` is as far as an honest validator said that it is. `validators`: in the
/// set, with ourselves; `told`: how far the others are, one word each. A quorum with ourselves must have spoken, and
/// f + 1 of the others must be no further than we are: one of them is honest. Up to f who name heights that nobody has
/// reached do not keep it false once all honest others have spoken.
[[nodiscard]] bool as_far_as_others(std::size_t validators, Height tip, std::vector<Height> told);

/// When a key voted, as its journal has it.
class VotedSpan {
 public:
  /// The journal's next record.
  void add(const consensus::JournalRecord& record);
  /// Whether the key may have proposed in this view, as far as the journal knows: a proposal is in it before it leaves.
  [[nodiscard]] bool covers(Epoch epoch, View view) const;
  [[nodiscard]] const std::pair<Epoch, View>& newest() const { return newest_; }

 private:
  std::pair<Epoch, View> first_;  // zero: the journal, a ring, has dropped it
  std::pair<Epoch, View> newest_;
};

}  // namespace kimberlite::runtime
