// The table of a run, in Markdown. Thread-safe: pure.
#pragma once

#include <string>
#include <vector>

#include "tests/cluster/bounds/judge.h"
#include "tests/cluster/bounds/limits.h"

namespace kimberlite::bounds {

struct Report {
  std::string command;  ///< that made it
  std::size_t nodes{};
  std::size_t liars{};
  double rate{};     ///< envelopes a second, offered by all clients
  double seconds{};  ///< of each attack
  Demands demands;
  std::vector<BoundLine> lines;
  std::vector<Sample> samples;
};

/// Broken demands, each with its attack's name.
std::vector<std::string> violations(const Report& report);
std::string format_report(const Report& report);

}  // namespace kimberlite::bounds
