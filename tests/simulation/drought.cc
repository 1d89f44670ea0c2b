#include "tests/simulation/drought.h"

#include <vector>

#include "tests/simulation/deployment.h"

namespace kimberlite::simulation {

namespace {

constexpr std::size_t kReplicas = 4;
constexpr std::int64_t kDeltaMs = 500;
constexpr std::size_t kJournalRecords = 128;
/// More views than the journal holds records, at one vote a view at the least.
constexpr std::uint64_t kDryViews = 2 * kJournalRecords;
constexpr std::int64_t kRecoveryLimitMs = 300'000;

void demand_finality(Deployment& deployment) {
  const std::int64_t end_ms = deployment.world.now_ms() + kRecoveryLimitMs;
  while (!deployment.everything_final()) {
    if (deployment.world.now_ms() >= end_ms) throw Violation("L1", "not everything is final;" + deployment.standing());
    deployment.run_for(kDeltaMs / 4);
  }
}

View view_of(Deployment& deployment) {
  return deployment.node(0).replica().status().view;
}

}  // namespace

DroughtResult live_through_drought(std::uint64_t seed, bool keeps_certificates) {
  DroughtResult result;
  Deployment deployment(seed, std::vector<Role>(kReplicas, Role::kHonest), {});
  deployment.cluster.delta_ms = kDeltaMs;
  deployment.cluster.journal_capacity = kJournalRecords;
  deployment.cluster.forgets_kept = !keeps_certificates;
  deployment.cluster.pool_survives = true;
  deployment.world.weather = Weather{.delay_ms_max = kDeltaMs / 10};
  try {
    for (NodeId id = 0; id < kReplicas; ++id) deployment.start(id);
    deployment.submit_somewhere();
    demand_finality(deployment);
    const View begun = view_of(deployment);
    deployment.cluster.loses_proposals = true;
    deployment.submit_somewhere();
    while (view_of(deployment).value < begun.value + kDryViews) deployment.run_for(kDeltaMs);
    result.views = view_of(deployment).value - begun.value;
    for (NodeId id = 0; id < kReplicas; ++id) deployment.node(id).crash();
    deployment.cluster.loses_proposals = false;
    for (NodeId id = 0; id < kReplicas; ++id) deployment.start(id);
    deployment.connect_all();
    deployment.submit_somewhere();
    demand_finality(deployment);
  } catch (const Violation& violation) {
    result.violation = violation.what();
  }
  return result;
}

}  // namespace kimberlite::simulation
