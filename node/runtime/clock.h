// The two clocks of the runtime: the wall clock for block times, the steady clock for timers. Consensus sees only the
// steady one. They are the machine's, unless a simulation has put its own time in their place. Thread-safe.
#pragma once

#include <chrono>

#include "proto/types.h"

namespace kimberlite::runtime {

/// Time that passes as a simulation says.
class SimulatedTime {
 public:
  virtual ~SimulatedTime() = default;
  /// What the steady clock shows.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// What the wall clock shows, in UTC milliseconds.
  [[nodiscard]] virtual TimeMs wall_now_ms() const = 0;
  /// The event loop at hand would now sleep for so long, until its next timer is due.
  virtual void sleeps(std::chrono::steady_clock::duration wait) = 0;
};

/// Null: the machine's clocks. REQUIRES: set before the first node starts, by a process of one thread.
inline SimulatedTime* simulated_time = nullptr;

/// The steady clock, as timers read it.
struct NodeClock {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  static time_point now() {
    return simulated_time == nullptr ? std::chrono::steady_clock::now() : simulated_time->steady_now();
  }
};

/// UTC milliseconds.
inline TimeMs wall_now_ms() {
  if (simulated_time != nullptr) return simulated_time->wall_now_ms();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

/// Milliseconds of a clock that never goes back; its zero means nothing.
inline TimeMs steady_now_ms() {
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(NodeClock::now().time_since_epoch()).count()};
}

/// The steady instant of such a time.
inline std::chrono::steady_clock::time_point to_steady(TimeMs time) {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(time.value));
}

}  // namespace kimberlite::runtime
