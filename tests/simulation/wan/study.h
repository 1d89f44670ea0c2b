// One case of the study: a network of real replicas in the simulated world, at the distances of the participants, with
// some nodes silent. Events are handed in one after another at every live node in turn; what is measured is the virtual
// time until each is final, and what travelled meanwhile. Not thread-safe: one run at a time.
//
// Not covered: bandwidth, loss, many events at once (kimberlite-bench has the load), the time that real signatures
// take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/simulation/wan/geography.h"

namespace kimberlite::wan {

/// Δ of the simulated networks: the node's default.
inline constexpr std::int64_t kDeltaMs = 1000;
/// Longest sync of a journal or of a body, longest execution of a block, longest jitter on a link; drawn evenly from 0.
inline constexpr std::int64_t kDiskMsMax = 10;
inline constexpr std::int64_t kExecuteMsMax = 4;
inline constexpr std::int64_t kJitterMsMax = 4;
/// Every case is run with so many choices of the silent nodes and orders of leaders.
inline constexpr std::size_t kPlacements = 3;
/// Events measured in each of them: at least so many, and the same number at each live node.
inline constexpr std::size_t kEventsMin = 100;

struct Case {
  std::size_t nodes{};
  std::size_t silent{};
};

/// Times are milliseconds of virtual time from handing in, at a live node, to durable finality.
struct Figures {
  Case of;
  std::size_t events{};     ///< measured
  bool all_final{};         ///< every event became final at every live node
  std::int64_t here_p50{};  ///< ... where it was handed in
  std::int64_t here_p99{};
  std::int64_t everywhere_p50{};  ///< ... at the last live node
  std::int64_t everywhere_p99{};
  std::int64_t proposed_p50{};  ///< from the leader's proposal to finality where the event was handed in
  std::int64_t learning_p50{};  ///< where handed in, while silent leaders are not yet skipped; 0 without silent nodes
  std::int64_t learning_p99{};
  std::int64_t quorum_delay{};  ///< one way to the quorum-th farthest live validator, median over the nodes
  double messages_per_block{};  ///< of all nodes together, with envelopes and checkpoint signatures
  double bytes_per_block{};
};

/// Runs a case. Same geography, same figures.
Figures run_case(const Geography& geography, const Case& of);

}  // namespace kimberlite::wan
