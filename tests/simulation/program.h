// The command line of a simulation: seeds, an archive, or a check by name. What it simulates is the caller's. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tests/simulation/series.h"

namespace kimberlite::simulation {

/// Checks of a simulation itself, and of properties that need runs of their own, by name. Each is given the first seed,
/// prints what it saw and returns whether it is as it must be.
using Checks = std::map<std::string, std::function<bool(std::uint64_t first_seed)>>;

/// Prints what was seen, and hands on whether it holds.
bool expect(bool holds, const std::string& seen);

struct Program {
  std::string name;         ///< named in the command that plays a run again
  std::string description;  ///< one sentence
  std::string replicas;     ///< what --replicas counts
  Series::Runner run_seed;
  std::function<std::size_t(std::uint64_t seed)> draw_replicas;  ///< of a run with kAnyReplicas
  const Checks& checks;
};

/// Does what the arguments ask for; the exit code. `begun` is told before anything runs whether it is traced.
int run_program(const Program& program, int argc, char** argv, const std::function<void(bool traced)>& begun = {});

}  // namespace kimberlite::simulation
