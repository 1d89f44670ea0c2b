// Networks of several sizes: see studies.h.
#include <algorithm>
#include <csignal>

#include "tests/bench/costs.h"
#include "tests/bench/load.h"
#include "tests/bench/studies.h"

namespace kimberlite::bench {
namespace {

constexpr double kKeptUp = 0.95;
constexpr double kFirstShare = 0.1;  // of verifications per second / nodes
constexpr double kRateFactor = 1.5;
constexpr int kRatesMax = 5;
constexpr std::size_t kWarmUpEach = 2;  // for each node: leaders learn who is silent
constexpr std::size_t kSingleEvents = 60;
constexpr std::int64_t kAllReadyMs = 120'000;

/// One row: a network of this size that is all there, or has one node killed.
bool study_size(std::size_t nodes, bool silent, double seconds, const MachineLimits& limits, Text& text) {
  cluster::DaemonNetwork network({.nodes = nodes});
  network.start_all();
  if (!network.wait_all_ready(kAllReadyMs)) {
    text.line("%zu nodes did not become ready:%s", nodes, network.describe().c_str());
    return false;
  }
  auto serving = network.codes();
  if (silent) {
    network.signal(serving.back(), SIGKILL);
    serving.pop_back();
  }
  Load load(network, {.codes = serving, .clients = std::max<std::size_t>(8, serving.size())});
  load.one_by_one(kWarmUpEach * nodes);
  const auto before_idle = costs_of(network);
  const auto idle = load.one_by_one(kSingleEvents);
  const auto a_view = costs_of(network) - before_idle;
  const double views = std::max(a_view.views, 1.0);

  const double ceiling = limits.verifications_per_second / static_cast<double>(nodes);
  LoadResult best;
  double rate = ceiling * kFirstShare;
  for (int step = 0; step < kRatesMax; ++step, rate *= kRateFactor) {
    auto result = load.open_loop(rate, seconds);
    const bool sustained = result.final_per_second >= kKeptUp * rate;
    if (result.final_per_second > best.final_per_second) best = std::move(result);
    if (!sustained) break;
  }
  const double unit = limits.synced_write_ms + limits.tls_round_trip_ms;
  text.line("| %zu | %s | %.1f, %.1f | %.0f | %.0f | %.2f | %.0f, %.0f | %.0f | %.0f | %.1f | %.0f | %.1f |", nodes,
            silent ? "one killed" : "none", idle.p50_ms, idle.p99_ms, idle.p50_ms / unit, best.final_per_second,
            best.final_per_second / ceiling, best.p50_ms, best.p99_ms, a_view.messages / views,
            a_view.peer_bytes / views, a_view.signatures_made / views, a_view.signatures_verified / views,
            a_view.synced_writes / views);
  return network.wait_equal(1);
}

}  // namespace

bool study_sizes(const SizesStudy& study, const MachineLimits& limits, Text& text) {
  text.line(
      "| nodes | silent | idle p50, p99 ms | p50 in units | final/s | of ceiling | loaded p50, p99 ms | "
      "messages a view | bytes | signatures made | verified | synced writes |");
  text.line("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
  bool good = true;
  for (const std::size_t nodes : study.sizes) {
    for (const bool silent : {false, true}) good = study_size(nodes, silent, study.seconds, limits, text) && good;
  }
  return good;
}

}  // namespace kimberlite::bench
