// Virtual time and the hostile network of a simulated run: an event queue in one order for one seed, links with loss,
// duplication, replay, delay and cuts, distances between nodes, and the trace. What travels is up to who builds on it.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/faults.h"
#include "tests/simulation/random.h"

namespace kimberlite::simulation {

using NodeId = std::uint32_t;

/// Packets that the network remembers, so that it can deliver them again.
inline constexpr std::size_t kReplayMemory = 512;

/// How the network treats packets at the moment.
struct Weather {
  std::int64_t delay_ms_min{1};  ///< on top of the link's own delay
  std::int64_t delay_ms_max{10};
  std::uint64_t duplicate_per_mille{};
  std::uint64_t clog_per_mille{};  ///< chance that a packet is delayed up to clog_ms
  std::int64_t clog_ms{};
};

/// Time, chance, links and the trace.
class World {
 public:
  /// Takes one line of the trace.
  using TraceSink = std::function<void(const std::string& line)>;

  /// `trace` empty: facts are only folded into the hash.
  World(std::uint64_t seed, std::size_t nodes, TraceSink trace);
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }
  Random& random() { return random_; }
  /// Runs `action` after a delay. Equal times run in the order of their scheduling.
  void after(std::int64_t delay_ms, std::function<void()> action);
  /// Runs events until the given time, or until none is left; false if none is left.
  bool run_until(std::int64_t time_ms);
  [[nodiscard]] bool idle() const { return events_.empty(); }
  [[nodiscard]] std::uint64_t events_run() const { return events_run_; }

  /// Sends `count` of kReplayMemory remembered packets, young and old, once more over the links on which they went.
  virtual void replay(std::size_t count) = 0;

  Weather weather;
  FaultCounts faults;
  /// Cuts or restores one direction of a link.
  void cut(NodeId from, NodeId to, bool is_cut) { cut_[from * nodes_ + to] = is_cut; }
  [[nodiscard]] bool is_cut(NodeId from, NodeId to) const { return cut_[from * nodes_ + to]; }
  void restore_all() { cut_.assign(cut_.size(), false); }
  /// How many of a thousand packets this direction of a link loses. 0 at first.
  void set_loss(NodeId from, NodeId to, std::uint64_t per_mille) { loss_per_mille_[from * nodes_ + to] = per_mille; }
  /// What every packet over this direction of a link takes, before the weather. 0 at first.
  void set_distance(NodeId from, NodeId to, std::int64_t delay_ms) { distance_ms_[from * nodes_ + to] = delay_ms; }

  /// Folds a fact into the trace hash; with tracing on, prints it as a line.
  template <typename Words>
  void note(NodeId node, std::uint64_t fact, const Words& words) {
    trace_hash_ = mix(trace_hash_ ^ mix(static_cast<std::uint64_t>(now_ms_), node), fact);
    if (trace_) trace_line(node, words());
  }
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

 protected:
  [[nodiscard]] std::uint64_t loss_per_mille(NodeId from, NodeId to) const {
    return loss_per_mille_[from * nodes_ + to];
  }
  /// Draws how long a packet over this link takes in this weather, in ms.
  [[nodiscard]] std::int64_t draw_delay_ms(NodeId from, NodeId to);

 private:
  struct Event {
    std::int64_t time_ms;
    std::uint64_t order;
    std::function<void()> action;
  };
  static bool runs_later(const Event& a, const Event& b);
  void trace_line(NodeId node, const std::string& words) const;

  Random random_;
  std::size_t nodes_;
  TraceSink trace_;
  std::int64_t now_ms_ = 0;
  std::uint64_t next_order_ = 0;
  std::uint64_t events_run_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::vector<Event> events_;  ///< a heap, soonest first
  std::vector<bool> cut_;
  std::vector<std::uint64_t> loss_per_mille_;
  std::vector<std::int64_t> distance_ms_;
};

/// A world in which packets of this type travel, shared and unchanged.
template <typename Packet>
class PacketWorld final : public World {
 public:
  using PacketPtr = std::shared_ptr<const Packet>;
  using World::World;

  /// Sends a packet over the link as it is now. `deliver(to, from, packet)` is called on arrival.
  void send(NodeId from, NodeId to, PacketPtr packet) {
    ++packets_sent_;
    if (observe_) observe_(from, to, packet);
    remember(Sent{from, to, packet});
    if (is_cut(from, to) || (passes_ && !passes_(from, to, *packet))) return lost(from, to);
    if (random().chance(loss_per_mille(from, to))) {
      faults.add(Fault::kLostMessage);
      return lost(from, to);
    }
    deliver_later(from, to, packet);
    if (!random().chance(weather.duplicate_per_mille)) return;
    faults.add(Fault::kDuplicatedMessage);
    deliver_later(from, to, packet);
  }
  void on_deliver(std::function<void(NodeId to, NodeId from, const PacketPtr&)> deliver) {
    deliver_ = std::move(deliver);
  }
  /// Calls `observe` for every packet handed to the network, also one that will be lost.
  void on_send(std::function<void(NodeId from, NodeId to, const PacketPtr&)> observe) { observe_ = std::move(observe); }
  /// Calls `lost` for every packet that is lost.
  void on_lost(std::function<void(NodeId from, NodeId to)> lost) { lost_ = std::move(lost); }
  /// From now on only packets for which `passes` says so reach the link; empty: all.
  void set_filter(std::function<bool(NodeId from, NodeId to, const Packet&)> passes) { passes_ = std::move(passes); }
  [[nodiscard]] std::uint64_t packets_sent() const { return packets_sent_; }

  void replay(std::size_t count) override {
    for (std::size_t i = 0; i < count && !remembered_.empty(); ++i) {
      const Sent& sent = remembered_[random().below(remembered_.size())];
      deliver_later(sent.from, sent.to, sent.packet);
      faults.add(Fault::kReplay);
    }
  }

 private:
  struct Sent {
    NodeId from;
    NodeId to;
    PacketPtr packet;
  };

  void lost(NodeId from, NodeId to) {
    if (lost_) lost_(from, to);
  }

  // Once the memory is full every fourth packet takes the place of one that is there: some stay for long.
  void remember(Sent sent) {
    if (remembered_.size() < kReplayMemory)
      remembered_.push_back(std::move(sent));
    else if (packets_sent_ % 4 == 0)
      remembered_[random().below(kReplayMemory)] = std::move(sent);
  }

  void deliver_later(NodeId from, NodeId to, const PacketPtr& packet) {
    after(draw_delay_ms(from, to), [this, from, to, packet] {
      if (is_cut(from, to)) return lost(from, to);
      deliver_(to, from, packet);
    });
  }

  std::uint64_t packets_sent_ = 0;
  std::vector<Sent> remembered_;  ///< at most kReplayMemory
  std::function<void(NodeId, NodeId, const PacketPtr&)> deliver_;
  std::function<void(NodeId, NodeId, const PacketPtr&)> observe_;
  std::function<void(NodeId, NodeId)> lost_;
  std::function<bool(NodeId, NodeId, const Packet&)> passes_;
};

}  // namespace kimberlite::simulation
