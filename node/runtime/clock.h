// The two clocks of the runtime: the wall clock for block times, the steady clock for timers. Consensus sees only the
// steady one. Thread-safe.
#pragma once

#include <chrono>

#include "proto/types.h"

namespace kimberlite::runtime {

/// UTC milliseconds by this machine's clock.
inline TimeMs wall_now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

/// Milliseconds of a clock that never goes back; its zero means nothing.
inline TimeMs steady_now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

/// The steady instant of such a time.
inline std::chrono::steady_clock::time_point to_steady(TimeMs time) {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(time.value));
}

}  // namespace kimberlite::runtime
