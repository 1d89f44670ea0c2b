// What the clients of a chaos run asked and were told, each call with the times between which it took effect. The
// checker judges it against the logs; it says nothing about how faults were made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "proto/digest.h"
#include "proto/ed25519.h"

namespace kimberlite::chaos {

/// A node keeps what it has shown for as long as it has the same disk. A disk that was damaged, set back or emptied on
/// purpose begins another life; what two lives say need not follow from one another.
using Life = std::uint32_t;
/// The disk was exchanged while the call ran, so it belongs to no life.
inline constexpr Life kBetweenLives = std::numeric_limits<Life>::max();

/// Where and when a call was made. Times are microseconds of the steady clock.
struct Call {
  std::size_t node{};
  Life life{};
  std::int64_t invoked_us{};
  std::int64_t answered_us{};
};

enum class Question : std::uint8_t {
  kSubmit,  ///< appends an envelope
  kFind,    ///< what became of an envelope
  kState,   ///< whether the state holds what the envelope wrote
};

enum class Answer : std::uint8_t {
  kFinal,    ///< with a place in the log, except for kState
  kRefused,  ///< with a reason
  kPending,  ///< known, not final
  kUnknown,  ///< not known, or not in the state
  kFailed,   ///< no answer: the call may have taken effect or not
};

/// One question about one envelope.
struct EnvelopeCall {
  Call call;
  Question question{};
  Digest id;
  Answer answer{};
  std::uint64_t height{};
  std::uint64_t log_index{};
  std::string reason;  ///< kRefused
};

/// One look at where a node stands; only answered ones are kept.
struct StatusCall {
  Call call;
  std::uint64_t final_height{};
  std::uint64_t log_size{};
  Digest log_root;
  std::set<PublicKey> accused;  ///< against whom the node keeps evidence of equivocation
};

/// Everything that was asked and told.
struct History {
  std::vector<EnvelopeCall> envelopes;
  std::vector<StatusCall> statuses;
  /// Keys that a fault may have made vote twice, each with the time from which evidence against it is due.
  std::map<PublicKey, std::int64_t> excused;
};

/// A history that several clients write at once. Thread-safe.
class Recorder {
 public:
  void add(EnvelopeCall call);
  void add(StatusCall call);
  /// From now on this key may vote against itself. Called before the fault that makes it so.
  void excuse(const PublicKey& key);
  /// A copy of everything so far.
  [[nodiscard]] History copy() const;
  /// Calls recorded so far.
  [[nodiscard]] std::size_t size() const;
  /// The answers "final" to submissions that a node gave in [from_us, to_us]: their times, by node, in order.
  [[nodiscard]] std::map<std::size_t, std::vector<std::int64_t>> finals_between(std::int64_t from_us,
                                                                                std::int64_t to_us) const;

 private:
  mutable std::mutex mutex_;
  History history_;
};

/// Microseconds of the steady clock.
std::int64_t now_us();

}  // namespace kimberlite::chaos
