// The replica: Simplex as a pure state machine. step(input, now) -> actions; same inputs, same actions, bit for bit.
// Not thread-safe: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/actions.h"
#include "consensus/types.h"

namespace kimberlite::consensus {

/// Most certified blocks above the last final one; from then on leaders only re-propose.
inline constexpr std::size_t kCertifiedAboveFinalMax = 16;

struct Config {
  Digest chain_id;
  Epoch epoch;
  Digest leader_seed;  ///< digest of the previous epoch's last block; epoch 1: the chain id
  ValidatorSet validators;
  std::optional<ValidatorIndex> self;  ///< empty: follower, never votes
  std::int64_t delta_ms{1000};         ///< the network's Δ
  const VoteSigner* signer{};          ///< outlives the replica; null for a follower
};

/// What a replica starts from: all of it read back from disk before anything is sent.
struct Recovered {
  BlockRef final_block;                     ///< genesis: digest = chain id, height 0, view 0
  std::optional<Certificate> finalization;  ///< of final_block in this epoch; none if the epoch begins on it
  std::vector<BlockRef> bodies;             ///< undecided blocks whose bodies are durable and were executed again
  std::vector<JournalRecord> journal;       ///< every readable record of any epoch, oldest first
  std::vector<Certificate> certificates;    ///< of this epoch, as Actions::keep asked for
};

/// A snapshot of where the replica stands, for status pages and for the sentence that says why nothing moves.
struct ReplicaStatus {
  View view;
  ValidatorIndex leader{};
  View final_view;
  Height final_height;
  std::size_t certified_above_final{};
  bool has_work{};
  bool rolled_back{};                   ///< own later votes were seen at peers: this key votes no more
  std::vector<ValidatorIndex> skipped;  ///< who gets no time in its next turn (rules 11, 22)
  std::string why;                      ///< what it waits for; validators as "validator 3"
};

class Replica {
 public:
  Replica(Config config, Recovered recovered);
  ~Replica();
  /// A copy goes on by itself from where this one stands: for searches over schedules.
  Replica(const Replica& other);
  Replica& operator=(const Replica&) = delete;
  Replica(Replica&&) noexcept;
  Replica& operator=(Replica&&) noexcept;

  /// First actions after a start: re-sent votes, timers. Call once, before any step.
  Actions start(TimeMs now);
  /// Feeds one input. `now` is monotonic local time; it never reaches a message.
  Actions step(const Input& input, TimeMs now);
  /// Begins the next epoch on `closing`, the block that closed this one (rule 21). Whatever else this epoch left
  /// undecided is void. Answers to actions of the epoch before are harmless. REQUIRES: `closing` is final, committed
  /// and durable here, config.epoch is one above this one's, and config names the set and the place that `closing`
  /// decided.
  Actions begin_epoch(Config config, BlockRef closing, TimeMs now);
  [[nodiscard]] Epoch epoch() const;
  [[nodiscard]] ReplicaStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kimberlite::consensus
