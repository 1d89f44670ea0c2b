// A node that comes back: see studies.h.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/bench/load.h"
#include "tests/bench/studies.h"

namespace kimberlite::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kEnvelopesAtOnce = 10'000;  // signed before they are sent
constexpr std::uint64_t kSnapshotEveryBlocks = 100;
constexpr std::int64_t kReadyMs = 60'000;
constexpr std::chrono::seconds kRest{5};  // after the load: tables are still being merged
constexpr std::int64_t kRecoveryMs = 3'600'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Lets so many events become final without `away`. False if not all of them did.
bool fill(cluster::DaemonNetwork& network, const std::string& away, const RecoveryStudy& study) {
  auto serving = network.codes();
  std::erase(serving, away);
  Load load(network, {.codes = serving, .events = study.events});
  std::size_t envelopes = (study.behind + study.events - 1) / study.events;
  while (envelopes > 0) {
    const std::size_t now = std::min(envelopes, kEnvelopesAtOnce);
    if (load.open_loop(load.sign(now), study.rate).final_count < now) return false;
    envelopes -= now;
  }
  return true;
}

/// Starts the nodes but `away`, which goes after it was ready, or never was there if it is to join by a snapshot.
bool start_without(cluster::DaemonNetwork& network, const std::string& away, bool by_snapshot) {
  if (!by_snapshot) {
    network.start_all();
    if (!network.wait_all_ready(kReadyMs)) return false;
    network.signal(away, SIGKILL);
    return true;
  }
  for (const auto& code : network.codes()) {
    std::ofstream(network.configuration(code), std::ios::app)
        << "\n[sync]\nsnapshot_every_blocks = " << kSnapshotEveryBlocks << "\nfrom = \""
        << (code == away ? "snapshot" : "genesis") << "\"\n";
    if (code != away) network.start(code);
  }
  return std::ranges::all_of(network.codes(),
                             [&](const auto& code) { return code == away || network.wait_ready(code, kReadyMs); });
}

/// Kills the node, which lacks nothing, and starts it again. False if it does not come to vote.
bool come_back(cluster::DaemonNetwork& network, const std::string& code, Text& text) {
  network.signal(code, SIGKILL);
  const auto start = Clock::now();
  network.start(code);
  const bool reads = network.wait_ready(code, kReadyMs, false);
  const double reads_seconds = seconds_since(start);
  const bool votes = reads && network.wait_ready(code, kReadyMs, true);
  text.line("killed and started with all of them: reads after %.1f s, votes after %.1f s; targets 5 and 20",
            reads_seconds, seconds_since(start));
  return votes;
}

}  // namespace

bool study_recovery(const RecoveryStudy& study, Text& text) {
  cluster::DaemonNetwork network({.nodes = 4});
  const std::string away = network.codes().back();
  if (!start_without(network, away, study.by_snapshot)) return false;
  const auto filling = Clock::now();
  if (!fill(network, away, study)) {
    text.line("not all events became final:%s", network.describe().c_str());
    return false;
  }
  const double fill_seconds = seconds_since(filling);
  const auto reference = network.client(network.codes().front()).status();
  if (!reference) return false;
  if (study.by_snapshot && reference->final_height() < kSnapshotEveryBlocks) {
    text.line("no snapshot was taken: these events made %llu blocks, and one is taken every %llu; let it miss more",
              static_cast<unsigned long long>(reference->final_height()),
              static_cast<unsigned long long>(kSnapshotEveryBlocks));
    return false;
  }

  std::this_thread::sleep_for(kRest);
  const double verifications_before = verifications_per_second();
  const auto back = Clock::now();
  network.start(away);
  const bool readable = network.wait_ready(away, kRecoveryMs, false);
  const double reads_seconds = seconds_since(back);
  const bool whole = readable && cluster::wait_until(kRecoveryMs, [&] {
                       const auto status = network.client(away).status();
                       return status && status->log_size() >= reference->log_size();
                     });
  const double seconds = seconds_since(back);
  const bool votes = whole && network.wait_ready(away, kReadyMs, true);
  const double votes_seconds = seconds_since(back);
  const double verifications = (verifications_before + verifications_per_second()) / 2;
  const auto envelopes = static_cast<double>(study.behind) / static_cast<double>(study.events);
  text.line("| %zu | %zu | %llu | %.1f | %.1f | %.1f | %.1f | %.0f | %.0f | %.0f | %.2f |", study.behind, study.events,
            static_cast<unsigned long long>(reference->final_height()), fill_seconds, reads_seconds, seconds,
            votes_seconds, static_cast<double>(study.behind) / seconds, envelopes / seconds, verifications,
            envelopes / seconds / verifications);
  return votes && come_back(network, away, text) && network.wait_equal(reference->final_height());
}

}  // namespace kimberlite::bench
