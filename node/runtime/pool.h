// Envelopes that wait to be ordered, in order of arrival, each id once. Bounded: a full pool refuses (OVERLOADED).
// One owner (the core thread).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
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
/// Envelopes that our own trial refuses are kept from one peer, in case that a block has what they lack.
inline constexpr std::size_t kDoubtedEachMax = 256;

class Pool {
 public:
  explicit Pool(std::size_t envelopes_max) : envelopes_max_(envelopes_max) {}

  enum class Added : std::uint8_t { kNew, kKnown, kFull };
  /// Appends. `checked_at`: final height at which its trial run passed.
  Added add(EnvelopePtr envelope, Height checked_at) { return add(std::move(envelope), checked_at, false); }
  /// Appends one that a proposal under way consists of, in the place of doubted ones and then beyond a full pool:
  /// without it we could not vote, and perhaps nothing would ever empty the pool.
  Added add_needed(EnvelopePtr envelope, Height checked_at) { return add(std::move(envelope), checked_at, true); }
  [[nodiscard]] EnvelopePtr find(const Digest& id) const;
  void remove(const Digest& id);

  /// A leader's try refused it on an undecided state: it is no work until the final state moves.
  void block(const Digest& id);
  /// The same for one that came from this peer and that our own trial refused.
  void doubt(const Digest& id, std::size_t peer);
  /// Of this peer's, how many are doubted.
  [[nodiscard]] std::size_t doubted(std::size_t peer) const;
  /// Consensus finalized its block, which is not durable yet: no more work, but still held for peers that ask.
  void decide(const Digest& id);
  /// The final state moved: nothing is blocked any more. Returns what deserves another trial run: envelopes that were
  /// blocked, and those for which two blocks went by.
  std::vector<EnvelopePtr> on_final(Height height);

  /// Envelopes that are not decided, in order of arrival, at most `count`.
  [[nodiscard]] std::vector<EnvelopePtr> in_order(std::size_t count) const;
  /// Those of them that are not blocked either.
  [[nodiscard]] std::vector<EnvelopePtr> workable(std::size_t count) const;
  /// Whether there is an envelope that is neither blocked nor decided.
  [[nodiscard]] bool has_work() const { return workable_ > 0; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    EnvelopePtr envelope;
    Height checked_at;
    bool blocked{};
    bool decided{};
    std::optional<std::size_t> doubted_from;  // a peer
    [[nodiscard]] bool workable() const { return !blocked && !decided; }
  };
  Added add(EnvelopePtr envelope, Height checked_at, bool needed);
  [[nodiscard]] bool fits(std::size_t bytes, bool needed) const;
  void drop_oldest_doubted();
  void set(Entry& entry, bool blocked, bool decided);
  void trust(Entry& entry);

  std::size_t envelopes_max_;
  std::size_t bytes_{};
  std::size_t workable_{};
  std::map<std::size_t, std::size_t> doubted_;
  std::list<Entry> entries_;
  std::map<Digest, std::list<Entry>::iterator> by_id_;
};

}  // namespace kimberlite::runtime
