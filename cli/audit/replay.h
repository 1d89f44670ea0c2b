// Replays a log from genesis, leaf by leaf: envelopes are opened and their signatures checked, each block's envelopes
// go through the rules at the block's time, and the block's record is compared with what was recomputed.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/audit/finding.h"
#include "cli/audit/memory_state.h"
#include "node/ledger/voting_set.h"
#include "proto/block.h"
#include "proto/envelope.h"
#include "proto/genesis.h"
#include "proto/merkle_log.h"

namespace kimberlite::cli {

class Replay {
 public:
  explicit Replay(const GenesisDocument& genesis);

  /// Takes the next leaf. `before`: the log up to it. The first thing that does not hold is returned, and from then on
  /// nothing is taken any more: what follows would only be its consequence.
  std::optional<Finding> feed(std::string_view leaf, const CompactRange& before);
  /// What is wrong with a log that ends here: envelopes without their block record.
  [[nodiscard]] std::optional<Finding> finish() const;

  /// The epoch that votes on the next block.
  [[nodiscard]] Epoch epoch() const { return voters_.epoch; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const MemoryState& state() const { return state_; }
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }
  [[nodiscard]] std::uint64_t envelopes() const { return envelopes_; }
  [[nodiscard]] const std::optional<BlockHeader>& last_block() const { return last_; }
  /// Certificates by state, as "confirmed" -> 93.
  [[nodiscard]] std::map<std::string, std::uint64_t> certificates() const;

 private:
  struct Pending {
    std::uint64_t index;
    EnvelopePtr envelope;
  };
  std::optional<Finding> take_envelope(std::string_view signed_bytes, std::uint64_t index);
  std::optional<Finding> take_block(std::string_view leaf, const CompactRange& before);
  [[nodiscard]] std::optional<Finding> check_header(const BlockHeader& header, const CompactRange& before) const;
  std::optional<Finding> execute(const BlockHeader& header);

  const GenesisDocument& genesis_;
  MemoryState state_;
  ledger::VotingSet voters_;
  std::vector<Pending> pending_;
  std::set<Digest> ids_;
  std::optional<BlockHeader> last_;
  Digest last_digest_;
  std::uint64_t blocks_ = 0;
  std::uint64_t envelopes_ = 0;
  bool stopped_ = false;
};

}  // namespace kimberlite::cli
