// kimberlite-bench: a local network of n real nodes under open-loop load, and beside its figures the machine's own
// limits, measured in the same run, as ratios. Prints tables; asserts nothing: performance is never a test. Does not
// cover: networks with real distances (all nodes share this machine's cores and disk).
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "tests/bench/load.h"
#include "tests/bench/machine_limits.h"

namespace kimberlite::bench {
namespace {

// A step counts as sustained if this share of what was offered became final in time.
constexpr double kSustained = 0.95;
constexpr double kFirstStep = 0.15;  // of verifications per second / nodes
constexpr double kStepFactor = 1.3;
constexpr int kStepsMax = 8;

struct Cost {
  std::uint64_t synced_writes{};
  std::uint64_t peer_bytes{};
  std::uint64_t disk_bytes{};
};

std::uint64_t written_bytes(pid_t process) {
  std::ifstream io("/proc/" + std::to_string(process) + "/io");
  for (std::string key; io >> key;) {
    std::uint64_t value = 0;
    io >> value;
    if (key == "wchar:") return value;
  }
  return 0;
}

Cost total_cost(cluster::DaemonNetwork& network) {
  Cost total;
  for (const auto& code : network.codes()) {
    const auto status = network.client(code).status();
    if (!status) continue;
    total.synced_writes += status->synced_writes();
    total.peer_bytes += status->peer_bytes_sent();
    total.disk_bytes += written_bytes(network.pid(code));
  }
  return total;
}

void print_cost(const char* what, const Cost& before, const Cost& after, std::size_t events) {
  const auto each = [&](std::uint64_t a, std::uint64_t b) {
    return static_cast<double>(b - a) / static_cast<double>(events);
  };
  std::printf("%-28s %8.2f synced writes, %8.0f bytes between nodes, %8.0f bytes to disk (all nodes together)\n", what,
              each(before.synced_writes, after.synced_writes), each(before.peer_bytes, after.peer_bytes),
              each(before.disk_bytes, after.disk_bytes));
}

void idle_part(cluster::DaemonNetwork& network, Load& load, const MachineLimits& limits) {
  load.one_by_one(20);
  const auto before = total_cost(network);
  constexpr std::size_t kEvents = 200;
  const auto idle = load.one_by_one(kEvents);
  const auto after = total_cost(network);
  std::printf("\nOne event at a time (%zu events)\n", idle.final_count);
  std::printf("  time to finality            p50 %.2f ms, p99 %.2f ms\n", idle.p50_ms, idle.p99_ms);
  const double unit = limits.synced_write_ms + limits.tls_round_trip_ms;
  std::printf("  p50 in machine units        %.1f x (synced write + TLS round trip); target at most 20\n",
              idle.p50_ms / unit);
  print_cost("  cost per event", before, after, kEvents);

  std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto quiet_before = total_cost(network);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const auto quiet_after = total_cost(network);
  std::printf("  quiet for 5 s               %llu synced writes, %llu bytes between nodes; target 0 and 0\n",
              static_cast<unsigned long long>(quiet_after.synced_writes - quiet_before.synced_writes),
              static_cast<unsigned long long>(quiet_after.peer_bytes - quiet_before.peer_bytes));
}

void load_part(cluster::DaemonNetwork& network, Load& load, const MachineLimits& limits, double seconds, double fixed) {
  const double ceiling = limits.verifications_per_second / static_cast<double>(network.codes().size());
  std::printf("\nOpen loop, single-event envelopes, %.0f s a step; ceiling = verifications per second / nodes = %.0f\n",
              seconds, ceiling);
  std::printf("  %10s %10s %9s %9s %9s %8s\n", "offered/s", "final/s", "p50 ms", "p99 ms", "of ceil.", "others");
  double best = 0;
  double rate = fixed > 0 ? fixed : ceiling * kFirstStep;
  for (int step = 0; step < (fixed > 0 ? 1 : kStepsMax); ++step, rate *= kStepFactor) {
    const auto before = total_cost(network);
    const auto result = load.open_loop(rate, seconds);
    const auto after = total_cost(network);
    std::printf("  %10.0f %10.0f %9.1f %9.1f %9.2f %8zu\n", result.offered_per_second, result.final_per_second,
                result.p50_ms, result.p99_ms, result.final_per_second / ceiling, result.other);
    print_cost("    cost per event", before, after, std::max<std::size_t>(result.final_count, 1));
    std::fflush(stdout);
    best = std::max(best, result.final_per_second);
    if (result.final_per_second < kSustained * rate) break;
  }
  std::printf("  best: %.0f events final per second = %.2f of the ceiling; target at least 0.35\n", best,
              best / ceiling);
}

int main_with(int argc, char** argv) {
  CLI::App app{"Benchmarks a local network of real nodes and prints the machine's limits beside it."};
  std::size_t nodes = 4;
  std::size_t clients = 8;
  double seconds = 5;
  double rate = 0;
  app.add_option("--nodes", nodes, "nodes of the network")->check(CLI::Range(1, 16))->capture_default_str();
  app.add_option("--clients", clients, "client connections")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--seconds", seconds, "length of a load step")->check(CLI::Range(1.0, 600.0))->capture_default_str();
  app.add_option("--rate", rate, "one step at this rate instead of a search")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  cluster::DaemonNetwork network({.nodes = nodes});
  const auto limits = measure_limits(network.folder().parent_path() / "limits");
  std::printf("This machine, %u cores\n", std::thread::hardware_concurrency());
  std::printf("  Ed25519 verifications       %.0f per second on all cores\n", limits.verifications_per_second);
  std::printf("  synced RocksDB write        %.3f ms (%.0f per second)\n", limits.synced_write_ms,
              1000 / limits.synced_write_ms);
  std::printf("  TLS round trip on loopback  %.3f ms\n", limits.tls_round_trip_ms);
  std::fflush(stdout);

  network.start_all();
  if (!network.wait_all_ready()) {
    std::fprintf(stderr, "the network did not become ready:%s\n", network.describe().c_str());
    return 1;
  }
  Load load(network, clients);
  idle_part(network, load, limits);
  std::fflush(stdout);
  load_part(network, load, limits, seconds, rate);
  const bool equal = network.wait_equal(1);
  std::printf("\nAll nodes end with the same log and state: %s\n", equal ? "yes" : "NO");
  return equal ? 0 : 1;
}

}  // namespace
}  // namespace kimberlite::bench

int main(int argc, char** argv) {
  return kimberlite::bench::main_with(argc, argv);
}
