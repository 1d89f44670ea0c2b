// A whole simulated cluster: the world, the judge, and a node for each validator, some of them Byzantine. What every
// kind of run does with it is here: starting, connecting, handing in events, cutting, asking how far it is. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/equivocator.h"
#include "tests/simulation/node.h"
#include "tests/simulation/target.h"

namespace kimberlite::simulation {

enum class Role : std::uint8_t { kHonest, kEquivocator, kWithholder, kLiar, kIdler };

class Deployment final : public Target {
 public:
  /// One node for each role. Nobody is started. The seed decides all chance, and the order of leaders.
  Deployment(std::uint64_t seed, std::vector<Role> roles, World::TraceSink trace);

  ModelWorld world;
  Blocks blocks;
  Oracle oracle;
  Cluster cluster;
  Conspiracy conspiracy;
  std::uint64_t changes_per_mille{};  ///< of events handed in, those that change the validators
  bool tells_connections{};           ///< replicas are told when a link is (again) there

  [[nodiscard]] NodeId size() const override { return static_cast<NodeId>(nodes_.size()); }
  [[nodiscard]] std::size_t faulty_max() const override { return (nodes_.size() - 1) / 3; }
  [[nodiscard]] Node& node(NodeId id) { return *nodes_[id]; }
  [[nodiscard]] const Node& node(NodeId id) const { return *nodes_[id]; }
  [[nodiscard]] bool honest(NodeId id) const { return roles_[id] == Role::kHonest; }
  [[nodiscard]] const std::set<NodeId>& impaired() const override { return impaired_; }
  void impair(NodeId id) override { impaired_.insert(id); }
  [[nodiscard]] std::int64_t delta_ms() const override { return cluster.delta_ms; }

  [[nodiscard]] bool up(NodeId id) const override { return nodes_[id]->up(); }
  [[nodiscard]] NodeId leader_seen_by(NodeId id) const override { return nodes_[id]->replica().status().leader; }
  void start(NodeId id) override;
  void crash(NodeId id) override { nodes_[id]->crash(); }
  void pause(NodeId id, std::int64_t ms) override { nodes_[id]->pause(ms); }
  void jump_clock(NodeId id, std::int64_t ahead_ms) override { nodes_[id]->jump_clock(ahead_ms); }
  void set_clock_rate(NodeId id, std::int64_t per_mille) override { nodes_[id]->set_clock_rate(per_mille); }
  void stall_disk(NodeId id, std::int64_t ms) override { nodes_[id]->stall_disk(ms); }
  void lose_disk(NodeId id) override { nodes_[id]->lose_disk(); }
  void back_up(NodeId id) override { nodes_[id]->back_up(); }
  [[nodiscard]] bool has_backup(NodeId id) const override { return nodes_[id]->has_backup(); }
  void roll_back(NodeId id) override { nodes_[id]->roll_back(); }
  void set_speeds(std::int64_t disk_ms_max, std::int64_t execute_ms_max) override;
  /// Tells both that the link between them is there, if it is and they are up.
  void connect(NodeId a, NodeId b) override;
  void connect_all() override;
  /// Cuts or restores both directions.
  void cut_pair(NodeId a, NodeId b, bool is_cut);
  void run_for(std::int64_t ms) override;
  /// What is handed in is demanded from now on.
  void submit_somewhere() override;
  void submit_at(NodeId id);
  /// One that changes the validators.
  void submit_change_at(NodeId id);
  /// What was handed in before is not demanded any more.
  void forget_demands() { demanded_.clear(); }

  /// Whether everything demanded, everything in the pools of voters and everything reported is final at every honest
  /// node up.
  [[nodiscard]] bool everything_final() const;
  /// Where each node stands, a line a node.
  [[nodiscard]] std::string standing() const;
  /// Records handed to all journals.
  [[nodiscard]] std::uint64_t records_written() const;
  /// Events that are final for the judge.
  [[nodiscard]] std::uint64_t events_final() const { return oracle.events_final(); }

 private:
  void demand(NodeId id, EventId event);

  std::vector<Role> roles_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<NodeId> impaired_;
  std::set<EventId> demanded_;
  EventId next_event_ = 1;
  Random changes_;  ///< apart, so that runs without changes are what they were
};

}  // namespace kimberlite::simulation
