// Virtual time and the hostile network of a simulated run: an event queue in one order for one seed, links with loss,
// duplication, delay and cuts, and the trace. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "consensus/messages.h"
#include "tests/simulation/blocks.h"
#include "tests/simulation/random.h"

namespace kimberlite::simulation {

using NodeId = std::uint32_t;

// What travels beside consensus messages: the runtime's part, as far as it matters here.
struct PoolEvents {
  std::vector<EventId> events;
};
struct BodyRequest {
  Digest digest;
};
struct BodyAnswer {
  Digest digest;
};
struct LogRequest {
  consensus::Certificate target;  ///< at least up to its block
};
struct LogAnswer {
  Digest tip;
  consensus::Certificate finalization;
};
using Packet = std::variant<consensus::Message, PoolEvents, BodyRequest, BodyAnswer, LogRequest, LogAnswer>;
using PacketPtr = std::shared_ptr<const Packet>;

/// How the network treats packets at the moment.
struct Weather {
  std::int64_t delay_ms_max{10};
  std::uint64_t loss_per_mille{};
  std::uint64_t duplicate_per_mille{};
  std::uint64_t clog_per_mille{};  ///< chance that a packet is delayed up to clog_ms
  std::int64_t clog_ms{};
};

class World {
 public:
  World(std::uint64_t seed, std::size_t nodes, bool trace);

  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }
  Random& random() { return random_; }
  /// Runs `action` after a delay. Equal times run in the order of their scheduling.
  void after(std::int64_t delay_ms, std::function<void()> action);
  /// Runs events until the given time, or until none is left; false if none is left.
  bool run_until(std::int64_t time_ms);
  [[nodiscard]] bool idle() const { return events_.empty(); }
  [[nodiscard]] std::uint64_t events_run() const { return events_run_; }

  /// Sends a packet over the link as it is now. `deliver(to, from, packet)` is called on arrival.
  void send(NodeId from, NodeId to, PacketPtr packet);
  void on_deliver(std::function<void(NodeId to, NodeId from, const Packet&)> deliver) { deliver_ = std::move(deliver); }
  [[nodiscard]] std::uint64_t packets_sent() const { return packets_sent_; }

  Weather weather;
  /// Cuts or restores one direction of a link.
  void cut(NodeId from, NodeId to, bool is_cut) { cut_[from * nodes_ + to] = is_cut; }
  [[nodiscard]] bool is_cut(NodeId from, NodeId to) const { return cut_[from * nodes_ + to]; }
  void restore_all() { cut_.assign(cut_.size(), false); }

  /// Folds a fact into the trace hash; with tracing on, prints it as a line.
  template <typename Words>
  void note(NodeId node, std::uint64_t fact, const Words& words) {
    trace_hash_ = mix(trace_hash_ ^ mix(static_cast<std::uint64_t>(now_ms_), node), fact);
    if (trace_) print(node, words());
  }
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

 private:
  struct Event {
    std::int64_t time_ms;
    std::uint64_t order;
    std::function<void()> action;
  };
  static bool runs_later(const Event& a, const Event& b);
  void print(NodeId node, const std::string& words) const;
  void deliver_later(NodeId from, NodeId to, const PacketPtr& packet);

  Random random_;
  std::size_t nodes_;
  bool trace_;
  std::int64_t now_ms_ = 0;
  std::uint64_t next_order_ = 0;
  std::uint64_t events_run_ = 0;
  std::uint64_t packets_sent_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::vector<Event> events_;  ///< a heap, soonest first
  std::vector<bool> cut_;
  std::function<void(NodeId, NodeId, const Packet&)> deliver_;
};

}  // namespace kimberlite::simulation
