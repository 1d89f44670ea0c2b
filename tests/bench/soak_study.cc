// A load that goes on: see studies.h.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/studies.h"
#include "tests/cluster/process.h"

namespace kimberlite::bench {
namespace {

constexpr std::int64_t kStartMs = 60'000;
constexpr double kMinuteSeconds = 60;
constexpr double kDayMinutes = 24 * 60;
constexpr double kMebibyte = 1 << 20;
constexpr std::size_t kRows = 20;

/// What the nodes hold at one time.
struct Holdings {
  double minute{};
  double resident_mib{};        ///< mean of the nodes
  double folder_mib{};          ///< mean of the nodes
  std::uint64_t descriptors{};  ///< of the node with the most
};

Holdings holdings_of(const cluster::DaemonNetwork& network, double minute) {
  Holdings held{.minute = minute};
  const auto nodes = static_cast<double>(network.codes().size());
  for (const auto& code : network.codes()) {
    const auto memory = cluster::memory_of(network.pid(code));
    held.resident_mib += static_cast<double>(memory.resident_bytes) / kMebibyte / nodes;
    held.folder_mib += static_cast<double>(cluster::folder_bytes(network.node_folder(code))) / kMebibyte / nodes;
    held.descriptors = std::max(held.descriptors, cluster::open_files(network.pid(code)));
  }
  return held;
}

/// Slope of the line of least squares through the second half of the rows: MiB of memory a minute. The first half is
/// the filling of caches and write buffers, which have limits.
double memory_slope(const std::vector<Holdings>& rows) {
  const std::size_t first = rows.size() / 2;
  const auto count = static_cast<double>(rows.size() - first);
  double mean_minute = 0;
  double mean_mib = 0;
  for (std::size_t i = first; i < rows.size(); ++i) {
    mean_minute += rows[i].minute / count;
    mean_mib += rows[i].resident_mib / count;
  }
  double products = 0;
  double squares = 0;
  for (std::size_t i = first; i < rows.size(); ++i) {
    const double minute = rows[i].minute - mean_minute;
    products += minute * (rows[i].resident_mib - mean_mib);
    squares += minute * minute;
  }
  return squares == 0 ? 0 : products / squares;
}

}  // namespace

bool study_soak(const SoakStudy& study, Text& text) {
  cluster::DaemonNetwork network({.nodes = 4});
  network.start_all();
  if (!network.wait_all_ready(kStartMs)) return false;
  Load load(network, {.codes = {}, .events = study.events});
  std::vector<Holdings> rows;
  std::size_t finals = 0;
  std::size_t others = 0;
  text.line("\n| minute | events final | envelopes not | p99 ms | resident MiB | folder MiB | descriptors |");
  text.line("|---:|---:|---:|---:|---:|---:|---:|");
  for (std::size_t minute = 1; minute <= study.minutes; ++minute) {
    const auto result = load.open_loop(study.rate, kMinuteSeconds);
    finals += result.final_count;
    others += result.other;
    if (minute * kRows / study.minutes == (minute - 1) * kRows / study.minutes) continue;
    const auto held = holdings_of(network, static_cast<double>(minute));
    rows.push_back(held);
    text.line("| %zu | %zu | %zu | %.0f | %.1f | %.1f | %llu |", minute, finals * study.events, others, result.p99_ms,
              held.resident_mib, held.folder_mib, static_cast<unsigned long long>(held.descriptors));
  }
  const double slope = memory_slope(rows);
  text.line("memory of a node over the second half: %+.2f MiB an hour, %+.1f %% a day; target at most 1",
            slope * kMinuteSeconds, slope * kDayMinutes / rows.back().resident_mib * 100);
  const bool equal = network.wait_equal(1);
  text.line("all nodes end with the same log and state: %s", equal ? "yes" : "NO");
  return equal && others == 0;
}

}  // namespace kimberlite::bench
