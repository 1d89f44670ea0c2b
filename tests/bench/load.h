// Open-loop load: envelopes signed beforehand, sent at fixed times whatever the answers; latency counts from the time
// at which an envelope should have been sent, so a stalled network cannot hide behind a waiting client. Also the load
// of tests/cluster/bounds. Not thread-safe; the runs of two loads may go on side by side.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cluster/daemon_network.h"
#include "tests/cluster/load.h"

namespace kimberlite::bench {

/// Who submits what, and where.
struct LoadShape {
  std::vector<std::string> codes;     ///< nodes that take submissions; empty: all of the network
  std::size_t clients = 8;            ///< connections, spread over these nodes
  std::uint64_t first_number = 1;     ///< of the certificates issued
  std::size_t events = 1;             ///< in each envelope
  std::chrono::seconds patience{30};  ///< for an answer; later ones count as none
};

struct LoadResult {
  double offered_per_second{};  ///< envelopes
  double final_per_second{};    ///< envelopes answered FINAL, over the time to the last answer
  double p50_ms{};
  double p99_ms{};
  std::size_t final_count{};
  std::size_t other{};                       ///< refused, pending, failed
  std::vector<cluster::FinalAnswer> finals;  ///< of open_loop: what was answered FINAL, and where it stands
};

class Load {
 public:
  Load(cluster::DaemonNetwork& network, LoadShape shape);

  /// Signs the next envelopes; each event has a certificate number of its own.
  std::vector<std::string> sign(std::size_t count);
  /// One envelope after the other, each waited for.
  LoadResult one_by_one(std::size_t count);
  /// These envelopes at `rate` a second.
  [[nodiscard]] LoadResult open_loop(const std::vector<std::string>& envelopes, double rate) const;
  /// `rate` envelopes a second for `seconds`.
  LoadResult open_loop(double rate, double seconds);

 private:
  cluster::DaemonNetwork& network_;
  LoadShape shape_;
};

}  // namespace kimberlite::bench
