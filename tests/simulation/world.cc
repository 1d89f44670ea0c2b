#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace kimberlite::simulation {

World::World(std::uint64_t seed, std::size_t nodes, bool trace)
    : random_(seed), nodes_(nodes), trace_(trace), cut_(nodes * nodes) {}

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

void World::send(NodeId from, NodeId to, PacketPtr packet) {
  ++packets_sent_;
  if (is_cut(from, to) || random_.chance(weather.loss_per_mille)) return;
  deliver_later(from, to, packet);
  if (random_.chance(weather.duplicate_per_mille)) deliver_later(from, to, packet);
}

void World::deliver_later(NodeId from, NodeId to, const PacketPtr& packet) {
  std::int64_t delay_ms = random_.between(1, weather.delay_ms_max);
  if (random_.chance(weather.clog_per_mille)) delay_ms += random_.between(0, weather.clog_ms);
  after(delay_ms, [this, from, to, packet] {
    if (!is_cut(from, to)) deliver_(to, from, *packet);
  });
}

void World::print(NodeId node, const std::string& words) const {
  std::printf("%8lld  node %u  %s\n", static_cast<long long>(now_ms_), node, words.c_str());
}

}  // namespace kimberlite::simulation
