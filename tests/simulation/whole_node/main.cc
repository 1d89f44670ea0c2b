// node_simulation: runs seeds through whole nodes in one process, one thread and virtual time; a failing one is printed
// with the command that plays it again. A table of the faults closes every series. Not covered here: TLS and sockets,
// the API, races between threads (tests/unit, tests/cluster), Byzantine members (tests/simulation, tests/twins).
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "node/runtime/log.h"
#include "tests/simulation/archive.h"
#include "tests/simulation/series.h"
#include "tests/simulation/whole_node/checks.h"
#include "tests/simulation/whole_node/run.h"

namespace {

using namespace kimberlite;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::size_t replicas = simulation::kAnyReplicas;
  std::int64_t seconds = 0;
  bool trace = false;
  std::string check;
  std::filesystem::path archive;
};

/// The run at hand, for the words that an assertion's end leaves behind.
struct {
  unsigned long long seed;
  std::size_t replicas;
} at_hand;

extern "C" void on_abort(int /*signal*/) {
  std::fprintf(
      stderr, "FAILED seed %llu: a node stopped itself\n  replay: node_simulation --seed %llu --replicas %zu --trace\n",
      at_hand.seed, at_hand.seed, at_hand.replicas);
  std::_Exit(1);
}

simulation::RunResult run_seed(std::uint64_t seed, std::size_t replicas, const simulation::World::TraceSink& trace) {
  at_hand = {seed, replicas};
  return whole_node::run({.seed = seed, .replicas = replicas, .trace = trace});
}

/// Runs the seeds until their number, the time or the patience is used up; the exit code.
int run_seeds(const Arguments& arguments) {
  simulation::World::TraceSink trace;
  if (arguments.trace) trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  simulation::Series series(arguments.seconds, "node_simulation", run_seed);
  for (std::uint64_t i = 0; i < arguments.count && series.goes_on(); ++i)
    series.run(arguments.seed + i, arguments.replicas, trace);
  return series.close();
}

int run_archive(const std::filesystem::path& file) {
  simulation::Series series(0, "node_simulation", run_seed);
  for (const simulation::Archived& one : simulation::read_archive(file)) series.run(one.seed, one.replicas);
  return series.close();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Deterministic simulation of whole nodes under faults."};
  Arguments arguments;
  app.add_option("--seed", arguments.seed, "First seed");
  auto* count =
      app.add_option("--count", arguments.count, "How many seeds (1; with --seconds as many as there is time for)");
  app.add_option("--replicas", arguments.replicas,
                 "Validators of genesis, 2 at least; 0: the seed says, 2 to 85, small ones mostly")
      ->check(CLI::Range(0, 85));
  app.add_option("--seconds", arguments.seconds, "Stop after this many seconds of real time (0: run all seeds)");
  app.add_flag("--trace", arguments.trace, "Print every event of the run");
  app.add_option("--check", arguments.check, "Run one of the checks that need runs of their own")
      ->check(CLI::IsMember(whole_node::check_names()));
  app.add_option("--archive", arguments.archive, "Run the seeds of this file")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  if (arguments.seconds > 0 && count->empty()) arguments.count = std::numeric_limits<std::uint64_t>::max();
  runtime::configure_log(arguments.trace ? "info" : "off", "text");
  std::signal(SIGABRT, on_abort);
  try {
    if (!arguments.check.empty()) return whole_node::run_check(arguments.check, arguments.seed) ? 0 : 1;
    if (!arguments.archive.empty()) return run_archive(arguments.archive);
    return run_seeds(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "node_simulation: %s\n", error.what());
    return 1;
  }
}
