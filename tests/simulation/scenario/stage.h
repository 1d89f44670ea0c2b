// Plays a scenario: a simulated cluster without any chance (every packet takes 10 ms, disks and execution no time, Δ is
// 1000 ms), driven line by line, and the trace of what its replicas did. The commands are listed in
// tests/simulation/scenarios/README.md. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consensus/leader_order.h"
#include "tests/simulation/deployment.h"
#include "tests/simulation/scenario/script.h"

namespace kimberlite::scenario {

class Stage {
 public:
  Stage();
  /// Does what a line says. Throws std::runtime_error with its number if it makes no sense or does not hold, and
  /// simulation::Violation if a property breaks.
  void play(const Line& line);
  /// What was done and said, line by line.
  [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }

 private:
  /// The words after the verb, taken one by one.
  class Words;
  using Verb = void (Stage::*)(Words&);

  void replicas(Words& words);
  void submit(Words& words);
  void events(Words& words);
  void run(Words& words);
  void until(Words& words);
  void cut(Words& words);
  void heal(Words& words);
  void drop(Words& words);
  void deliver(Words& words);
  void crash(Words& words);
  void start(Words& words);
  void pause(Words& words);
  void stall(Words& words);
  void back_up(Words& words);
  void roll_back(Words& words);
  void lose_disk(Words& words);
  void vote(Words& words);
  void propose(Words& words);
  void trace_switch(Words& words);
  void expect(Words& words);

  /// A number, or "L3" for the leader of view 3.
  [[nodiscard]] simulation::NodeId node_of(const std::string& word) const;
  /// The nodes that the remaining words name; "all": all that are up.
  [[nodiscard]] std::vector<simulation::NodeId> nodes_of(Words& words) const;
  [[nodiscard]] bool holds(Words& words);
  [[nodiscard]] bool holds_at(const std::string& what, std::uint64_t number, simulation::NodeId id) const;
  [[nodiscard]] bool falls_quiet();
  void send_all(simulation::NodeId from, const std::vector<simulation::NodeId>& to, const consensus::Message& message);
  void note_proposal(const simulation::Packet& packet);
  void take_line(const std::string& line);

  std::map<std::string, Verb> verbs_;
  std::unique_ptr<simulation::Deployment> deployment_;
  std::unique_ptr<consensus::LeaderOrder> order_;
  std::map<View, consensus::BlockRef> proposed_;  ///< the first block seen in each view
  std::vector<std::function<bool(simulation::NodeId, simulation::NodeId, const simulation::Packet&)>> drops_;
  std::vector<std::string> trace_;
  bool tracing_{true};
  std::uint64_t made_up_ = 0;
};

}  // namespace kimberlite::scenario
