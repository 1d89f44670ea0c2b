#include "tests/simulation/wan/study.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "consensus/leader_order.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/node.h"
#include "tests/simulation/wan/wire_size.h"

namespace kimberlite::wan {

using namespace simulation;

namespace {

/// Virtual time in which every event must be final: enough for every leader in turn to be silent.
constexpr std::int64_t kEventLimitMs = 600'000;
/// Between the finality of one event and the handing in of the next: what is still under way arrives.
constexpr std::int64_t kPauseMs = 2'000;

/// The value below which `percent` of a hundred lie. REQUIRES: values not empty.
std::int64_t percentile(std::vector<std::int64_t> values, std::size_t percent) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, values.size() * percent / 100)];
}

/// What was measured of one event, in milliseconds.
struct Times {
  std::int64_t here{};
  std::int64_t everywhere{};
  std::int64_t proposed{};
};

/// What was measured in one placement.
struct Samples {
  std::vector<std::int64_t> here;
  std::vector<std::int64_t> everywhere;
  std::vector<std::int64_t> proposed;
  std::vector<std::int64_t> learning;
  std::vector<std::int64_t> quorum_delays;
  std::uint64_t messages{};
  std::uint64_t bytes{};
  std::uint64_t blocks{};
  bool all_final{true};
};

class Network {
 public:
  Network(const Geography& geography, const Case& of, std::uint64_t placement);
  void measure(Samples& samples);

 private:
  void place(const Geography& geography);
  void choose_silent();
  void account(const PacketPtr& packet);
  void notice_proposal(const Packet& packet);
  /// Hands an event in and waits; nothing if it did not become final everywhere.
  std::optional<Times> one_event(NodeId at);

  Case of_;
  std::size_t quorum_;
  ModelWorld world_;
  Blocks blocks_;
  Oracle oracle_;
  Cluster cluster_;
  std::vector<std::vector<std::int64_t>> one_way_ms_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<NodeId> silent_;
  std::vector<std::size_t> live_;
  EventId next_event_ = 1;
  std::vector<std::int64_t> final_at_ms_;  ///< of the event under way, by node; -1: not yet
  std::int64_t proposed_at_ms_ = -1;       ///< when a leader first sent a block with that event; -1: not yet
  PacketPtr last_packet_;                  ///< a broadcast is one packet many times: weighed once
  std::size_t last_bytes_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

Network::Network(const Geography& geography, const Case& of, std::uint64_t placement)
    : of_(of),
      quorum_((of.nodes + (of.nodes - 1) / 3) / 2 + 1),
      world_(mix(placement, of.nodes * 1000 + of.silent), of.nodes, {}),
      blocks_(digest_of(placement)),
      oracle_(blocks_, of.nodes),
      cluster_{world_, blocks_, oracle_, make_validators(of.nodes), digest_of(placement)} {
  cluster_.delta_ms = kDeltaMs;
  cluster_.disk_ms_max = kDiskMsMax;
  cluster_.execute_ms_max = kExecuteMsMax;
  world_.weather = Weather{.delay_ms_min = 0, .delay_ms_max = kJitterMsMax};
  place(geography);
  choose_silent();
  cluster_.on_event_final = [this](NodeId node, EventId event) {
    if (event != next_event_ - 1) return;
    final_at_ms_[node] = world_.now_ms();
    messages_ += of_.nodes - 1;  // its signature on the checkpoint goes to every peer
    bytes_ += (of_.nodes - 1) * checkpoint_bytes();
  };
  world_.on_deliver([this](NodeId to, NodeId from, const PacketPtr& packet) {
    if (nodes_[to]->up()) nodes_[to]->receive(from, packet);
  });
  world_.on_send([this](NodeId, NodeId, const PacketPtr& packet) { account(packet); });
  for (NodeId id = 0; id < of_.nodes; ++id) nodes_.push_back(std::make_unique<Node>(cluster_, id));
  for (const std::size_t id : live_) nodes_[id]->start();
}

void Network::place(const Geography& geography) {
  const std::vector<Site> sites = geography.network(of_.nodes);
  one_way_ms_.assign(of_.nodes, std::vector<std::int64_t>(of_.nodes));
  for (NodeId from = 0; from < of_.nodes; ++from)
    for (NodeId to = 0; to < of_.nodes; ++to) {
      if (from == to) continue;
      one_way_ms_[from][to] = geography.one_way_ms(sites[from], sites[to]);
      world_.set_distance(from, to, one_way_ms_[from][to]);
    }
}

void Network::choose_silent() {
  while (silent_.size() < of_.silent) silent_.insert(static_cast<NodeId>(world_.random().below(of_.nodes)));
  for (NodeId id = 0; id < of_.nodes; ++id)
    if (!silent_.contains(id)) live_.push_back(id);
}

void Network::account(const PacketPtr& packet) {
  if (packet != last_packet_) {
    last_packet_ = packet;
    last_bytes_ = wire_bytes(*packet, blocks_);
    notice_proposal(*packet);
  }
  ++messages_;
  bytes_ += last_bytes_;
}

void Network::notice_proposal(const Packet& packet) {
  const auto* message = std::get_if<consensus::Message>(&packet);
  const auto* proposal = message == nullptr ? nullptr : std::get_if<consensus::Proposal>(message);
  if (proposal == nullptr || proposed_at_ms_ >= 0) return;
  const auto& events = blocks_.at(proposal->block.digest).events;
  if (std::find(events.begin(), events.end(), next_event_ - 1) != events.end()) proposed_at_ms_ = world_.now_ms();
}

std::optional<Times> Network::one_event(NodeId at) {
  const std::int64_t start_ms = world_.now_ms();
  final_at_ms_.assign(of_.nodes, -1);
  proposed_at_ms_ = -1;
  nodes_[at]->submit(next_event_++);
  const auto everywhere = [&] {
    return std::all_of(live_.begin(), live_.end(), [&](std::size_t id) { return final_at_ms_[id] >= 0; });
  };
  while (!everywhere()) {
    if (world_.now_ms() > start_ms + kEventLimitMs) return std::nullopt;
    world_.run_until(world_.now_ms() + kDeltaMs / 4);
  }
  const Times times{.here = final_at_ms_[at] - start_ms,
                    .everywhere = *std::max_element(final_at_ms_.begin(), final_at_ms_.end()) - start_ms,
                    .proposed = final_at_ms_[at] - proposed_at_ms_};
  const std::int64_t next_ms = world_.now_ms() + kPauseMs;
  world_.after(kPauseMs, [] {});
  world_.run_until(next_ms);
  return times;
}

void Network::measure(Samples& samples) {
  std::size_t turn = 0;
  const auto next = [&] { return static_cast<NodeId>(live_[turn++ % live_.size()]); };
  const auto view = [&] { return nodes_[live_.front()]->replica().status().view.value; };
  // A silent leader is skipped once it was not heard for 2n views, and replicas count from where they started.
  while (of_.silent > 0 && view() <= of_.nodes) {
    const auto times = one_event(next());
    if (!times) return void(samples.all_final = false);
    samples.learning.push_back(times->here);
  }
  const std::size_t rounds = (kEventsMin + live_.size() - 1) / live_.size();
  messages_ = bytes_ = 0;
  const std::uint64_t height = oracle_.reported_height().value;
  for (std::size_t i = 0; i < rounds * live_.size(); ++i) {
    const auto times = one_event(next());
    if (!times) return void(samples.all_final = false);
    samples.here.push_back(times->here);
    samples.everywhere.push_back(times->everywhere);
    samples.proposed.push_back(times->proposed);
  }
  samples.messages += messages_;
  samples.bytes += bytes_;
  samples.blocks += oracle_.reported_height().value - height;
  for (const std::int64_t delay_ms : quorum_delays_ms(one_way_ms_, live_, quorum_))
    samples.quorum_delays.push_back(delay_ms);
}

}  // namespace

Figures run_case(const Geography& geography, const Case& of) {
  Samples samples;
  for (std::uint64_t placement = 1; placement <= kPlacements && samples.all_final; ++placement)
    Network(geography, of, placement).measure(samples);
  Figures figures{.of = of, .events = samples.here.size(), .all_final = samples.all_final};
  if (!samples.all_final) return figures;
  figures.here_p50 = percentile(samples.here, 50);
  figures.here_p99 = percentile(samples.here, 99);
  figures.everywhere_p50 = percentile(samples.everywhere, 50);
  figures.everywhere_p99 = percentile(samples.everywhere, 99);
  figures.proposed_p50 = percentile(samples.proposed, 50);
  if (!samples.learning.empty()) {
    figures.learning_p50 = percentile(samples.learning, 50);
    figures.learning_p99 = percentile(samples.learning, 99);
  }
  figures.quorum_delay = percentile(samples.quorum_delays, 50);
  figures.messages_per_block = static_cast<double>(samples.messages) / static_cast<double>(samples.blocks);
  figures.bytes_per_block = static_cast<double>(samples.bytes) / static_cast<double>(samples.blocks);
  return figures;
}

}  // namespace kimberlite::wan
