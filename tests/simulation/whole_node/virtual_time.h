// The time of whole nodes in a simulation: each has a steady clock that may drift and jump ahead, and a wall clock that
// may be wrong. The runtime reads that of the node at hand. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "node/runtime/clock.h"
#include "tests/simulation/local_clock.h"
#include "tests/simulation/world.h"

namespace kimberlite::whole_node {

/// UTC milliseconds at the world's zero: 2026-06-01T00:00:00Z.
inline constexpr std::int64_t kWorldBeginMs = 1'780'272'000'000;

/// The clocks of one machine.
struct Clocks {
  simulation::LocalClock steady;
  std::int64_t wall_wrong_ms{};  ///< what its wall clock shows too much
};

class VirtualTime final : public runtime::SimulatedTime {
 public:
  /// Takes the place of the machine's clocks while it lives. One at a time.
  explicit VirtualTime(const simulation::World& world);
  ~VirtualTime() override;
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;

  /// From now on, until leave(), code of the machine with these clocks runs.
  void enter(const Clocks& clocks);
  /// When the next timer of the machine is due by its steady clock, as far as it said so since enter().
  std::optional<TimeMs> leave();

  /// UTC by the world, which nobody's clock need show.
  [[nodiscard]] TimeMs true_wall_ms() const { return TimeMs{kWorldBeginMs + world_.now_ms()}; }

  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
  [[nodiscard]] TimeMs wall_now_ms() const override;
  void sleeps(std::chrono::steady_clock::duration wait) override;

 private:
  const simulation::World& world_;
  const Clocks* clocks_{};
  std::optional<TimeMs> next_timer_;
};

}  // namespace kimberlite::whole_node
