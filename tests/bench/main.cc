// kimberlite-bench: local networks of real nodes, and beside their figures the machine's own limits, measured in the
// same run, as ratios. Prints tables; asserts nothing: performance is never a test. Does not cover: networks with real
// distances (all nodes share this machine's cores and disk; tests/simulation/wan has distances).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/bench/studies.h"

namespace kimberlite::bench {

void print_limits(const MachineLimits& limits, Text& text) {
  text.line("This machine, %u cores", std::thread::hardware_concurrency());
  text.line("  Ed25519 verifications       %.0f per second on all cores", limits.verifications_per_second);
  text.line("  synced RocksDB write        %.3f ms (%.0f per second)", limits.synced_write_ms,
            1000 / limits.synced_write_ms);
  text.line("  TLS round trip on loopback  %.3f ms", limits.tls_round_trip_ms);
}

namespace {

constexpr const char* kTitle =
    "# The benchmark: what was measured\n\n"
    "Each part is the output of the command in its heading; `--out FILE` before the name of a study adds it to a "
    "file.\n"
    "All nodes and clients share one machine, whose own limits stand first in each part, measured in the same run.\n";

/// On the disk that the nodes use.
MachineLimits limits_now() {
  const auto folder = std::filesystem::temp_directory_path() / ("kimberlite-limits-" + std::to_string(getpid()));
  const auto limits = measure_limits(folder);
  std::filesystem::remove_all(folder);
  return limits;
}

struct Options {
  std::string study = "network";
  std::string out;
  NetworkStudy network;
  SizesStudy sizes;
  RecoveryStudy recovery;
  SoakStudy soak;
};

void add_options(CLI::App& app, Options& options) {
  app.require_subcommand(0, 1);
  app.add_option("--out", options.out, "file to whose end the lines go as well");
  app.add_option("--nodes", options.network.nodes, "nodes of the network")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--clients", options.network.clients, "client connections")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--events", options.network.events, "events in an envelope")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seconds", options.network.seconds, "length of a load step")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  app.add_option("--rate", options.network.rate, "one step at this rate of envelopes instead of a search")
      ->check(CLI::PositiveNumber);

  auto* sizes = app.add_subcommand("sizes", "networks of several sizes, whole and with a silent leader");
  sizes->add_option("--nodes", options.sizes.sizes, "sizes, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(4, 16))
      ->capture_default_str();
  sizes->add_option("--seconds", options.sizes.seconds, "length of a load step")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  auto* recovery = app.add_subcommand("recovery", "a node that comes back after many events");
  recovery->add_option("--behind", options.recovery.behind, "events that it missed")
      ->check(CLI::Range(1, 8'000'000))
      ->capture_default_str();
  recovery->add_option("--events", options.recovery.events, "events in an envelope")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  recovery->add_option("--rate", options.recovery.rate, "envelopes a second while it is away")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  recovery->add_flag("--by-snapshot", options.recovery.by_snapshot,
                     "it never ran, and joins by a snapshot of the state instead of executing everything");
  auto* soak = app.add_subcommand("soak", "memory, descriptors and folders under a load that goes on");
  soak->add_option("--minutes", options.soak.minutes, "how long")
      ->check(CLI::Range(4, 14 * 24 * 60))
      ->capture_default_str();
  soak->add_option("--events", options.soak.events, "events in an envelope")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  soak->add_option("--rate", options.soak.rate, "envelopes a second")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  for (auto* study : {sizes, recovery, soak}) study->callback([&options, study] { options.study = study->get_name(); });
}

bool run(const Options& options, Text& text) {
  const auto limits = limits_now();
  print_limits(limits, text);
  if (options.study == "sizes") {
    text.line("\nceiling: verifications per second / nodes; unit: a synced write and a TLS round trip\n");
    return study_sizes(options.sizes, limits, text);
  }
  if (options.study == "recovery") {
    text.line(
        "\n| events behind | an envelope | blocks | made in s | reads after s | has all after s | votes after s | "
        "events/s | envelopes/s | verifications/s | ratio |");
    text.line("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    return study_recovery(options.recovery, text);
  }
  if (options.study == "soak") return study_soak(options.soak, text);
  return study_network(options.network, limits, text);
}

/// The words of this run, without the folder of the program.
std::string command(int argc, char** argv) {
  std::string text = "kimberlite-bench";
  for (int i = 1; i < argc; ++i) text += std::string(" ") + argv[i];
  return text;
}

/// Adds a run to a results file, which may be new.
void keep(const std::string& path, const std::string& command, const std::string& text) {
  const bool begun = std::filesystem::exists(path);
  std::ofstream file(path, std::ios::app);
  if (!begun) file << kTitle;
  file << "\n## `" << command << "`\n\n";
  // Lines that are no table keep their places in a block of their own.
  std::istringstream lines(text);
  bool table = true;
  for (std::string line; std::getline(lines, line);) {
    const bool now = line.starts_with('|');
    if (now && !table) file << "\n";
    file << (now || line.empty() ? "" : "    ") << line << "\n";
    table = now;
  }
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

int main_with(int argc, char** argv) {
  CLI::App app{"Benchmarks local networks of real nodes and prints the machine's limits beside the figures."};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    Text text;
    const bool good = run(options, text);
    if (!options.out.empty()) keep(options.out, command(argc, argv), text.all());
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kimberlite-bench: %s\n", error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace
}  // namespace kimberlite::bench

int main(int argc, char** argv) {
  return kimberlite::bench::main_with(argc, argv);
}
