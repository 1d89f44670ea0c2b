#include "tests/simulation/whole_node/virtual_time.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::whole_node {

VirtualTime::VirtualTime(const simulation::World& world) : world_(world) {
  KIMBERLITE_ASSERT(runtime::simulated_time == nullptr, "one simulation at a time");
  runtime::simulated_time = this;
}

VirtualTime::~VirtualTime() {
  runtime::simulated_time = nullptr;
}

void VirtualTime::enter(const Clocks& clocks) {
  KIMBERLITE_ASSERT(clocks_ == nullptr, "one machine at a time");
  clocks_ = &clocks;
  next_timer_.reset();
}

std::optional<TimeMs> VirtualTime::leave() {
  clocks_ = nullptr;
  return std::exchange(next_timer_, std::nullopt);
}

std::chrono::steady_clock::time_point VirtualTime::steady_now() const {
  return runtime::to_steady(clocks_ == nullptr ? TimeMs{world_.now_ms()} : clocks_->steady.at(world_.now_ms()));
}

TimeMs VirtualTime::wall_now_ms() const {
  return TimeMs{true_wall_ms().value + (clocks_ == nullptr ? 0 : clocks_->wall_wrong_ms)};
}

void VirtualTime::sleeps(std::chrono::steady_clock::duration wait) {
  if (clocks_ == nullptr) return;
  const auto due = (steady_now() + wait).time_since_epoch();
  next_timer_ = TimeMs{std::chrono::ceil<std::chrono::milliseconds>(due).count()};
}

}  // namespace kimberlite::whole_node
