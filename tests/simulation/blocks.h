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

struct ModelBlock {
  consensus::BlockRef ref;
  std::vector<EventId> events;
  bool valid{true};  ///< false: breaks a rule that every honest replica checks
};

class Blocks {
 public:
  explicit Blocks(const Digest& genesis);

  [[nodiscard]] const ModelBlock& genesis() const { return blocks_.at(genesis_); }
  /// The block on `parent` with these events; `salt` tells apart blocks that are otherwise equal.
  const ModelBlock& make(const consensus::BlockRef& parent, View view, std::vector<EventId> events, std::uint64_t salt,
                         bool valid = true);
  [[nodiscard]] const ModelBlock& at(const Digest& digest) const { return blocks_.at(digest); }

 private:
  Digest genesis_;
  std::map<Digest, ModelBlock> blocks_;
};

}  // namespace kimberlite::simulation
