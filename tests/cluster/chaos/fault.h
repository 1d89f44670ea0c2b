// The kinds of faults: what each needs, breaks, and how it is made good again. One file a family: process_faults.cc,
// pause_faults.cc, network_faults.cc, disk_faults.cc, store_faults.cc, key_faults.cc, clock_faults.cc. Not thread-safe;
// called from the main thread, because a daemon dies with the thread that started it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

/// Chance by seed: the same seed makes the same choices in the same order.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  /// From `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// `count` different nodes of `nodes`, in any order.
  std::vector<std::size_t> some(std::size_t count, std::size_t nodes);
  template <typename Item>
  void shuffle(std::vector<Item>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[engine_() % i]);
  }

 private:
  std::mt19937_64 engine_;
};

/// A fault that holds.
struct ActiveFault {
  std::string what;                ///< for people: "kill -9 BW"
  std::set<std::size_t> affected;  ///< nodes that may stand still, or end by themselves
  bool quorum = true;              ///< whether the others can go on
  /// Since when they can, where breaking it took the quorum for a while: microseconds of the steady clock.
  std::int64_t quorum_since_us = 0;
  /// How long it lasts, as far as the campaign permits; 0: as long as the campaign draws.
  std::int64_t hold_ms = 0;
  /// Called every 100 ms while the fault holds; may be empty.
  std::function<Result<void>()> tick;
  /// Makes it good again; every node runs afterwards.
  std::function<Result<void>()> heal;
};

/// What a kind cannot do without.
enum class Need : std::uint8_t { kNothing, kRelay, kPackets, kDisk };

struct FaultKind {
  std::string_view name;
  Need need{};
  std::string_view meaning;
  /// Breaks something now. An error: it could not be broken, or did not behave as it must.
  Result<ActiveFault> (*inject)(Stage& stage, Chance& chance);
};

/// All kinds, by family.
std::vector<FaultKind> fault_kinds();
std::vector<FaultKind> process_fault_kinds();
std::vector<FaultKind> pause_fault_kinds();
std::vector<FaultKind> network_fault_kinds();
std::vector<FaultKind> disk_fault_kinds();
std::vector<FaultKind> store_fault_kinds();
std::vector<FaultKind> key_fault_kinds();
std::vector<FaultKind> clock_fault_kinds();

/// How many nodes may fail at once.
std::size_t tolerated(std::size_t nodes);
/// How many must vote for the same.
std::size_t quorum(std::size_t nodes);
/// One to tolerated() nodes.
std::vector<std::size_t> draw_victims(Stage& stage, Chance& chance);
/// "kill -9" and {0, 2} as "kill -9 BW IN".
std::string describe(const std::string& what, Stage& stage, const std::vector<std::size_t>& nodes);
/// A set of the nodes of a list.
std::set<std::size_t> as_set(const std::vector<std::size_t>& nodes);
/// All nodes.
std::set<std::size_t> everybody(Stage& stage);
/// Starts those of the nodes that do not run.
void start_ended(Stage& stage, const std::vector<std::size_t>& nodes);

}  // namespace kimberlite::chaos
