// One network under load: see studies.h.
#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/bench/costs.h"
#include "tests/bench/load.h"
#include "tests/bench/studies.h"

namespace kimberlite::bench {
namespace {

// A step counts as sustained if this share of what was offered became final in time.
constexpr double kSustained = 0.95;
constexpr double kFirstStep = 0.12;  // of the ceiling
constexpr double kStepFactor = 1.3;
constexpr int kStepsMax = 10;
/// Share of the best rate at which the latency under load is looked at.
constexpr double kLatencyShare = 0.8;
constexpr std::size_t kWarmUpEvents = 20;
constexpr std::size_t kIdleEvents = 200;

void print_costs(const Costs& spent, double events, Text& text) {
  text.line("    an event costs            %8.2f synced writes, %8.0f bytes between nodes, %8.0f bytes to disk",
            spent.synced_writes / events, spent.peer_bytes / events, spent.disk_bytes / events);
  text.line("                              %8.0f us of processor, %8.2f signatures verified for peers",
            spent.processor_us / events, spent.signatures_verified / events);
}

void idle_part(cluster::DaemonNetwork& network, Load& load, const MachineLimits& limits, Text& text) {
  load.one_by_one(kWarmUpEvents);
  const auto before = costs_of(network);
  const auto idle = load.one_by_one(kIdleEvents);
  const auto spent = costs_of(network) - before;
  text.line("\nOne event at a time (%zu events)", idle.final_count);
  text.line("  time to finality            p50 %.2f ms, p99 %.2f ms", idle.p50_ms, idle.p99_ms);
  text.line("  p50 in machine units        %.1f x (synced write + TLS round trip); target at most 12",
            idle.p50_ms / (limits.synced_write_ms + limits.tls_round_trip_ms));
  print_costs(spent, static_cast<double>(kIdleEvents), text);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto quiet_before = costs_of(network);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const auto quiet = costs_of(network) - quiet_before;
  text.line("  quiet for 5 s               %.0f synced writes, %.0f bytes between nodes; target 0 and 0",
            quiet.synced_writes, quiet.peer_bytes);
}

/// Prints a row; envelopes final a second.
LoadResult load_step(cluster::DaemonNetwork& network, Load& load, double rate, double seconds, double ceiling,
                     std::size_t events, Text& text) {
  const auto before = costs_of(network);
  auto result = load.open_loop(rate, seconds);
  const auto spent = costs_of(network) - before;
  const auto each = static_cast<double>(events);
  text.line("  %10.0f %10.0f %9.1f %9.1f %9.2f %8zu", result.offered_per_second * each, result.final_per_second * each,
            result.p50_ms, result.p99_ms, result.final_per_second * each / ceiling, result.other);
  print_costs(spent, static_cast<double>(std::max<std::size_t>(result.final_count, 1) * events), text);
  return result;
}

}  // namespace

bool study_network(const NetworkStudy& study, const MachineLimits& limits, Text& text) {
  cluster::DaemonNetwork network({.nodes = study.nodes});
  network.start_all();
  if (!network.wait_all_ready()) {
    text.line("the network did not become ready:%s", network.describe().c_str());
    return false;
  }
  Load load(network, {.codes = {}, .clients = study.clients, .events = study.events});
  if (study.events == 1) idle_part(network, load, limits, text);
  const bool single = study.events == 1;
  const double ceiling =
      single ? limits.verifications_per_second / static_cast<double>(study.nodes) : limits.verifications_per_second;
  text.line(
      "\nOpen loop on %zu nodes, %zu events an envelope, %.0f s a step; ceiling = verifications per second%s = %.0f",
      study.nodes, study.events, study.seconds, single ? " / nodes" : "", ceiling);
  text.line("  %10s %10s %9s %9s %9s %8s", "offered/s", "final/s", "p50 ms", "p99 ms", "of ceil.", "others");
  const auto each = static_cast<double>(study.events);
  double best = 0;
  double rate = study.rate > 0 ? study.rate : ceiling * kFirstStep / each;
  for (int step = 0; step < (study.rate > 0 ? 1 : kStepsMax); ++step, rate *= kStepFactor) {
    const auto result = load_step(network, load, rate, study.seconds, ceiling, study.events, text);
    best = std::max(best, result.final_per_second);
    if (result.final_per_second < kSustained * rate) break;
  }
  text.line("  best: %.0f events final per second = %.2f of the ceiling; target at least %.2f", best * each,
            best * each / ceiling, single ? 0.5 : 0.65);
  if (study.rate == 0) {
    text.line("  at %.0f %% of that; target for p99: under 250 ms", kLatencyShare * 100);
    load_step(network, load, best * kLatencyShare, study.seconds, ceiling, study.events, text);
  }
  const bool equal = network.wait_equal(1);
  text.line("  all nodes end with the same log and state: %s", equal ? "yes" : "NO");
  return equal;
}

}  // namespace kimberlite::bench
