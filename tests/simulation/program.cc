#include "tests/simulation/program.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <vector>

#include "tests/simulation/archive.h"

namespace kimberlite::simulation {
namespace {

constexpr std::size_t kReplicasMax = 85;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::size_t replicas = kAnyReplicas;
  std::size_t replicas_max = kReplicasMax;
  std::int64_t seconds = 0;
  bool trace = false;
  std::string check;
  std::filesystem::path archive;
};

/// Runs the seeds until their number, the time or the patience is used up; the exit code.
int run_seeds(const Program& program, const Arguments& arguments) {
  World::TraceSink trace;
  if (arguments.trace) trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  Series series(arguments.seconds, program.name, program.run_seed);
  for (std::uint64_t i = 0; i < arguments.count && series.goes_on(); ++i) {
    const std::uint64_t seed = arguments.seed + i;
    const bool any = arguments.replicas == kAnyReplicas;
    if (any && program.draw_replicas(seed) > arguments.replicas_max) continue;
    series.run(seed, arguments.replicas, trace);
  }
  return series.close();
}

int run_archive(const Program& program, const std::filesystem::path& file) {
  Series series(0, program.name, program.run_seed);
  for (const Archived& one : read_archive(file)) series.run(one.seed, one.replicas);
  return series.close();
}

std::vector<std::string> names_of(const Checks& checks) {
  std::vector<std::string> names;
  for (const auto& [name, check] : checks) names.push_back(name);
  return names;
}

}  // namespace

bool expect(bool holds, const std::string& seen) {
  std::printf("%s: %s\n", holds ? "ok" : "FAILED", seen.c_str());
  return holds;
}

int run_program(const Program& program, int argc, char** argv, const std::function<void(bool traced)>& begun) {
  CLI::App app{program.description};
  Arguments arguments;
  app.add_option("--seed", arguments.seed, "First seed");
  auto* count =
      app.add_option("--count", arguments.count, "How many seeds (1; with --seconds as many as there is time for)");
  app.add_option("--replicas", arguments.replicas, program.replicas)->check(CLI::Range(std::size_t{0}, kReplicasMax));
  app.add_option("--replicas-max", arguments.replicas_max, "Leave out the seeds that say more: a large run takes long")
      ->check(CLI::Range(std::size_t{4}, kReplicasMax));
  app.add_option("--seconds", arguments.seconds, "Stop after this many seconds of real time (0: run all seeds)");
  app.add_flag("--trace", arguments.trace, "Print every event of the run");
  app.add_option("--check", arguments.check, "Run one of the checks that need runs of their own")
      ->check(CLI::IsMember(names_of(program.checks)));
  app.add_option("--archive", arguments.archive, "Run the seeds of this file")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  if (arguments.seconds > 0 && count->empty()) arguments.count = std::numeric_limits<std::uint64_t>::max();
  if (begun) begun(arguments.trace);
  try {
    if (!arguments.check.empty()) return program.checks.at(arguments.check)(arguments.seed) ? 0 : 1;
    if (!arguments.archive.empty()) return run_archive(program, arguments.archive);
    return run_seeds(program, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), error.what());
    return 1;
  }
}

}  // namespace kimberlite::simulation
