#include "tests/simulation/crash_points.h"

#include <vector>

#include "tests/simulation/deployment.h"

namespace kimberlite::simulation {

namespace {

constexpr std::size_t kReplicas = 4;
/// More places than one node has while one block becomes final.
constexpr std::uint64_t kPlacesMax = 1000;
constexpr std::int64_t kDeltaMs = 500;
/// Virtual time in which everything must be final, with a node that was down for a moment.
constexpr std::int64_t kRecoveryLimitMs = 60'000;

/// True once everything is final; the crashed node is started again a little after its crash.
bool all_final(Deployment& deployment, NodeId victim) {
  const std::int64_t end_ms = deployment.world.now_ms() + kRecoveryLimitMs;
  while (deployment.world.now_ms() < end_ms) {
    deployment.run_for(kDeltaMs / 4);
    if (!deployment.node(victim).up())
      deployment.start(victim);
    else if (deployment.everything_final())
      return true;
  }
  return false;
}

/// One life of a block with a crash; whether its place was reached at all.
bool crash_at(std::uint64_t seed, NodeId victim, std::uint64_t place) {
  Deployment deployment(seed, std::vector<Role>(kReplicas, Role::kHonest), {});
  deployment.cluster.delta_ms = kDeltaMs;
  deployment.world.weather = Weather{.delay_ms_max = kDeltaMs / 10};
  deployment.cluster.crash_point = CrashPoint{.node = victim, .places_left = place};
  for (NodeId id = 0; id < kReplicas; ++id) deployment.start(id);
  if (!deployment.node(victim).up()) deployment.start(victim);
  deployment.submit_at(victim == 0 ? 1 : 0);
  if (!all_final(deployment, victim)) throw Violation("L1", "not everything is final;" + deployment.standing());
  deployment.submit_somewhere();
  if (!all_final(deployment, victim)) throw Violation("L1", "not everything is final;" + deployment.standing());
  return deployment.cluster.crash_point->reached;
}

}  // namespace

CrashPointsResult crash_at_every_point(std::uint64_t seed) {
  CrashPointsResult result;
  for (NodeId victim = 0; victim < kReplicas; ++victim) {
    for (std::uint64_t place = 0; place < kPlacesMax; ++place) {
      try {
        if (!crash_at(seed, victim, place)) break;
        ++result.places;
      } catch (const Violation& violation) {
        result.violation =
            "node " + std::to_string(victim) + " crashing at place " + std::to_string(place) + ": " + violation.what();
        return result;
      }
    }
  }
  return result;
}

}  // namespace kimberlite::simulation
