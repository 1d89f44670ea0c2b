// The monotonic clock of one simulated node: it starts anywhere, may run fast or slow, and may jump ahead (a suspended
// machine); it never goes back, as the replica's contract asks. Not thread-safe.
#pragma once

#include <cstdint>

#include "proto/types.h"

namespace kimberlite::simulation {

class LocalClock {
 public:
  explicit LocalClock(std::int64_t start_ms) : local_base_ms_(start_ms) {}

  /// What it shows at this time of the world.
  [[nodiscard]] TimeMs at(std::int64_t world_ms) const {
    return TimeMs{local_base_ms_ + (world_ms - world_base_ms_) * rate_per_mille_ / kTrueRate};
  }
  /// Milliseconds of the world until it shows `local` at the least; 0 if it does.
  [[nodiscard]] std::int64_t world_ms_until(TimeMs local, std::int64_t world_ms) const {
    const std::int64_t numerator = (local.value - local_base_ms_) * kTrueRate;
    const std::int64_t due_ms = world_base_ms_ + (numerator + rate_per_mille_ - 1) / rate_per_mille_;
    return due_ms > world_ms ? due_ms - world_ms : 0;
  }
  void jump(std::int64_t ahead_ms) { local_base_ms_ += ahead_ms; }
  /// From now on so many milliseconds pass here in 1000 of the world's. REQUIRES: positive.
  void set_rate(std::int64_t per_mille, std::int64_t world_ms) {
    local_base_ms_ = at(world_ms).value;
    world_base_ms_ = world_ms;
    rate_per_mille_ = per_mille;
  }

  static constexpr std::int64_t kTrueRate = 1000;

 private:
  std::int64_t local_base_ms_;
  std::int64_t world_base_ms_ = 0;
  std::int64_t rate_per_mille_ = kTrueRate;
};

}  // namespace kimberlite::simulation
