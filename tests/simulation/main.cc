// simulation: runs seeds of the deterministic consensus simulation; a failing one is printed with the command that
// replays it. Not covered here: real signatures, sockets and disks (tests/unit, tests/cluster), ledger rules, changes
// of the validator set.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "tests/simulation/checks.h"
#include "tests/simulation/run.h"

namespace {

using namespace kimberlite::simulation;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::size_t replicas = 4;
  std::int64_t seconds = 0;
  bool trace = false;
  std::string check;
};

/// Runs the seeds; the exit code.
int run_seeds(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  std::uint64_t faults = 0;
  std::uint64_t heights = 0;
  std::uint64_t failures = 0;
  std::int64_t slowest_ms = 0;
  for (std::uint64_t seed = arguments.seed; seed < arguments.seed + arguments.count; ++seed) {
    const RunResult result = run(RunOptions{.seed = seed, .replicas = arguments.replicas, .trace = arguments.trace});
    ++done;
    faults += result.faults;
    heights += result.final_height;
    slowest_ms = std::max(slowest_ms, result.recovery_ms);
    if (result.violation) {
      ++failures;
      std::printf("FAILED seed %llu: %s\n  replay: simulation --seed %llu --replicas %zu --trace\n",
                  static_cast<unsigned long long>(seed), result.violation->c_str(),
                  static_cast<unsigned long long>(seed), arguments.replicas);
      std::fflush(stdout);
      if (failures >= 10) break;
    }
    const auto spent = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    if (arguments.seconds > 0 && spent.count() >= arguments.seconds) break;
  }
  std::printf("%llu seeds of %zu replicas: %llu failed, %llu faults, %llu final blocks, slowest recovery %lld ms\n",
              static_cast<unsigned long long>(done), arguments.replicas, static_cast<unsigned long long>(failures),
              static_cast<unsigned long long>(faults), static_cast<unsigned long long>(heights),
              static_cast<long long>(slowest_ms));
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Deterministic simulation of consensus under faults."};
  Arguments arguments;
  app.add_option("--seed", arguments.seed, "First seed");
  app.add_option("--count", arguments.count, "How many seeds");
  app.add_option("--replicas", arguments.replicas, "Validators in the cluster")->check(CLI::Range(1, 85));
  app.add_option("--seconds", arguments.seconds, "Stop after this many seconds of real time (0: run all seeds)");
  app.add_flag("--trace", arguments.trace, "Print every event of the run");
  app.add_option("--check", arguments.check, "Run one of the checks that need runs of their own")
      ->check(CLI::IsMember(check_names()));
  CLI11_PARSE(app, argc, argv);
  if (!arguments.check.empty()) return run_check(arguments.check, arguments.seed) ? 0 : 1;
  return run_seeds(arguments);
}
