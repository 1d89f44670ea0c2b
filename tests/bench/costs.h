// What a network has spent so far, read from its nodes: their metrics and the system's accounts. Costs of a stretch of
// time are differences. Not thread-safe.
#pragma once

#include <cstdint>

#include "tests/cluster/daemon_network.h"

namespace kimberlite::bench {

/// Sums over the running nodes, since their starts.
struct Costs {
  double synced_writes{};
  double disk_bytes{};
  double processor_us{};  ///< of all threads, in the kernel too
  double messages{};      ///< between nodes, counted where they arrive
  double peer_bytes{};
  double signatures_made{};      ///< votes and checkpoints
  double signatures_verified{};  ///< of what came from peers
  double views{};                ///< of the node that is furthest

  friend Costs operator-(const Costs& after, const Costs& before);
};

Costs costs_of(cluster::DaemonNetwork& network);

}  // namespace kimberlite::bench
