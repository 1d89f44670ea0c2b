// The machine's wall clock, for Hellos only: whether a peer's clock is far from ours. Thread-safe.
#pragma once

#include <chrono>

#include "proto/types.h"

namespace kimberlite::net {

inline TimeMs wall_clock_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

}  // namespace kimberlite::net
