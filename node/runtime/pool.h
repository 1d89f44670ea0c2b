// Envelopes that wait to be ordered, in order of arrival, each id once. Bounded: a full pool refuses (OVERLOADED), and
// one that is half full whoever has a quarter of it already.
// One owner (the core thread).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/digest.h"
#include "proto/envelope.h"

namespace kimberlite::runtime {

/// Most bytes of signed envelopes held; the number is a setting.
inline constexpr std::size_t kPoolBytesMax = 64 * 1024 * 1024;
/// Room beyond a full pool for what a proposal under way consists of.
inline constexpr std::size_t kNeededBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kNeededEnvelopesMax = 4'096;
/// Envelopes that nobody has tried, and their bytes; with more, each is tried as it comes.
inline constexpr std::size_t kUntriedMax = 2'000;
inline constexpr std::size_t kUntriedBytesMax = 4 * 1024 * 1024;
/// Envelopes that our own trial refuses are kept from one peer, in case that a block has what they lack.
inline constexpr std::size_t kDoubtedEachMax = 256;

/// Envelopes that are tried again after a block because two blocks went by without them. Without this limit a backlog
/// was tried again block by block, which doubled it.
inline constexpr std::size_t kRetriedMax = 16;

class Pool {
 public:
  explicit Pool(std::size_t envelopes_max) : envelopes_max_(envelopes_max) {}

  enum class Added : std::uint8_t { kNew, kKnown, kFull };
  /// Appends. `checked_at`: final height at which its trial run passed.
  Added add(EnvelopePtr envelope, Height checked_at) {
    return add(std::move(envelope), checked_at, std::nullopt, false);
  }
  /// Appends one of this peer's that nobody has tried: it is no work before that. `arrived_at`: final height.
  Added add_untried(EnvelopePtr envelope, Height arrived_at, std::size_t peer) {
    return add(std::move(envelope), arrived_at, peer, false);
  }
  /// The same for one that the newest proposal under way consists of, also beyond a full pool: without it we could not
  /// vote, and perhaps nothing would ever empty the pool. REQUIRES: make_room_for() that proposal.
  Added add_needed(EnvelopePtr envelope, Height arrived_at, std::size_t peer) {
    return add(std::move(envelope), arrived_at, peer, true);
  }
  /// Beyond a full pool there is room for one proposal: what is doubted, or earlier ones needed, and `wanted` does not
  /// name, leaves it. Otherwise a lost proposal would fill that room until something is final, and nothing could be.
  void make_room_for(const std::set<Digest>& wanted);
  [[nodiscard]] EnvelopePtr find(const Digest& id) const;
  void remove(const Digest& id);

  /// One that nobody has tried.
  struct Untried {
    EnvelopePtr envelope;
    std::size_t peer;
    bool needed;  ///< by a proposal, when it came
  };
  /// The oldest of them; nullopt if there is none.
  [[nodiscard]] std::optional<Untried> next_untried() const;
  /// True while as much is untried as may be.
  [[nodiscard]] bool crowded() const {
    return untried_by_arrival_.size() >= kUntriedMax || untried_bytes_ >= kUntriedBytesMax;
  }
  /// Its trial run passed: it is work, whatever was thought of it.
  void trust(const Digest& id);

  /// A leader's try refused it on an undecided state: it is no work until the final state moves.
  void block(const Digest& id);
  /// The same for one that came from this peer and that our own trial run refused.
  void doubt(const Digest& id, std::size_t peer);
  /// Of this peer's, how many are doubted.
  [[nodiscard]] std::size_t doubted(std::size_t peer) const;
  /// Consensus finalized its block, which is not durable yet: no more work, but still held for peers that ask.
  void decide(const Digest& id);
  /// The final state moved. Returns what deserves another trial run: envelopes that are blocked, and stay so until they
  /// are trusted again, and those for which two blocks went by, of many the ones whose last trial is longest ago.
  std::vector<EnvelopePtr> on_final(Height height);

  /// Envelopes that are not decided, in order of arrival, at most `count`.
  [[nodiscard]] std::vector<EnvelopePtr> in_order(std::size_t count) const;
  /// Those of them that are not blocked either; some may be untried.
  [[nodiscard]] std::vector<EnvelopePtr> workable(std::size_t count) const;
  /// What a leader tries for a block: the workable ones, and behind them those that are blocked. On its own parent
  /// these may pass; but however many liars send, they take no place of others.
  [[nodiscard]] std::vector<EnvelopePtr> candidates() const;
  /// Whether there is an envelope that was tried and is neither blocked nor decided.
  [[nodiscard]] bool has_work() const { return work_ > 0; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    EnvelopePtr envelope;
    Height checked_at;
    std::uint64_t arrival;
    std::optional<std::size_t> untried_from;  // a peer
    bool needed{};
    std::optional<std::size_t> doubted_from{};  // a peer
    bool blocked{};
    bool decided{};
    [[nodiscard]] bool is_work() const { return !blocked && !decided && !untried_from; }
  };
  using Entries = std::list<Entry>;
  Added add(EnvelopePtr envelope, Height checked_at, std::optional<std::size_t> untried_from, bool needed);
  [[nodiscard]] bool fits(std::size_t bytes, bool needed) const;
  /// Changes an entry in a way that may make it work, or no work any more.
  template <typename Change>
  void update(Entry& entry, Change change);
  void end_trial(Entry& entry);
  void end_doubt(Entry& entry);

  [[nodiscard]] bool has_its_share(const OpenedEnvelope& envelope) const;

  /// What one participant's envelopes take of the pool.
  struct Share {
    std::size_t envelopes{};
    std::size_t bytes{};
  };
  std::size_t envelopes_max_;
  std::map<std::string, Share> of_participant_;
  std::size_t bytes_{};
  std::size_t work_{};
  std::uint64_t arrivals_{};
  std::map<std::size_t, std::size_t> doubted_;
  Entries entries_;
  std::map<Digest, Entries::iterator> by_id_;
  std::map<std::uint64_t, Entries::iterator> untried_by_arrival_;
  std::size_t untried_bytes_{};
};

}  // namespace kimberlite::runtime
