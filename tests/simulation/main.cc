// simulation: runs seeds of the deterministic consensus simulation; a failing one is printed with the command that
// replays it. A table of the faults closes every series. Not covered here: real signatures, sockets and disks
// (tests/unit, tests/cluster), ledger rules, changes of the validator set.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>

#include "tests/simulation/archive.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/run.h"
#include "tests/simulation/series.h"

namespace {

using namespace kimberlite::simulation;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::size_t replicas = kAnyReplicas;
  std::int64_t seconds = 0;
  bool trace = false;
  std::string check;
  std::filesystem::path archive;
};

RunResult run_seed(std::uint64_t seed, std::size_t replicas, const World::TraceSink& trace) {
  return run({.seed = seed, .replicas = replicas, .trace = trace});
}

/// Runs the seeds until their number, the time or the patience is used up; the exit code.
int run_seeds(const Arguments& arguments) {
  World::TraceSink trace;
  if (arguments.trace) trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  Series series(arguments.seconds, "simulation", run_seed);
  for (std::uint64_t i = 0; i < arguments.count && series.goes_on(); ++i)
    series.run(arguments.seed + i, arguments.replicas, trace);
  return series.close();
}

int run_archive(const std::filesystem::path& file) {
  Series series(0, "simulation", run_seed);
  for (const Archived& one : read_archive(file)) series.run(one.seed, one.replicas);
  return series.close();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Deterministic simulation of consensus under faults."};
  Arguments arguments;
  app.add_option("--seed", arguments.seed, "First seed");
  auto* count =
      app.add_option("--count", arguments.count, "How many seeds (1; with --seconds as many as there is time)");
  app.add_option("--replicas", arguments.replicas,
                 "Validators in the cluster; 0: the seed says, 1 to 85, small ones mostly")
      ->check(CLI::Range(0, 85));
  app.add_option("--seconds", arguments.seconds, "Stop after this many seconds of real time (0: run all seeds)");
  app.add_flag("--trace", arguments.trace, "Print every event of the run");
  app.add_option("--check", arguments.check, "Run one of the checks that need runs of their own")
      ->check(CLI::IsMember(check_names()));
  app.add_option("--archive", arguments.archive, "Run the seeds of this file")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  if (arguments.seconds > 0 && count->empty()) arguments.count = std::numeric_limits<std::uint64_t>::max();
  try {
    if (!arguments.check.empty()) return run_check(arguments.check, arguments.seed) ? 0 : 1;
    if (!arguments.archive.empty()) return run_archive(arguments.archive);
    return run_seeds(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "simulation: %s\n", error.what());
    return 1;
  }
}
