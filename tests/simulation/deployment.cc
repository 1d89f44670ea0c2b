#include "tests/simulation/deployment.h"

#include <utility>

#include "tests/simulation/cluster.h"
#include "tests/simulation/idler.h"
#include "tests/simulation/liar.h"
#include "tests/simulation/withholder.h"

namespace kimberlite::simulation {

Deployment::Deployment(std::uint64_t seed, std::vector<Role> roles, World::TraceSink trace)
    : world(mix(seed, roles.size()), roles.size(), std::move(trace)),
      blocks(digest_of(seed)),
      oracle(blocks, roles.size()),
      cluster{world, blocks, oracle, make_validators(roles.size()), digest_of(seed)},
      roles_(std::move(roles)),
      changes_(mix(seed, 2003)) {
  for (NodeId id = 0; id < roles_.size(); ++id) {
    switch (roles_[id]) {
      case Role::kHonest:
        nodes_.push_back(std::make_unique<Node>(cluster, id));
        continue;
      case Role::kEquivocator:
        nodes_.push_back(std::make_unique<Equivocator>(cluster, id, conspiracy));
        break;
      case Role::kWithholder:
        nodes_.push_back(std::make_unique<Withholder>(cluster, id, conspiracy));
        break;
      case Role::kLiar:
        nodes_.push_back(std::make_unique<Liar>(cluster, id, conspiracy));
        break;
      case Role::kIdler:
        nodes_.push_back(std::make_unique<Idler>(cluster, id));
        break;
    }
    impaired_.insert(id);
  }
  world.on_deliver([this](NodeId to, NodeId from, const PacketPtr& packet) {
    if (nodes_[to]->up()) nodes_[to]->receive(from, packet);
  });
}

void Deployment::start(NodeId id) {
  nodes_[id]->start();
  for (NodeId peer = 0; peer < size(); ++peer)
    if (peer != id && nodes_[peer]->up()) connect(id, peer);
}

void Deployment::set_speeds(std::int64_t disk_ms_max, std::int64_t execute_ms_max) {
  cluster.disk_ms_max = disk_ms_max;
  cluster.execute_ms_max = execute_ms_max;
}

void Deployment::connect(NodeId a, NodeId b) {
  if (!tells_connections) return;
  const std::int64_t delay_ms = world.random().between(0, cluster.delta_ms / 4);
  for (const auto& link : {std::pair{a, b}, std::pair{b, a}})
    world.after(delay_ms, [this, from = link.first, to = link.second] {
      const bool linked = !world.is_cut(from, to) && !world.is_cut(to, from);
      if (nodes_[from]->up() && nodes_[to]->up() && linked) nodes_[from]->connected(to);
    });
}

void Deployment::connect_all() {
  for (NodeId a = 0; a < size(); ++a)
    for (NodeId b = 0; b < a; ++b) connect(a, b);
}

void Deployment::cut_pair(NodeId a, NodeId b, bool is_cut) {
  world.cut(a, b, is_cut);
  world.cut(b, a, is_cut);
}

void Deployment::run_for(std::int64_t ms) {
  const std::int64_t end_ms = world.now_ms() + ms;
  world.after(ms, [] {});  // with nobody up the queue may run dry: time goes on nevertheless
  world.run_until(end_ms);
}

void Deployment::submit_somewhere() {
  std::vector<NodeId> open;
  for (NodeId id = 0; id < size(); ++id)
    if (honest(id) && nodes_[id]->up() && !nodes_[id]->paused()) open.push_back(id);
  if (!open.empty()) submit_at(open[world.random().below(open.size())]);
}

void Deployment::submit_at(NodeId id) {
  if (changes_per_mille > 0 && changes_.chance(changes_per_mille)) return submit_change_at(id);
  demand(id, next_event_++);
}

void Deployment::submit_change_at(NodeId id) {
  world.faults.add(Fault::kValidatorChange);
  demand(id, next_event_++ | kChangesValidators);
}

void Deployment::demand(NodeId id, EventId event) {
  demanded_.insert(event);
  nodes_[id]->submit(event);
}

bool Deployment::everything_final() const {
  for (NodeId id = 0; id < size(); ++id) {
    const Node& node = *nodes_[id];
    if (!honest(id) || !node.up()) continue;
    // Who does not vote has no timer to push what only it knows of.
    if (node.has_pool() && !impaired_.contains(id)) return false;
    if (node.height() < oracle.reported_height()) return false;
    for (const EventId event : demanded_)
      if (!node.has_final(event)) return false;
  }
  return true;
}

std::string Deployment::standing() const {
  std::string words;
  for (const auto& node : nodes_) {
    words += "\n  node " + std::to_string(node->id()) + ": ";
    if (!node->up()) {
      words += "down";
      continue;
    }
    const auto status = node->replica().status();
    words += "height " + std::to_string(node->height().value) + ", view " + std::to_string(status.view.value) +
             ", final view " + std::to_string(status.final_view.value) + ", " + status.why;
  }
  return words;
}

std::uint64_t Deployment::records_written() const {
  std::uint64_t sum = 0;
  for (const auto& node : nodes_) sum += node->records_written();
  return sum;
}

}  // namespace kimberlite::simulation
