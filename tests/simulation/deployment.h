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

namespace kimberlite::simulation {

enum class Role : std::uint8_t { kHonest, kEquivocator, kWithholder, kLiar };

class Deployment {
 public:
  /// One node for each role. Nobody is started. The seed decides all chance, and the order of leaders.
  Deployment(std::uint64_t seed, std::vector<Role> roles, World::TraceSink trace);

  World world;
  Blocks blocks;
  Oracle oracle;
  Cluster cluster;
  Conspiracy conspiracy;
  std::uint64_t changes_per_mille{};  ///< of events handed in, those that change the validators
  bool tells_connections{};           ///< replicas are told when a link is (again) there

  [[nodiscard]] NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  /// f of this many validators.
  [[nodiscard]] std::size_t faulty_max() const { return (nodes_.size() - 1) / 3; }
  [[nodiscard]] Node& node(NodeId id) { return *nodes_[id]; }
  [[nodiscard]] const Node& node(NodeId id) const { return *nodes_[id]; }
  [[nodiscard]] bool honest(NodeId id) const { return roles_[id] == Role::kHonest; }
  /// Whose vote can no longer be counted on: Byzantine, or without their disk, or rolled back.
  [[nodiscard]] const std::set<NodeId>& impaired() const { return impaired_; }
  void impair(NodeId id) { impaired_.insert(id); }

  void start(NodeId id);
  /// Tells both that the link between them is there, if it is and they are up.
  void connect(NodeId a, NodeId b);
  void connect_all();
  /// Cuts or restores both directions.
  void cut_pair(NodeId a, NodeId b, bool is_cut);
  /// Lets time pass, also when nothing is to happen.
  void run_for(std::int64_t ms);
  /// A client of an honest node that runs hands in an event, which is demanded from now on; nothing if none runs.
  void submit_somewhere();
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
