// Envelopes that wait to be ordered, in order of arrival, each id once. Bounded: a full pool refuses (OVERLOADED).
// One owner (the core thread).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <vector>

#include "proto/digest.h"
#include "proto/envelope.h"

namespace kimberlite::runtime {

/// Most bytes of signed envelopes held; the number is a setting.
inline constexpr std::size_t kPoolBytesMax = 64 * 1024 * 1024;

class Pool {
 public:
  explicit Pool(std::size_t envelopes_max) : envelopes_max_(envelopes_max) {}

  enum class Added : std::uint8_t { kNew, kKnown, kFull };
  /// Appends. `checked_at`: final height at which its trial run passed.
  Added add(EnvelopePtr envelope, Height checked_at);
  [[nodiscard]] EnvelopePtr find(const Digest& id) const;
  void remove(const Digest& id);

  /// A leader's try refused it on an undecided state: it is no work until the final state moves.
  void block(const Digest& id);
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
    [[nodiscard]] bool workable() const { return !blocked && !decided; }
  };
  void set(Entry& entry, bool blocked, bool decided);

  std::size_t envelopes_max_;
  std::size_t bytes_{};
  std::size_t workable_{};
  std::list<Entry> entries_;
  std::map<Digest, std::list<Entry>::iterator> by_id_;
};

}  // namespace kimberlite::runtime
