#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace kimberlite::simulation {

World::World(std::uint64_t seed, std::size_t nodes, TraceSink trace)
    : random_(seed),
      nodes_(nodes),
      trace_(std::move(trace)),
      cut_(nodes * nodes),
      loss_per_mille_(nodes * nodes),
      distance_ms_(nodes * nodes) {}

bool World::runs_later(const Event& a, const Event& b) {
  return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.order > b.order;
}

void World::after(std::int64_t delay_ms, std::function<void()> action) {
  events_.push_back(Event{now_ms_ + std::max<std::int64_t>(0, delay_ms), next_order_++, std::move(action)});
  std::push_heap(events_.begin(), events_.end(), runs_later);
}

bool World::run_until(std::int64_t time_ms) {
  while (!events_.empty() && events_.front().time_ms <= time_ms) {
    std::pop_heap(events_.begin(), events_.end(), runs_later);
    const Event event = std::move(events_.back());
    events_.pop_back();
    now_ms_ = event.time_ms;
    ++events_run_;
    event.action();
  }
  if (events_.empty()) return false;
  now_ms_ = time_ms;
  return true;
}

std::int64_t World::draw_delay_ms(NodeId from, NodeId to) {
  std::int64_t delay_ms =
      distance_ms_[from * nodes_ + to] + random_.between(weather.delay_ms_min, weather.delay_ms_max);
  if (random_.chance(weather.clog_per_mille)) {
    delay_ms += random_.between(0, weather.clog_ms);
    faults.add(Fault::kClog);
  }
  return delay_ms;
}

void World::trace_line(NodeId node, const std::string& words) const {
  char head[48];
  std::snprintf(head, sizeof head, "%8lld  node %u  ", static_cast<long long>(now_ms_), node);
  trace_(head + words);
}

}  // namespace kimberlite::simulation
