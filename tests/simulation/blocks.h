// The made-up ledger of a simulated run: blocks are lists of event numbers, a digest is a hash of what is in the block.
// Whoever has been sent a digest may look its content up here, as if it had been sent
// along. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::simulation {

using EventId = std::uint64_t;

/// An event with this bit changes the validators: its block is the last of its epoch.
inline constexpr EventId kChangesValidators = EventId{1} << 62U;

struct ModelBlock {
  consensus::BlockRef ref;
  Epoch epoch;    ///< in which it is voted on
  bool closes{};  ///< it changes the validators, whatever consensus is told
  std::vector<EventId> events;
  bool valid{true};  ///< false: breaks a rule that every honest replica checks
};

/// The epoch in which a child of this block is voted on.
Epoch epoch_after(const ModelBlock& block);

class Blocks {
 public:
  explicit Blocks(const Digest& genesis);

  [[nodiscard]] const ModelBlock& genesis() const { return blocks_.at(genesis_); }
  /// The block on `parent` with these events; `salt` tells apart blocks that are otherwise equal.
  const ModelBlock& make(const consensus::BlockRef& parent, View view, std::vector<EventId> events, std::uint64_t salt,
                         bool valid = true);
  /// Consensus is not told any more which blocks close their epochs: a broken runtime.
  void hide_closing() { hides_closing_ = true; }
  [[nodiscard]] const ModelBlock& at(const Digest& digest) const { return blocks_.at(digest); }

 private:
  Digest genesis_;
  bool hides_closing_{};
  std::map<Digest, ModelBlock> blocks_;
};

}  // namespace kimberlite::simulation
