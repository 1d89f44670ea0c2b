// Open-loop load: envelopes signed beforehand, sent at fixed times whatever the answers; latency counts from the time
// at which an envelope should have been sent, so a stalled network cannot hide behind a waiting client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cluster/daemon_network.h"

namespace kimberlite::bench {

struct LoadResult {
  double offered_per_second{};
  double final_per_second{};  ///< envelopes answered FINAL, over the time to the last answer
  double p50_ms{};
  double p99_ms{};
  std::size_t final_count{};
  std::size_t other{};  ///< refused, pending, failed
};

class Load {
 public:
  /// `clients` connections, spread over the nodes.
  Load(cluster::DaemonNetwork& network, std::size_t clients);

  /// One envelope after the other, each waited for.
  LoadResult one_by_one(std::size_t count);
  /// `rate` envelopes a second for `seconds`.
  LoadResult open_loop(double rate, double seconds);

 private:
  std::vector<std::string> sign(std::size_t count);

  cluster::DaemonNetwork& network_;
  std::size_t clients_;
  std::uint64_t next_number_{1};
};

}  // namespace kimberlite::bench
