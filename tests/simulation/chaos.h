// The safety phase of a run: faults of all kinds, one after another, at times, places and with a choice of kinds that
// the seed decides; in between events are handed in. At most f validators are impaired for good (Byzantine, disk lost,
// rolled back); everything else happens to anybody and at any time. It must outlive the world's events.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tests/simulation/target.h"

namespace kimberlite::simulation {

class Chaos {
 public:
  Chaos(Target& target, World& world);
  /// Goes on for a while of virtual time: 10 to 150 Δ.
  void run();
  /// What is still under way ends: no more restarts, nothing is slow any more.
  void stop();

 private:
  struct Kind {
    std::uint64_t weight;
    void (Chaos::*inject)();
  };
  void one_step();
  [[nodiscard]] NodeId anyone() { return static_cast<NodeId>(world_.random().below(target_.size())); }
  /// A node that is up; nobody if none is.
  [[nodiscard]] std::optional<NodeId> anyone_up();
  /// Whoever leads the view of some node that is up.
  [[nodiscard]] NodeId leader();
  /// An honest node that may be impaired for good: within f, and not impaired yet; nobody if there is none.
  [[nodiscard]] std::optional<NodeId> victim();

  // Each injects one fault and counts it.
  void draw_weather();
  void slow_links();
  void replay();
  void partition();
  void isolate();
  void cut_leader_off();
  void cut_one_way();
  void bridge();
  void cut_one_pair();
  void cut_at_random();
  void cut_one_more_link();
  void restore_one_link();
  void restore_links();
  void crash();
  void restart_some();
  void storm();
  void cut_power();
  void stall_disk();
  void lose_disk();
  void roll_back();
  void pause();
  void jump_clock();
  void drift_clock();

  void cut_pair(NodeId a, NodeId b, bool is_cut);
  void cut_all_of(NodeId id, bool to_it, bool from_it);
  void storm_step(NodeId id, std::uint64_t left);

  Target& target_;
  World& world_;
  std::vector<Kind> kinds_;                           ///< those of this run
  std::vector<std::pair<NodeId, NodeId>> links_cut_;  ///< one by one
  bool active_{true};
};

}  // namespace kimberlite::simulation
