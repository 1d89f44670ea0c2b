#include "tests/simulation/run.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "proto/assert.h"
#include "tests/simulation/chaos.h"
#include "tests/simulation/deployment.h"

namespace kimberlite::simulation {

namespace {

/// Virtual time in which everything must be final after the last fault. Views may have backed off to 30 s, and f of
/// them in a row may have dead leaders; a chain of them is longer where there are more validators.
constexpr std::int64_t kRecoveryLimitMs = 300'000;
constexpr std::int64_t kRecoveryLimitMsPerFaulty = 30'000;
/// Virtual time in which a cluster without work must be silent, and before that the time that it has to fall silent.
constexpr std::int64_t kQuietMs = 600'000;
constexpr std::int64_t kSettleMs = 60'000;
/// Longest that a view may take, and a little. A vote counts up to 2n views ahead and is work for all who come there: a
/// Byzantine validator that voted ahead keeps a cluster awake for so many views after it has begun to behave.
constexpr std::int64_t kViewMs = 31'000;

/// Who is Byzantine, and how.
std::vector<Role> draw_roles(const RunOptions& options, std::size_t replicas) {
  Random random(mix(options.seed, 1789));
  const std::size_t faulty = (replicas - 1) / 3;
  const bool any = faulty > 0 && !options.calm && random.chance(400);
  std::size_t byzantine = any ? 1 + random.below(faulty) : 0;
  bool all_equivocate = random.chance(300);
  if (options.equivocators) byzantine = *options.equivocators;
  if (options.broken == Broken::kTooManyByzantine) byzantine = faulty + 1;
  if (options.broken == Broken::kCredulous) byzantine = 1;
  all_equivocate = all_equivocate || options.equivocators || options.broken != Broken::kNothing;
  constexpr Role kRoles[] = {Role::kEquivocator, Role::kWithholder, Role::kLiar};
  std::vector<Role> roles(replicas, Role::kHonest);
  for (std::size_t i = 0; i < byzantine; ++i) roles[i] = all_equivocate ? Role::kEquivocator : kRoles[random.below(3)];
  // Drawn apart: a run without liars stays what it was.
  Random idle(mix(options.seed, 1848));
  for (Role& role : roles)
    if (role == Role::kLiar && idle.chance(400)) role = Role::kIdler;
  if (options.idler) roles[0] = Role::kIdler;
  return roles;
}

class Run {
 public:
  Run(const RunOptions& options, std::size_t replicas);
  RunResult result();
  OneByOne one_by_one(std::optional<NodeId> dead, std::uint64_t turns);

 private:
  void draw_conditions();
  void heal();
  void demand_finality();
  void demand_quiet();
  void demand_silence();
  void check_evidence();
  [[nodiscard]] std::set<NodeId> draw_dead();
  [[nodiscard]] bool any_byzantine() const;

  RunOptions options_;
  Deployment deployment_;
  ModelWorld& world_;
  Cluster& cluster_;
  Chaos chaos_;
  RunResult result_;
};

Run::Run(const RunOptions& options, std::size_t replicas)
    : options_(options),
      deployment_(options.seed, draw_roles(options, replicas), options.trace),
      world_(deployment_.world),
      cluster_(deployment_.cluster),
      chaos_(deployment_, deployment_.world) {
  result_.replicas = replicas;
  draw_conditions();
}

void Run::draw_conditions() {
  Random& random = world_.random();
  const std::int64_t deltas[] = {200, 500, 1000};
  cluster_.delta_ms = deltas[random.below(3)];
  cluster_.journal_capacity = random.chance(200) ? 128 : 4096;
  cluster_.pool_survives = random.chance(700);
  cluster_.crash_in_step_per_mille = random.chance(500) ? 2 : 0;
  const std::uint64_t kept_per_mille[] = {0, 300, 900};
  cluster_.kept_per_mille = kept_per_mille[random.below(3)];
  // Drawn apart: a run without changes stays what it was.
  Random changes(mix(options_.seed, 1648));
  if (!options_.calm && changes.chance(500)) deployment_.changes_per_mille = changes.chance(500) ? 30 : 200;
  if (options_.broken == Broken::kEpochless) {
    deployment_.changes_per_mille = 200;
    deployment_.blocks.hide_closing();
    cluster_.ignores_epochs = true;
  }
  cluster_.forgets_journal = options_.broken == Broken::kForgetfulJournal;
  cluster_.sends_before_sync = options_.broken == Broken::kEarlyMessages;
  cluster_.votes_after_disk_loss = options_.broken == Broken::kVotingFollower;
  cluster_.votes_after_rollback = options_.broken == Broken::kStubborn;
  cluster_.believes_anything = options_.broken == Broken::kCredulous;
  cluster_.forgets_log = options_.broken == Broken::kForgetfulStore;
  const NodeId last = deployment_.size() - 1;
  if (options_.broken == Broken::kDivergent) cluster_.divergent = last;
  if (options_.broken == Broken::kRestless) cluster_.restless = last;
  deployment_.tells_connections = random.chance(500);
}

/// Who never comes back: together with those whose votes are lost for good at most f.
std::set<NodeId> Run::draw_dead() {
  Random& random = world_.random();
  const std::size_t impaired = deployment_.impaired().size();
  const std::size_t faulty = deployment_.faulty_max();
  std::size_t count = impaired <= faulty ? random.below(faulty - impaired + 1) : 0;
  if (options_.broken == Broken::kTooManyDead) count = faulty + 1;
  if (options_.calm) count = 0;
  std::vector<NodeId> order;
  for (NodeId id = 0; id < deployment_.size(); ++id)
    if (!deployment_.impaired().contains(id)) order.push_back(id);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()))};
}

void Run::heal() {
  Random& random = world_.random();
  chaos_.stop();
  world_.restore_all();
  const std::int64_t delta = cluster_.delta_ms;
  world_.weather = Weather{.delay_ms_max = random.between(1, delta / 5)};
  cluster_.disk_ms_max = cluster_.execute_ms_max = random.between(0, delta / 10);
  cluster_.crash_in_step_per_mille = 0;
  cluster_.forgets_journal = false;
  const std::set<NodeId> dead = draw_dead();
  // Clocks that stay wrong count as faulty as well.
  const std::size_t faulty = deployment_.impaired().size() + dead.size();
  std::size_t may_stay_wrong = deployment_.faulty_max() - std::min(deployment_.faulty_max(), faulty);
  for (NodeId id = 0; id < deployment_.size(); ++id) {
    Node& node = deployment_.node(id);
    if (may_stay_wrong > 0 && random.chance(500))
      --may_stay_wrong;
    else
      node.set_clock_rate(LocalClock::kTrueRate);
    if (node.up()) node.resume();
    if (dead.contains(id) && node.up()) node.crash();
    if (!dead.contains(id) && !node.up()) deployment_.start(id);
  }
  deployment_.connect_all();
  // What was lost with a pool is not demanded; what lies in a pool still is.
  deployment_.forget_demands();
  for (int i = 0; i < 3; ++i) deployment_.submit_somewhere();
}

void Run::demand_finality() {
  const std::int64_t start_ms = world_.now_ms();
  const std::int64_t limit_ms =
      kRecoveryLimitMs + static_cast<std::int64_t>(deployment_.faulty_max()) * kRecoveryLimitMsPerFaulty;
  while (!deployment_.everything_final()) {
    if (world_.now_ms() >= start_ms + limit_ms)
      throw Violation("L1",
                      "not everything is final after " + std::to_string(limit_ms) + " ms;" + deployment_.standing());
    deployment_.run_for(cluster_.delta_ms / 4);
  }
  result_.recovery_ms = std::max(result_.recovery_ms, world_.now_ms() - start_ms);
}

bool Run::any_byzantine() const {
  for (NodeId id = 0; id < deployment_.size(); ++id)
    if (!deployment_.honest(id)) return true;
  return false;
}

void Run::demand_quiet() {
  const std::int64_t start_ms = world_.now_ms();
  deployment_.conspiracy.active = false;
  const auto views_ahead = any_byzantine() ? static_cast<std::int64_t>(2 * deployment_.size()) : 0;
  deployment_.run_for(kSettleMs + 60 * cluster_.delta_ms + views_ahead * kViewMs);
  const std::uint64_t records = deployment_.records_written();
  const std::uint64_t packets = world_.packets_sent();
  world_.run_until(world_.now_ms() + kQuietMs);
  if (world_.packets_sent() != packets) throw Violation("Q1", "messages are sent without work");
  if (deployment_.records_written() != records) throw Violation("Q1", "votes are journalled without work");
  if (!world_.idle()) throw Violation("Q1", "timers run without work");
  result_.active_ms -= world_.now_ms() - start_ms;
}

/// Nobody has work, and nothing has happened yet: not a message, not a record, not a timer.
void Run::demand_silence() {
  world_.run_until(world_.now_ms() + cluster_.delta_ms);
  if (!world_.idle()) throw Violation("Q1", "timers run before there was work");
  if (world_.packets_sent() != 0) throw Violation("Q1", "messages are sent before there was work");
  if (deployment_.records_written() != 0) throw Violation("Q1", "votes are journalled before there was work");
}

void Run::check_evidence() {
  for (NodeId id = 0; id < deployment_.size(); ++id) {
    if (!deployment_.honest(id)) continue;
    for (const auto& evidence : deployment_.node(id).evidence())
      if (deployment_.honest(evidence.validator) && !deployment_.oracle.excused(evidence.validator) &&
          options_.broken == Broken::kNothing)
        throw Violation("S3", "evidence against the honest validator " + std::to_string(evidence.validator));
    result_.evidence += deployment_.node(id).evidence().size();
  }
}

RunResult Run::result() {
  try {
    for (NodeId id = 0; id < deployment_.size(); ++id) deployment_.start(id);
    if (options_.calm)
      demand_silence();
    else
      chaos_.run();
    heal();
    demand_finality();
    demand_quiet();
    deployment_.submit_somewhere();
    demand_finality();
    demand_quiet();
    check_evidence();
  } catch (const Violation& violation) {
    result_.violation = violation.what();
  }
  result_.trace_hash = world_.trace_hash();
  result_.final_height = deployment_.oracle.reported_height().value;
  result_.events_final = deployment_.events_final();
  result_.faults = world_.faults;
  result_.rollbacks_noticed = deployment_.oracle.rollbacks_noticed();
  result_.epochs_ended = deployment_.oracle.epochs_ended();
  result_.virtual_ms = world_.now_ms();
  result_.active_ms += world_.now_ms();
  return result_;
}

OneByOne Run::one_by_one(std::optional<NodeId> dead, std::uint64_t turns) {
  const std::int64_t delta = cluster_.delta_ms;
  world_.weather = Weather{.delay_ms_max = delta / 20};
  cluster_.disk_ms_max = cluster_.execute_ms_max = delta / 20;
  cluster_.crash_in_step_per_mille = 0;  // the one that fails is the only fault
  for (NodeId id = 0; id < deployment_.size(); ++id)
    if (id != dead) deployment_.start(id);
  OneByOne times{.delta_ms = delta, .events = {}};
  while (true) {
    const View before = deployment_.node(1).replica().status().view;
    if (before.value > turns * deployment_.size()) return times;
    const std::int64_t start_ms = world_.now_ms();
    deployment_.submit_somewhere();
    demand_finality();
    times.events.push_back({before, world_.now_ms() - start_ms});
  }
}

}  // namespace

std::size_t draw_from(std::uint64_t seed, std::span<const ReplicaRange> ranges) {
  Random random(mix(seed, 85));
  std::uint64_t drawn = random.below(1000);
  for (const ReplicaRange& range : ranges) {
    if (drawn < range.per_mille) return static_cast<std::size_t>(random.between(range.low, range.high));
    drawn -= range.per_mille;
  }
  KIMBERLITE_ASSERT(false, "the ranges make up a thousand");
}

// Small clusters find most, and quickly; large ones a little of their own.
std::size_t draw_replicas(std::uint64_t seed) {
  constexpr ReplicaRange kRanges[] = {{60, 1, 3}, {500, 4, 4}, {330, 5, 10}, {90, 11, 22}, {15, 23, 46}, {5, 47, 85}};
  return draw_from(seed, kRanges);
}

RunResult run(const RunOptions& options) {
  const std::size_t replicas = options.replicas == kAnyReplicas ? draw_replicas(options.seed) : options.replicas;
  return Run(options, replicas).result();
}

OneByOne run_one_by_one(std::uint64_t seed, Failing failing, std::uint64_t turns) {
  const bool idle = failing == Failing::kIdle;
  const std::optional<NodeId> dead = idle ? std::nullopt : std::optional<NodeId>(0);
  return Run(RunOptions{.seed = seed, .equivocators = 0, .calm = true, .idler = idle}, 4).one_by_one(dead, turns);
}

}  // namespace kimberlite::simulation
