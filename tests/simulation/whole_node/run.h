// One seeded run of whole nodes: a safety phase of faults of all kinds (tests/simulation/chaos.h), then a liveness
// phase in which the network is timely, all but at most f validators are back, and everything handed in must become
// final (L1, L2), after which the network must fall silent (Q1), wake for a new event, and fall silent again. Not
// thread-safe.
#pragma once

#include <cstdint>

#include "tests/simulation/run.h"
#include "tests/simulation/whole_node/node.h"

namespace kimberlite::whole_node {

struct RunOptions {
  std::uint64_t seed{};
  std::size_t replicas{4};  ///< validators of genesis, or simulation::kAnyReplicas
  Broken broken{Broken::kNothing};
  bool calm{};  ///< no faults at all
  simulation::World::TraceSink trace;
};

/// How many validators the seed says, where kAnyReplicas are asked for: 2 to 85, small networks more often.
std::size_t draw_replicas(std::uint64_t seed);

simulation::RunResult run(const RunOptions& options);

}  // namespace kimberlite::whole_node
