// The observer: a second opinion on every step of a replica, before anything of it leaves. It keeps its own, smaller
// account of what was said and what is final, and shares no rule with the replica but the leader order. What it finds
// is a defect of this program: the process stops, and nothing wrong was said. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "consensus/actions.h"
#include "consensus/leader_order.h"
#include "consensus/replica.h"

namespace kimberlite::consensus {

/// Where a replica stands after a step, as far as the observer looks.
struct Standing {
  View view;
  View final_view;
  BlockRef root;  ///< last committed block
  bool may_vote{};
  const Certificate* entered_by{};  ///< brought it to its view; null in the first
  std::size_t vote_views{};         ///< views of which votes are held
  std::size_t proposals{};
  std::size_t certificates{};  ///< of views above the last final one
};

class Observer {
 public:
  Observer(const Config& config, const Recovered& recovered);
  /// The observer of the epoch that begins on `closing`; journal sequences go on.
  Observer(const Config& config, const BlockRef& closing, const Observer& before);

  /// Checks a step that was asked for by `input` (null: the start). Asserts what README.md promises: S3 (votes never
  /// contradict one another and are never sent before they are durable), journal sequences without a gap, views and
  /// final blocks that only advance, each final block on the one before under a quorum's finalization, builds only when
  /// leading, evidence that is evidence, nothing said after an epoch's end, and the bounds of rules 15 and 20.
  void check(const Input* input, const Actions& actions, const Standing& now);

 private:
  struct Said {
    std::optional<Digest> notarized;
    bool nullified{};
    std::optional<Digest> finalized;
    std::uint64_t last_sequence{};  ///< of the newest of them
  };
  void take_input(const Input& input);
  void take_vote(const JournalRecord& record);
  void note(const Vote& vote, std::uint64_t sequence);
  void check_sent(const Outgoing& outgoing, std::uint64_t durable) const;
  void check_final(const Actions& actions, const Standing& now);
  void check_requests(const Actions& actions, const Standing& now) const;
  void check_bounds(const Standing& now) const;
  [[nodiscard]] bool has_quorum(const Certificate& certificate) const;

  Epoch epoch_;
  std::size_t validators_;
  std::optional<ValidatorIndex> self_;
  bool may_vote_;  ///< before the step
  LeaderOrder order_;
  std::map<View, Said> said_;
  std::uint64_t handed_out_{};
  std::uint64_t durable_{};
  View view_{};
  View final_view_{};
  BlockRef root_;
  bool catching_up_{};
};

}  // namespace kimberlite::consensus
