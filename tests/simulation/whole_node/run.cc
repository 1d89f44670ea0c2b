#include "tests/simulation/whole_node/run.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/chaos.h"
#include "tests/simulation/whole_node/deployment.h"
#include "tests/simulation/whole_node/misfortunes.h"

namespace kimberlite::whole_node {

using simulation::LocalClock;
using simulation::Random;
using simulation::RunResult;
using simulation::Violation;

namespace {

/// Virtual time in which everything must be final after the last fault (tests/simulation/run.cc), and in which a
/// network without work must be silent, and before that the time that it has to fall silent.
constexpr std::int64_t kRecoveryLimitMs = 300'000;
constexpr std::int64_t kRecoveryLimitMsPerFaulty = 30'000;
constexpr std::int64_t kQuietMs = 600'000;
constexpr std::int64_t kSettleMs = 60'000;
/// How often operators look whether their nodes reach somebody.
constexpr std::int64_t kOperatorsLookMs = 30'000;
constexpr std::int64_t kHeartbeatMs = 4 * 3'600'000;
constexpr std::int64_t kHeartbeatOftenMs = 30'000;
/// Longest that a view may take: votes for views ahead keep a network awake for so many of them (as there).
constexpr std::int64_t kViewMs = 31'000;
constexpr std::size_t kGuestsMax = 3;
/// Chance of a thousand that some members lie, and that they go on when everything else is well again.
constexpr std::uint64_t kLiarsPerMille = 500;
constexpr std::uint64_t kLieOnPerMille = 500;
constexpr std::uint64_t kLiarsDraw = 1902;
/// Chance of a thousand that they propose nothing.
constexpr std::uint64_t kIdlePerMille = 200;
constexpr std::uint64_t kIdleDraw = 1848;
/// Chance of a thousand that one founder comes when the log is so long already that it catches up with it.
constexpr std::uint64_t kLatePerMille = 150;
constexpr std::uint64_t kLateDraw = 1608;
constexpr std::int64_t kLateEventsMin = 20;
constexpr std::int64_t kLateEventsMax = 40;
/// Chance of a thousand that nodes take snapshots, at most so many blocks apart.
constexpr std::uint64_t kSnapshotsPerMille = 400;
constexpr std::uint64_t kSnapshotsDraw = 1870;
constexpr std::int64_t kSnapshotEveryMax = 8;
constexpr int kEventsAfterFaults = 3;
/// Of a calm run: pairs of events, the second at about the time when the log with the first is signed.
constexpr int kPairs = 200;
constexpr std::int64_t kPairGapMsMax = 200;
constexpr std::int64_t kSignedMs = 10'000;

// Of a broken network, that would have `most` of them.
std::size_t liars_of(Broken broken, std::size_t most) {
  if (broken == Broken::kTooManyLiars) return most + 1;
  const bool needs_one = broken == Broken::kUnknownLiar || broken == Broken::kAnySignature ||
                         broken == Broken::kAnySnapshot || broken == Broken::kAnyRange;
  return needs_one ? std::max<std::size_t>(most, 1) : 0;
}

DeploymentOptions draw_options(const RunOptions& options, std::size_t replicas) {
  Random random(simulation::mix(options.seed, 1866));
  constexpr std::int64_t kDeltasMs[] = {200, 500, 1000};
  DeploymentOptions drawn{.seed = options.seed, .founders = replicas, .broken = options.broken};
  drawn.delta_ms = kDeltasMs[random.below(std::size(kDeltasMs))];
  drawn.heartbeat_ms = random.chance(200) ? kHeartbeatOftenMs : kHeartbeatMs;
  drawn.guests = random.chance(500) ? random.below(kGuestsMax + 1) : 0;
  if (random.chance(500)) drawn.changes_per_mille = random.chance(500) ? 40 : 200;
  if (options.calm || options.broken != Broken::kNothing) drawn.heartbeat_ms = kHeartbeatMs;
  // Drawn apart: a run without liars stays what it was.
  Random liars(simulation::mix(options.seed, kLiarsDraw));
  const std::size_t most = max_faulty(replicas);
  if (most > 0 && liars.chance(kLiarsPerMille)) drawn.liars = 1 + liars.below(most);
  if (options.calm || options.broken != Broken::kNothing) drawn.liars = liars_of(options.broken, most);
  drawn.idle_liars =
      options.broken == Broken::kNothing && Random(simulation::mix(options.seed, kIdleDraw)).chance(kIdlePerMille);
  Random snapshots(simulation::mix(options.seed, kSnapshotsDraw));
  const bool taken = snapshots.chance(kSnapshotsPerMille) && options.broken == Broken::kNothing && !options.calm;
  if (taken || options.broken == Broken::kAnySnapshot) drawn.snapshot_every = snapshots.between(2, kSnapshotEveryMax);
  return drawn;
}

class Run {
 public:
  Run(const RunOptions& options, std::size_t replicas);
  RunResult result();

 private:
  void start();
  void heal();
  void demand_finality();
  void demand_quiet();
  void check_ends();
  void check_signatures();
  [[nodiscard]] std::set<NodeId> draw_dead();

  RunOptions options_;
  DeploymentOptions setup_;
  Deployment deployment_;
  FrameWorld& world_;
  simulation::Chaos chaos_;
  Misfortunes misfortunes_;
  RunResult result_;
};

Run::Run(const RunOptions& options, std::size_t replicas)
    : options_(options),
      setup_(draw_options(options, replicas)),
      deployment_(setup_, options.trace),
      world_(deployment_.world),
      chaos_(deployment_, world_),
      misfortunes_(deployment_, options.seed) {
  result_.replicas = replicas;
}

/// Who never comes back: together with those whose votes are lost for good at most f.
std::set<NodeId> Run::draw_dead() {
  Random& random = world_.random();
  const std::size_t impaired = deployment_.impaired().size();
  const std::size_t faulty = deployment_.faulty_max();
  std::size_t count = impaired <= faulty ? random.below(faulty - impaired + 1) : 0;
  if (options_.calm) count = 0;
  if (options_.broken == Broken::kTooManyDead) count = faulty + 1;
  std::vector<NodeId> order;
  for (NodeId id = 0; id < setup_.founders; ++id)
    if (!deployment_.impaired().contains(id)) order.push_back(id);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()))};
}

void Run::start() {
  // Drawn apart, as the liars.
  Random late(simulation::mix(options_.seed, kLateDraw));
  const bool somebody_is_late = late.chance(kLatePerMille) && options_.broken == Broken::kNothing && !options_.calm;
  if (somebody_is_late || options_.broken == Broken::kAnyRange || options_.broken == Broken::kAnySnapshot) {
    const auto absent = static_cast<NodeId>(late.below(setup_.founders));
    for (NodeId id = 0; id < deployment_.size(); ++id)
      if (id != absent) deployment_.start(id);
    for (std::int64_t left = late.between(kLateEventsMin, kLateEventsMax); left > 0; --left) {
      deployment_.submit_certificate();
      deployment_.run_for(late.between(setup_.delta_ms / 4, 2 * setup_.delta_ms));
    }
  }
  deployment_.start_all();
  if (options_.calm) return;
  if (options_.broken == Broken::kNothing) misfortunes_.begin();
  if (options_.broken == Broken::kJournalWithStore) misfortunes_.begin_certainly();
}

void Run::heal() {
  Random& random = world_.random();
  chaos_.stop();
  misfortunes_.end();
  deployment_.pardon();
  world_.restore_all();
  const std::int64_t delta = setup_.delta_ms;
  world_.weather = simulation::Weather{.delay_ms_max = random.between(1, delta / 5)};
  const std::int64_t disk_ms_max = random.between(0, delta / 10);
  deployment_.set_speeds(disk_ms_max, disk_ms_max);
  deployment_.setting.crash_per_mille = 0;
  deployment_.correct_clocks();
  if (setup_.liars > 0 && !random.chance(kLieOnPerMille)) deployment_.conspiracy.active = false;
  const std::set<NodeId> dead = draw_dead();
  std::size_t may_stay_wrong =
      deployment_.faulty_max() - std::min(deployment_.faulty_max(), deployment_.impaired().size() + dead.size());
  for (NodeId id = 0; id < deployment_.size(); ++id) {
    Node& node = deployment_.node(id);
    if (may_stay_wrong > 0 && random.chance(500))
      --may_stay_wrong;
    else
      node.set_clock_rate(LocalClock::kTrueRate);
    if (node.up()) node.resume();
    if (node.up() && (dead.contains(id) || node.is_cut_off())) node.crash();
    if (!dead.contains(id) && !node.up()) deployment_.start(id);
  }
  deployment_.mourn(dead);
  deployment_.connect_all();
  deployment_.demand_what_is_held();
  deployment_.repeat_registrations();
  for (int i = 0; i < kEventsAfterFaults; ++i) deployment_.submit_certificate();
}

void Run::demand_finality() {
  const std::int64_t start_ms = world_.now_ms();
  const std::int64_t limit_ms =
      kRecoveryLimitMs + static_cast<std::int64_t>(deployment_.faulty_max()) * kRecoveryLimitMsPerFaulty;
  std::int64_t helped_ms = start_ms;
  while (!deployment_.everything_final()) {
    if (world_.now_ms() >= helped_ms + kOperatorsLookMs) {
      helped_ms = world_.now_ms();
      deployment_.help_left_alone();
    }
    if (world_.now_ms() >= start_ms + limit_ms)
      throw Violation("L1",
                      "not everything is final after " + std::to_string(limit_ms) + " ms;" + deployment_.standing());
    deployment_.run_for(setup_.delta_ms / 4);
  }
  result_.recovery_ms = std::max(result_.recovery_ms, world_.now_ms() - start_ms);
}

void Run::demand_quiet() {
  if (setup_.heartbeat_ms < kQuietMs) return;
  const std::int64_t start_ms = world_.now_ms();
  deployment_.conspiracy.active = false;
  const auto views_ahead = setup_.liars > 0 ? static_cast<std::int64_t>(2 * deployment_.size()) : 0;
  const std::int64_t settle_ms = kSettleMs + 60 * setup_.delta_ms + views_ahead * kViewMs;
  deployment_.run_for(settle_ms);
  // A key whose registration was still under way may have changed the validators, and its operator need help.
  if (!deployment_.everything_final()) {
    demand_finality();
    deployment_.run_for(settle_ms);
  }
  const std::uint64_t batches = deployment_.batches_written();
  const std::uint64_t packets = world_.packets_sent();
  deployment_.run_for(kQuietMs);
  if (world_.packets_sent() != packets)
    throw Violation("Q1", std::to_string(world_.packets_sent() - packets) + " frames are sent without work;" +
                              deployment_.standing());
  if (deployment_.batches_written() != batches) throw Violation("Q1", "something is written without work");
  result_.active_ms -= world_.now_ms() - start_ms;
}

// Every log is whole, and a published checkpoint covers what was final a minute ago.
void Run::check_ends() {
  const LogSize covered = deployment_.oracle.log().size();
  deployment_.run_for(kSettleMs);
  for (NodeId id = 0; id < deployment_.size(); ++id) {
    if (!deployment_.active(id) || !deployment_.honest(id)) continue;
    const Node& node = deployment_.node(id);
    deployment_.oracle.compare(id, node.state());
    const auto evidence = deployment_.node(id).disk().store().evidence();
    deployment_.oracle.check_evidence(id, evidence);
    result_.evidence += evidence.size();
    if (node.checkpoint().size < covered)
      throw Violation("L1", "the checkpoint of node " + std::to_string(id) + " covers " +
                                std::to_string(node.checkpoint().size.value) + " of " + std::to_string(covered.value) +
                                " leaves;" + deployment_.standing());
  }
}

// Whatever comes while a node waits whether something follows: it signs the whole log in the end.
void Run::check_signatures() {
  for (int i = 0; i < kPairs; ++i) {
    deployment_.submit_certificate();
    deployment_.run_for(world_.random().between(1, kPairGapMsMax));
    deployment_.submit_certificate();
    deployment_.run_for(kSignedMs);
    for (NodeId id = 0; id < deployment_.size(); ++id) {
      if (!deployment_.active(id)) continue;
      const LogSize own = deployment_.node(id).signed_size();
      if (own != deployment_.oracle.log().size())
        throw Violation("L1", "node " + std::to_string(id) + " signed " + std::to_string(own.value) + " of " +
                                  std::to_string(deployment_.oracle.log().size().value) + " leaves;" +
                                  deployment_.standing());
    }
  }
}

RunResult Run::result() {
  try {
    start();
    if (!options_.calm) chaos_.run();
    heal();
    demand_finality();
    demand_quiet();
    deployment_.submit_certificate();
    demand_finality();
    check_ends();
    if (options_.calm && options_.broken == Broken::kNothing) check_signatures();
    demand_quiet();
  } catch (const Violation& violation) {
    result_.violation = violation.what();
  }
  result_.trace_hash = world_.trace_hash();
  result_.final_height = deployment_.oracle.log().height().value;
  result_.events_final = deployment_.oracle.log().envelopes();
  result_.faults = world_.faults;
  result_.epochs_ended = deployment_.epochs_ended();
  result_.virtual_ms = world_.now_ms();
  result_.active_ms += world_.now_ms();
  return result_;
}

}  // namespace

std::size_t draw_replicas(std::uint64_t seed) {
  constexpr simulation::ReplicaRange kRanges[] = {{40, 2, 3},   {640, 4, 4}, {280, 5, 10},
                                                  {35, 11, 22}, {4, 23, 46}, {1, 47, 85}};
  return simulation::draw_from(seed, kRanges);
}

RunResult run(const RunOptions& options) {
  const bool any = options.replicas == simulation::kAnyReplicas;
  return Run(options, any ? draw_replicas(options.seed) : options.replicas).result();
}

}  // namespace kimberlite::whole_node
