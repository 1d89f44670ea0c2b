#include "tests/simulation/run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "tests/simulation/equivocator.h"
#include "tests/simulation/node.h"

namespace kimberlite::simulation {

namespace {

/// Virtual time in which everything must be final after the last fault. Views may have backed off to 30 s, and f of
/// them in a row may have dead leaders.
constexpr std::int64_t kRecoveryLimitMs = 300'000;

Digest digest_of(std::uint64_t value) {
  Digest digest;
  for (std::size_t i = 0; i < Digest::kSize; ++i) digest.bytes[i] = static_cast<std::uint8_t>(mix(value, i));
  return digest;
}

ValidatorSet make_validators(std::size_t count) {
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < count; ++i) {
    Validator validator;
    validator.participant = std::string(1, static_cast<char>('A' + i / 26)) + static_cast<char>('A' + i % 26);
    validator.key.bytes[0] = static_cast<std::uint8_t>(i);
    validators.push_back(validator);
  }
  return ValidatorSet(std::move(validators));
}

class Run {
 public:
  explicit Run(const RunOptions& options);
  RunResult result();
  SilentLeaderTimes silent_leader_times();

 private:
  void draw_conditions();
  void draw_weather();
  void chaos();
  void one_fault();
  void cut_some_links();
  void connect(NodeId a, NodeId b);
  void start(NodeId id);
  void submit_somewhere();
  void heal();
  void demand_finality(std::int64_t limit_ms);
  void demand_quiet();
  void demand_silence();
  [[nodiscard]] bool everything_final() const;
  [[nodiscard]] bool honest(NodeId id) const { return id >= equivocators_; }
  [[nodiscard]] std::string missing() const;
  void check_evidence();

  RunOptions options_;
  std::size_t n_;
  std::size_t faulty_;
  Digest chain_id_;
  World world_;
  Blocks blocks_;
  Oracle oracle_;
  Cluster cluster_;
  Conspiracy conspiracy_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t equivocators_ = 0;
  bool tells_connections_{};
  std::set<EventId> demanded_;
  EventId next_event_ = 1;
  RunResult result_;
};

Run::Run(const RunOptions& options)
    : options_(options),
      n_(options.replicas),
      faulty_((n_ - 1) / 3),
      chain_id_(digest_of(options.seed)),
      world_(mix(options.seed, n_), n_, options.trace),
      blocks_(chain_id_),
      oracle_(blocks_, n_),
      cluster_{world_, blocks_, oracle_, make_validators(n_), chain_id_} {
  draw_conditions();
  for (NodeId id = 0; id < n_; ++id) {
    if (honest(id))
      nodes_.push_back(std::make_unique<Node>(cluster_, id));
    else
      nodes_.push_back(std::make_unique<Equivocator>(cluster_, id, conspiracy_));
  }
  world_.on_deliver([this](NodeId to, NodeId from, const Packet& packet) {
    if (nodes_[to]->up()) nodes_[to]->receive(from, packet);
  });
}

void Run::draw_conditions() {
  Random& random = world_.random();
  const std::int64_t deltas[] = {200, 500, 1000};
  cluster_.delta_ms = deltas[random.below(3)];
  cluster_.journal_capacity = random.chance(200) ? 128 : 4096;
  cluster_.pool_survives = random.chance(700);
  cluster_.crash_in_step_per_mille = random.chance(500) ? 2 : 0;
  cluster_.forgets_journal = options_.broken == Broken::kForgetfulJournal;
  cluster_.sends_before_sync = options_.broken == Broken::kEarlyMessages;
  cluster_.believes_anything = options_.broken == Broken::kCredulous;
  cluster_.forgets_log = options_.broken == Broken::kForgetfulStore;
  if (options_.broken == Broken::kDivergent) cluster_.divergent = static_cast<NodeId>(n_ - 1);
  if (options_.broken == Broken::kRestless) cluster_.restless = static_cast<NodeId>(n_ - 1);
  tells_connections_ = random.chance(500);
  equivocators_ = faulty_ > 0 && random.chance(250) ? 1 + random.below(faulty_) : 0;
  if (options_.equivocators) equivocators_ = *options_.equivocators;
  if (options_.broken == Broken::kTooManyByzantine) equivocators_ = faulty_ + 1;
  if (options_.broken == Broken::kCredulous) equivocators_ = 1;
}

void Run::draw_weather() {
  Random& random = world_.random();
  const std::int64_t delta = cluster_.delta_ms;
  Weather& weather = world_.weather;
  weather.delay_ms_max = random.between(1, random.chance(100) ? 3 * delta : delta / 4);
  weather.loss_per_mille = random.chance(500) ? random.below(300) : 0;
  weather.duplicate_per_mille = random.chance(300) ? random.below(500) : 0;
  weather.clog_per_mille = random.chance(300) ? random.below(100) : 0;
  weather.clog_ms = 5 * delta;
  cluster_.disk_ms_max = random.between(0, random.chance(100) ? 3 * delta : delta / 8);
  cluster_.execute_ms_max = random.between(0, random.chance(100) ? 3 * delta : delta / 8);
}

void Run::connect(NodeId a, NodeId b) {
  if (!tells_connections_) return;
  const std::int64_t delay_ms = world_.random().between(0, cluster_.delta_ms / 4);
  for (const auto& link : {std::pair{a, b}, std::pair{b, a}})
    world_.after(delay_ms, [this, from = link.first, to = link.second] {
      const bool linked = !world_.is_cut(from, to) && !world_.is_cut(to, from);
      if (nodes_[from]->up() && nodes_[to]->up() && linked) nodes_[from]->connected(to);
    });
}

void Run::start(NodeId id) {
  nodes_[id]->start();
  for (NodeId peer = 0; peer < n_; ++peer)
    if (peer != id && nodes_[peer]->up()) connect(id, peer);
}

void Run::cut_some_links() {
  Random& random = world_.random();
  world_.restore_all();
  const std::uint64_t shape = random.below(4);
  const NodeId one = static_cast<NodeId>(random.below(n_));
  const std::uint64_t sides = random.next();
  for (NodeId from = 0; from < n_; ++from) {
    for (NodeId to = 0; to < n_; ++to) {
      const bool apart = ((sides >> from) & 1) != ((sides >> to) & 1);
      const bool is_cut = shape == 0   ? apart                     // two sides
                          : shape == 1 ? from == one || to == one  // one alone
                          : shape == 2 ? from == one               // one unheard
                                       : random.chance(300);       // some directions of some links
      if (from != to) world_.cut(from, to, is_cut);
    }
  }
}

void Run::submit_somewhere() {
  std::vector<Node*> open;
  for (NodeId id = static_cast<NodeId>(equivocators_); id < n_; ++id)
    if (nodes_[id]->up()) open.push_back(nodes_[id].get());
  if (open.empty()) return;
  open[world_.random().below(open.size())]->submit(next_event_);
  demanded_.insert(next_event_++);
}

void Run::one_fault() {
  Random& random = world_.random();
  const NodeId one = static_cast<NodeId>(random.below(n_));
  const std::uint64_t what = random.below(100);
  if (what < 45) return submit_somewhere();
  ++result_.faults;
  if (what < 60) {
    if (nodes_[one]->up()) nodes_[one]->crash();
  } else if (what < 75) {
    for (NodeId id = 0; id < n_; ++id)
      if (!nodes_[id]->up() && random.chance(600)) start(id);
  } else if (what < 78) {
    for (const auto& node : nodes_)
      if (node->up()) node->crash();
  } else if (what < 85) {
    cut_some_links();
  } else if (what < 93) {
    world_.restore_all();
    for (NodeId a = 0; a < n_; ++a)
      for (NodeId b = 0; b < a; ++b) connect(a, b);
  } else {
    draw_weather();
  }
}

void Run::chaos() {
  Random& random = world_.random();
  draw_weather();
  const std::int64_t end_ms = random.between(10, 150) * cluster_.delta_ms;
  const std::int64_t pace_ms = random.between(cluster_.delta_ms / 4, 3 * cluster_.delta_ms);
  while (world_.now_ms() < end_ms) {
    const std::int64_t next_ms = world_.now_ms() + random.between(0, pace_ms);
    world_.run_until(next_ms);
    // With nobody up the queue may run dry: time goes on nevertheless.
    world_.after(next_ms - world_.now_ms(), [] {});
    world_.run_until(next_ms);
    one_fault();
  }
}

void Run::heal() {
  Random& random = world_.random();
  world_.restore_all();
  const std::int64_t delta = cluster_.delta_ms;
  world_.weather = Weather{.delay_ms_max = random.between(1, delta / 5)};
  cluster_.disk_ms_max = cluster_.execute_ms_max = random.between(0, delta / 10);
  cluster_.crash_in_step_per_mille = 0;
  cluster_.forgets_journal = false;
  std::size_t may_stay_dead = equivocators_ <= faulty_ ? random.below(faulty_ - equivocators_ + 1) : 0;
  if (options_.broken == Broken::kTooManyDead) may_stay_dead = faulty_ + 1;
  if (options_.calm) may_stay_dead = 0;
  std::vector<NodeId> order;
  for (NodeId id = static_cast<NodeId>(equivocators_); id < n_; ++id) order.push_back(id);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::set<NodeId> dead(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(may_stay_dead));
  for (NodeId id = 0; id < n_; ++id) {
    if (dead.contains(id) && nodes_[id]->up()) nodes_[id]->crash();
    if (!dead.contains(id) && !nodes_[id]->up()) start(id);
  }
  for (NodeId a = 0; a < n_; ++a)
    for (NodeId b = 0; b < a; ++b) connect(a, b);
  // What was lost with a pool is not demanded; what lies in a pool still is.
  demanded_.clear();
  for (int i = 0; i < 3; ++i) submit_somewhere();
}

bool Run::everything_final() const {
  for (NodeId id = static_cast<NodeId>(equivocators_); id < n_; ++id) {
    const Node& node = *nodes_[id];
    if (!node.up()) continue;
    if (node.has_pool() || node.height() < oracle_.reported_height()) return false;
    for (const EventId event : demanded_)
      if (!node.has_final(event)) return false;
  }
  return true;
}

std::string Run::missing() const {
  std::string words = "not everything is final after " + std::to_string(kRecoveryLimitMs) + " ms;";
  for (const auto& node : nodes_) {
    words += "\n  node " + std::to_string(node->id()) + ": ";
    if (!node->up()) {
      words += "down";
      continue;
    }
    const auto status = node->replica().status();
    words += "height " + std::to_string(node->height().value) + ", view " + std::to_string(status.view.value) +
             ", final view " + std::to_string(status.final_view.value) + ", " + status.why;
  }
  return words;
}

void Run::demand_finality(std::int64_t limit_ms) {
  const std::int64_t start_ms = world_.now_ms();
  while (!everything_final()) {
    if (world_.now_ms() >= start_ms + limit_ms) throw Violation("L1", missing());
    const std::int64_t next_ms = world_.now_ms() + cluster_.delta_ms / 4;
    world_.after(next_ms - world_.now_ms(), [] {});
    world_.run_until(next_ms);
  }
  result_.recovery_ms = std::max(result_.recovery_ms, world_.now_ms() - start_ms);
}

void Run::demand_quiet() {
  conspiracy_.active = false;
  std::uint64_t records = 0;
  const auto written = [&] {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) sum += node->records_written();
    return sum;
  };
  world_.run_until(world_.now_ms() + 60'000 + 60 * cluster_.delta_ms);
  records = written();
  const std::uint64_t packets = world_.packets_sent();
  world_.run_until(world_.now_ms() + 600'000);
  if (world_.packets_sent() != packets) throw Violation("Q1", "messages are sent without work");
  if (written() != records) throw Violation("Q1", "votes are journalled without work");
  if (!world_.idle()) throw Violation("Q1", "timers run without work");
}

/// Nobody has work, and nothing has happened yet: not a message, not a record, not a timer.
void Run::demand_silence() {
  world_.run_until(world_.now_ms() + cluster_.delta_ms);
  if (!world_.idle()) throw Violation("Q1", "timers run before there was work");
  if (world_.packets_sent() != 0) throw Violation("Q1", "messages are sent before there was work");
  for (const auto& node : nodes_)
    if (node->records_written() != 0) throw Violation("Q1", "votes are journalled before there was work");
}

void Run::check_evidence() {
  for (NodeId id = static_cast<NodeId>(equivocators_); id < n_; ++id) {
    for (const auto& evidence : nodes_[id]->evidence())
      if (honest(evidence.validator) && options_.broken == Broken::kNothing)
        throw Violation("S3", "evidence against the honest validator " + std::to_string(evidence.validator));
    result_.evidence += nodes_[id]->evidence().size();
  }
}

RunResult Run::result() {
  try {
    for (NodeId id = 0; id < n_; ++id) start(id);
    if (options_.calm)
      demand_silence();
    else
      chaos();
    heal();
    demand_finality(kRecoveryLimitMs);
    demand_quiet();
    submit_somewhere();
    demand_finality(kRecoveryLimitMs);
    demand_quiet();
    check_evidence();
  } catch (const Violation& violation) {
    result_.violation = violation.what();
  }
  result_.trace_hash = world_.trace_hash();
  result_.final_height = oracle_.reported_height().value;
  result_.events_run = world_.events_run();
  return result_;
}

SilentLeaderTimes Run::silent_leader_times() {
  constexpr NodeId kDead = 0;
  const std::int64_t delta = cluster_.delta_ms;
  world_.weather = Weather{.delay_ms_max = delta / 20};
  cluster_.disk_ms_max = cluster_.execute_ms_max = delta / 20;
  cluster_.crash_in_step_per_mille = 0;  // the dead leader is the only fault
  for (NodeId id = 0; id < n_; ++id)
    if (id != kDead) start(id);
  SilentLeaderTimes times{.delta_ms = delta, .first_ms = 0, .last_ms = 0};
  while (true) {
    const View before = nodes_[1]->replica().status().view;
    if (before.value > 8 * n_) break;
    const std::int64_t start_ms = world_.now_ms();
    submit_somewhere();
    demand_finality(kRecoveryLimitMs);
    const std::int64_t took_ms = world_.now_ms() - start_ms;
    if (before.value <= 2 * n_) times.first_ms = std::max(times.first_ms, took_ms);
    if (before.value > 4 * n_) times.last_ms = std::max(times.last_ms, took_ms);
  }
  return times;
}

}  // namespace

RunResult run(const RunOptions& options) {
  return Run(options).result();
}

SilentLeaderTimes run_with_silent_leader(std::uint64_t seed) {
  return Run(RunOptions{.seed = seed, .equivocators = 0, .calm = true}).silent_leader_times();
}

}  // namespace kimberlite::simulation
