// The studies of the benchmark. Each starts networks of its own, prints its lines as they come and asserts nothing:
// performance is never a test. False: a network did not become ready, or its nodes did not end with one log.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/bench/machine_limits.h"
#include "tests/bench/text.h"

namespace kimberlite::bench {

struct NetworkStudy {
  std::size_t nodes = 4;
  std::size_t clients = 8;
  std::size_t events = 1;  ///< in an envelope
  double seconds = 5;      ///< of a load step
  double rate = 0;         ///< one step at this rate; 0: a search
};
/// One network: an event at a time, quiet, then more and more load.
bool study_network(const NetworkStudy& study, const MachineLimits& limits, Text& text);

struct SizesStudy {
  std::vector<std::size_t> sizes{4, 7, 10, 16};
  double seconds = 5;
};
/// Networks of several sizes, each whole and with a silent leader: latency, throughput, and the cost of a view.
bool study_sizes(const SizesStudy& study, const MachineLimits& limits, Text& text);

struct RecoveryStudy {
  std::size_t behind = 20'000;  ///< events that a node missed
  std::size_t events = 1;       ///< in an envelope
  double rate = 500;            ///< envelopes a second while it is away
  bool by_snapshot = false;     ///< it never ran before, and joins by a snapshot of the state
};
/// Four nodes, one of which comes back after so many events, and once more when it has all of them. Verifications a
/// second are measured right before and right after, and their mean is what the ratio refers to.
bool study_recovery(const RecoveryStudy& study, Text& text);

struct SoakStudy {
  std::size_t minutes = 60;
  std::size_t events = 1;  ///< in an envelope
  double rate = 100;       ///< envelopes a second
};
/// Four nodes under a steady load: what their memory, descriptors and folders do with time.
bool study_soak(const SoakStudy& study, Text& text);

/// What the ratios of all studies refer to.
void print_limits(const MachineLimits& limits, Text& text);

}  // namespace kimberlite::bench
