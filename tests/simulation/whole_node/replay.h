// The final log replayed from genesis on, apart from every node: signatures, rules, block records, roots. State lies in
// a plain map, its root is computed by the naive definition (tests/unit/proto/naive_map.h). Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/ledger/voting_set.h"
#include "proto/block.h"
#include "proto/genesis.h"
#include "proto/merkle_log.h"
#include "proto/state_reader.h"

namespace kimberlite::whole_node {

class Replay final : public StateReader {
 public:
  explicit Replay(const GenesisDocument& genesis);

  /// A block on top of the last. Violation S2 (a rule, a record that does not follow) or S5 (roots).
  void append(const std::string& record_leaf, const std::vector<std::string>& envelope_leaves);

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  [[nodiscard]] Height height() const { return height_; }
  [[nodiscard]] LogSize size() const { return range_.size(); }
  [[nodiscard]] const std::string& record_leaf(Height height) const { return records_.at(height.value - 1); }
  /// Root of the log after a block; none if no block ends there.
  [[nodiscard]] std::optional<Digest> root_at(LogSize size) const;
  /// The set that votes in an epoch; none if no block decided it yet.
  [[nodiscard]] const ValidatorSet* voters(Epoch epoch) const;
  [[nodiscard]] const ledger::VotingSet& newest_voters() const { return voting_; }
  /// Log index of a final envelope.
  [[nodiscard]] std::optional<LogIndex> find(const Digest& envelope) const;
  [[nodiscard]] std::uint64_t envelopes() const { return envelopes_.size(); }

 private:
  void check_record(const BlockHeader& header, std::size_t count) const;
  void apply(const BlockHeader& header, const std::string& leaf, LogIndex index);

  const GenesisDocument& genesis_;
  std::map<std::string, std::string> state_;
  CompactRange range_;
  Height height_;
  Digest tip_;
  TimeMs time_ms_;
  ledger::VotingSet voting_;
  std::vector<std::string> records_;
  std::map<LogSize, Digest> roots_;
  std::map<Epoch, ValidatorSet> voters_;
  std::map<Digest, LogIndex> envelopes_;
};

}  // namespace kimberlite::whole_node
