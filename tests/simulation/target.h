// A cluster of nodes as chaos sees it: who is there, and what can be done to each. What comes over a link is the
// world's affair. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "tests/simulation/world.h"

namespace kimberlite::simulation {

class Target {
 public:
  virtual ~Target() = default;

  [[nodiscard]] virtual NodeId size() const = 0;
  /// Most validators that may be impaired for good: f of the set.
  [[nodiscard]] virtual std::size_t faulty_max() const = 0;
  /// Whose vote can no longer be counted on: Byzantine, or without their disk, or rolled back.
  [[nodiscard]] virtual const std::set<NodeId>& impaired() const = 0;
  virtual void impair(NodeId id) = 0;
  /// Δ of the network.
  [[nodiscard]] virtual std::int64_t delta_ms() const = 0;

  [[nodiscard]] virtual bool up(NodeId id) const = 0;
  /// Who leads the view of this node. REQUIRES: up(id).
  [[nodiscard]] virtual NodeId leader_seen_by(NodeId id) const = 0;
  virtual void start(NodeId id) = 0;
  /// REQUIRES: up(id).
  virtual void crash(NodeId id) = 0;
  /// The process stands still for so long.
  virtual void pause(NodeId id, std::int64_t ms) = 0;
  /// Its clock shows another time from now on.
  virtual void jump_clock(NodeId id, std::int64_t ahead_ms) = 0;
  /// Its clock goes at this rate, LocalClock::kTrueRate being right.
  virtual void set_clock_rate(NodeId id, std::int64_t per_mille) = 0;
  /// Nothing is synced for so long.
  virtual void stall_disk(NodeId id, std::int64_t ms) = 0;
  /// Everything on its disk is gone.
  virtual void lose_disk(NodeId id) = 0;
  /// Remembers what is on its disk.
  virtual void back_up(NodeId id) = 0;
  [[nodiscard]] virtual bool has_backup(NodeId id) const = 0;
  /// Its disk is as it was at the backup. REQUIRES: has_backup(id).
  virtual void roll_back(NodeId id) = 0;
  /// Longest sync, and longest work on a block, of every node from now on.
  virtual void set_speeds(std::int64_t disk_ms_max, std::int64_t execute_ms_max) = 0;

  /// The link between two nodes is there again: they may be told.
  virtual void connect(NodeId a, NodeId b) = 0;
  virtual void connect_all() = 0;
  /// Lets time pass, also when nothing is to happen.
  virtual void run_for(std::int64_t ms) = 0;
  /// A client of an honest node that runs hands in an event; nothing if none runs.
  virtual void submit_somewhere() = 0;
};

}  // namespace kimberlite::simulation
