// The clocks of a view: how long its leader and the view as a whole may take, and how both grow while nothing becomes
// final. Deadlines are values compared with the `now` of a step; nothing here runs by itself. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/types.h"

namespace kimberlite::consensus {

/// Longest time that a view may take, whatever was lost before.
inline constexpr std::int64_t kViewTimeMaxMs = 30'000;

/// `at` plus `ms`.
constexpr TimeMs later(TimeMs at, std::int64_t ms) {
  return TimeMs{at.value + ms};
}

/// The earlier of two deadlines, either of which may be absent.
constexpr std::optional<TimeMs> earlier(std::optional<TimeMs> a, std::optional<TimeMs> b) {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

/// Δ, grown by half with every view that was lost, up to a third of kViewTimeMaxMs; back to Δ on finality.
class BackOff {
 public:
  explicit BackOff(std::int64_t delta_ms);
  void lengthen();
  void reset() { current_ms_ = delta_ms_; }
  [[nodiscard]] std::int64_t current_ms() const { return current_ms_; }

 private:
  std::int64_t delta_ms_;
  std::int64_t current_ms_;
};

/// t_l = 2Δ and t_a = 3Δ of the current view. Stopped until start().
class ViewTimers {
 public:
  /// Both run from now; a skipped leader gets no time at all.
  void start(TimeMs now, std::int64_t delta_ms, bool skip_leader);
  void stop();
  /// A proposal is here: the leader's clock stops, the view's goes on.
  void proposal_seen() { leader_deadline_.reset(), forward_at_.reset(); }

  [[nodiscard]] bool running() const { return view_deadline_.has_value(); }
  [[nodiscard]] bool leader_late(TimeMs now) const { return leader_deadline_ && *leader_deadline_ <= now; }
  [[nodiscard]] bool view_late(TimeMs now) const { return view_deadline_ && *view_deadline_ <= now; }
  /// True once, halfway through the leader's time.
  bool take_halfway(TimeMs now);
  /// The next deadline that has not passed.
  [[nodiscard]] std::optional<TimeMs> next(TimeMs now) const;

 private:
  std::optional<TimeMs> leader_deadline_;
  std::optional<TimeMs> view_deadline_;
  std::optional<TimeMs> forward_at_;
};

}  // namespace kimberlite::consensus
