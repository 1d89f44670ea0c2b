// The judge of a simulated run. It sees what honest keys send and what honest nodes report final, and keeps its own
// books: quorums, votes, chains and folds are computed here anew, with nothing of consensus/ but its value types.
//   S1 agreement, S2 validity, S3 no equivocation, S4 durability, S5 determinism (consensus design, "What must hold").
// It does not see disks, clocks or the insides of a replica. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "consensus/types.h"
#include "tests/simulation/blocks.h"
#include "tests/simulation/violation.h"

namespace kimberlite::simulation {

class Oracle {
 public:
  Oracle(const Blocks& blocks, std::size_t validators) : blocks_(blocks), validators_(validators) {}

  /// An honest replica handed a vote to its journal.
  void cast(std::uint32_t node) const;
  /// An honest key sent this vote.
  void sent(const consensus::Vote& vote);
  /// An honest replica declared these blocks final on top of `below`, with this certificate for the last.
  void declared_final(std::uint32_t node, const Digest& below, const std::vector<consensus::BlockRef>& blocks,
                      const consensus::Certificate& finalization);
  /// An honest node reported a block of its log as final and durable; `fold` is its state after it: mix(fold before,
  /// first eight bytes of the digest), 0 at genesis. Every height in turn.
  void reported(std::uint32_t node, Height height, const Digest& digest, std::uint64_t fold);
  /// An honest node came back with this log.
  void restarted(std::uint32_t node, Height height, const Digest& digest);

  /// A node lost everything: its key must not vote again, and its log may begin anew.
  void disk_lost(std::uint32_t node);
  /// A node was put back to an old state with this height: until it notices, its key may contradict what it said.
  void rolled_back(std::uint32_t node, Height height);
  /// It noticed: until it restarts it must not vote.
  void noticed_rollback(std::uint32_t node);
  /// How often a node noticed that it was rolled back.
  [[nodiscard]] std::uint64_t rollbacks_noticed() const { return rollbacks_noticed_; }
  /// Whether this key may be accused: it was rolled back.
  [[nodiscard]] bool excused(std::uint32_t node) const { return excused_.contains(node); }

  /// The greatest height that any honest node reported.
  [[nodiscard]] Height reported_height() const { return reported_height_; }
  /// Events in blocks known final.
  [[nodiscard]] std::uint64_t events_final() const { return events_.size(); }
  /// Epochs that ended with a final block.
  [[nodiscard]] std::uint64_t epochs_ended() const { return epochs_ended_; }
  /// Blocks known final, by height.
  [[nodiscard]] const std::map<Height, Digest>& log() const { return log_; }

 private:
  void check_certificate(const consensus::Certificate& certificate) const;
  void settle(std::uint32_t node, const Digest& digest);
  [[nodiscard]] std::uint64_t fold_at(Height height);

  struct Spoken {
    std::optional<Digest> notarized;
    bool nullified{};
    std::optional<Digest> finalized;
  };

  const Blocks& blocks_;
  std::size_t validators_;
  std::map<std::tuple<consensus::ValidatorIndex, Epoch, View>, Spoken> spoken_;
  std::map<Height, Digest> log_;
  std::map<Height, std::uint64_t> folds_;
  std::set<EventId> events_;
  std::map<std::uint32_t, Height> reported_by_;
  Height reported_height_;
  std::set<std::uint32_t> retired_;  ///< lost their disks
  std::set<std::uint32_t> excused_;  ///< were rolled back
  std::set<std::uint32_t> silent_;   ///< noticed that they were
  std::uint64_t rollbacks_noticed_ = 0;
  std::uint64_t epochs_ended_ = 0;
};

}  // namespace kimberlite::simulation
