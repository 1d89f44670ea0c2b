// The course of a run: see campaign.h.
#include "tests/cluster/chaos/campaign.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "tests/cluster/chaos/calls.h"
#include "tests/cluster/chaos/node_log.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kStartMs = 60'000;
constexpr std::int64_t kRestMs = 90'000;
constexpr std::int64_t kTickMs = 100;
constexpr std::int64_t kHoldMsMin = 2'000;
constexpr std::int64_t kHoldMsMax = 5'000;
constexpr std::int64_t kUsAMs = 1'000;
constexpr std::int64_t kMsASecond = 1'000;

/// Empty if the machine has what the kind needs.
std::string missing(const FaultKind& kind, Stage& stage) {
  switch (kind.need) {
    case Need::kPackets:
      return stage.links().has_packets() ? "" : "needs network namespaces: " + stage.no_namespaces();
    case Need::kRelay:
      return stage.links().has_packets() ? "a fault of streams; needs --network relay" : "";
    case Need::kDisk:
      return stage.no_disks().empty() ? "" : "needs a disk for each node: " + stage.no_disks();
    case Need::kNothing:
      return "";
  }
  return "";
}

}  // namespace

Campaign::Campaign(Stage& stage, CampaignOptions options) : stage_(stage), options_(std::move(options)) {
  choose_kinds();
}

void Campaign::choose_kinds() {
  for (const auto& kind : fault_kinds()) {
    const bool wanted = options_.kinds.empty() || std::ranges::find(options_.kinds, kind.name) != options_.kinds.end();
    if (!wanted) continue;
    if (const auto why = missing(kind, stage_); !why.empty()) {
      report_.skipped.emplace(kind.name, why);
    } else {
      kinds_.push_back(kind);
    }
  }
  Chance chance(options_.seed);
  chance.shuffle(kinds_);
}

void Campaign::violation(const std::string& sentence) {
  std::printf("VIOLATION %s\n", sentence.c_str());
  report_.liveness.push_back(sentence);
}

Report Campaign::run() {
  started_us_ = now_us();
  if (kinds_.empty()) violation("no kind of fault is left to run");
  if (!kinds_.empty() && start()) {
    Clients clients(stage_, options_.seed);
    bool back = recovered(now_us());
    for (std::uint64_t cycle = 0; back && time_is_left(cycle); ++cycle) {
      back = run_cycle(cycle, kinds_[cycle % kinds_.size()]);
    }
    clients.stop();
    come_to_rest();
    judge();
  }
  return report_;
}

bool Campaign::start() {
  stage_.network().start_all();
  if (stage_.network().wait_all_ready(kStartMs)) return true;
  violation("the network does not start: " + stage_.network().describe());
  return false;
}

bool Campaign::time_is_left(std::uint64_t cycle) const {
  if (options_.cycles > 0 && cycle >= options_.cycles) return false;
  return options_.seconds == 0 || now_us() - started_us_ < options_.seconds * 1'000'000;
}

bool Campaign::run_cycle(std::uint64_t cycle, const FaultKind& kind) {
  // Each cycle has a chance of its own: how often a fault asks it while it holds depends on time.
  Chance chance(options_.seed * 1'000'003 + cycle);
  const std::string name(kind.name);
  auto& figures = report_.kinds[name];
  ++figures.cycles;
  const auto violations = report_.liveness.size();
  const auto calls = stage_.recorder().size();
  const std::int64_t drawn_ms = chance.between(kHoldMsMin, kHoldMsMax);
  const std::int64_t broken_us = now_us();
  bool back = false;
  if (auto fault = kind.inject(stage_, chance); !fault) {
    violation(name + ": " + fault.error().to_string());
  } else {
    std::printf("cycle %llu: %s: %s", static_cast<unsigned long long>(cycle + 1), name.c_str(), fault->what.c_str());
    std::fflush(stdout);
    const std::int64_t hold_ms =
        std::min(fault->hold_ms > 0 ? fault->hold_ms : drawn_ms, options_.hold_seconds_max * kMsASecond);
    const bool held = hold(*fault, hold_ms);
    const std::int64_t healed_us = now_us();
    const auto healed = fault->heal();
    if (!healed) violation(name + ": " + healed.error().to_string());
    back = held && healed && recovered(healed_us);
    const std::int64_t back_us = now_us();
    const std::int64_t counted_us = fault->quorum ? std::max(broken_us, fault->quorum_since_us) : healed_us;
    const auto waited_ms = longest_wait_ms(fault->affected, counted_us, back_us);
    const auto recovery_ms = (back_us - healed_us) / kUsAMs;
    std::printf("; held %lld ms, unavailable %lld ms, recovered in %lld ms\n", static_cast<long long>(hold_ms),
                static_cast<long long>(waited_ms), static_cast<long long>(recovery_ms));
    if (waited_ms > kUnavailableMsMax) {
      violation(name + ": clients of healthy nodes waited " + std::to_string(waited_ms) + " ms (" + fault->what + ")");
    }
    figures.quorum = fault->quorum;
    figures.worst_unavailable_ms = std::max(figures.worst_unavailable_ms, waited_ms);
    figures.worst_recovery_ms = std::max(figures.worst_recovery_ms, recovery_ms);
  }
  std::fflush(stdout);
  figures.calls += stage_.recorder().size() - calls;
  figures.violations += report_.liveness.size() - violations;
  return back;
}

bool Campaign::hold(const ActiveFault& fault, std::int64_t hold_ms) {
  const std::int64_t until_us = now_us() + hold_ms * kUsAMs;
  while (now_us() < until_us) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kTickMs));
    if (fault.tick) {
      if (const auto ticked = fault.tick(); !ticked) {
        violation(fault.what + ": " + ticked.error().to_string());
        return false;
      }
    }
    if (!healthy_run(fault.affected)) return false;
  }
  return true;
}

bool Campaign::healthy_run(const std::set<std::size_t>& affected) {
  for (std::size_t node = 0; node < stage_.nodes(); ++node) {
    if (affected.contains(node)) continue;
    const auto ended = stage_.network().collect_end(stage_.code(node));
    if (!ended) continue;
    violation(stage_.code(node) + " ended by itself with wait status " + std::to_string(*ended) +
              "; its output: " + stage_.network().log_file(stage_.code(node)).string());
    return false;
  }
  return true;
}

// Every node is there again when its clients are told "final" by it, it votes, and it reaches all others: the next
// fault must not meet what the last one left.
bool Campaign::recovered(std::int64_t since_us) {
  bool alive = true;
  const bool back = cluster::wait_until(kRecoveryMsMax, [&] {
    alive = healthy_run({});
    if (!alive) return true;
    return stage_.recorder().finals_between(since_us, now_us()).size() == stage_.nodes() && all_back();
  });
  if (!back) violation("no recovery within " + std::to_string(kRecoveryMsMax) + " ms: " + stage_.network().describe());
  return back && alive;
}

bool Campaign::all_back() {
  return std::ranges::all_of(stage_.network().codes(), [&](const std::string& code) {
    const auto status = stage_.network().client(code).status();
    // Of a participant whose key was replaced both keys may be listed; only the new one answers.
    return status && status->validator() && status->progressing() &&
           std::ranges::all_of(stage_.network().codes(), [&](const std::string& other) {
             return other == code || std::ranges::any_of(status->peers(), [&](const auto& peer) {
                      return peer.participant() == other && peer.connected();
                    });
           });
  });
}

std::int64_t Campaign::longest_wait_ms(const std::set<std::size_t>& affected, std::int64_t from_us,
                                       std::int64_t to_us) const {
  auto finals = stage_.recorder().finals_between(from_us, to_us);
  // Where the fault spares nobody, it counts that anybody is served.
  std::vector<std::vector<std::int64_t>> clients;
  if (affected.size() == stage_.nodes()) {
    clients.emplace_back();
    for (const auto& [node, times] : finals) clients.front().insert(clients.front().end(), times.begin(), times.end());
    std::ranges::sort(clients.front());
  } else {
    for (std::size_t node = 0; node < stage_.nodes(); ++node) {
      if (!affected.contains(node)) clients.push_back(finals[node]);
    }
  }
  std::int64_t longest_us = 0;
  for (auto& times : clients) {
    times.push_back(to_us);
    std::int64_t last_us = from_us;
    for (const auto time : times) longest_us = std::max(longest_us, time - std::exchange(last_us, time));
  }
  return longest_us / kUsAMs;
}

void Campaign::come_to_rest() {
  for (std::size_t node = 0; node < stage_.nodes(); ++node) start_ended(stage_, {node});
  const bool empty = cluster::wait_until(kRestMs, [&] {
    for (const auto& code : stage_.network().codes()) {
      const auto status = stage_.network().client(code).status();
      if (!status || status->pool_envelopes() > 0) return false;
    }
    return true;
  });
  if (!empty || !stage_.network().wait_equal(1, kRestMs)) {
    violation("the nodes do not come to rest at one height and root: " + stage_.network().describe());
  }
}

void Campaign::judge() {
  std::vector<NodeLog> logs;
  for (const auto& code : stage_.network().codes()) {
    auto log = read_node_log(stage_.network().client(code), code);
    if (!log) {
      violation(code + ": its log cannot be read: " + log.error().to_string());
      log = NodeLog{code, {}};
    }
    report_.leaves = std::max<std::uint64_t>(report_.leaves, log->leaves.size());
    logs.push_back(*std::move(log));
  }
  for (std::size_t node = 0; node < stage_.nodes(); ++node) {
    const std::string& code = stage_.code(node);
    if (!look(stage_, node, stage_.network().client(code))) violation(code + " does not say whom it accuses");
  }
  const History history = stage_.recorder().copy();
  report_.calls = history.envelopes.size() + history.statuses.size();
  report_.finals = static_cast<std::uint64_t>(std::ranges::count_if(history.envelopes, [](const EnvelopeCall& call) {
    return call.question == Question::kSubmit && call.answer == Answer::kFinal;
  }));
  std::set<PublicKey> accused;
  for (const auto& call : history.statuses) accused.insert(call.accused.begin(), call.accused.end());
  report_.accused = accused.size();
  report_.excused = history.excused.size();
  report_.verdict = check(history, logs);
  for (std::size_t node = 0; node < stage_.nodes(); ++node) audit(node);
}

void Campaign::audit(std::size_t node) {
  auto& network = stage_.network();
  const std::string& code = stage_.code(node);
  const auto printed = network.run_cli({"audit", "--tiles", "http://" + network.address(code).http, "--genesis",
                                        (network.folder() / "genesis.json").string()});
  if (printed.exit_code == 0) {
    ++report_.audited;
  } else {
    violation(code + ": the audit of its log ends with " + std::to_string(printed.exit_code) + ": " + printed.output);
  }
}

}  // namespace kimberlite::chaos
