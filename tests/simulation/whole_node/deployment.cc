#include "tests/simulation/whole_node/deployment.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"
#include "tests/simulation/whole_node/liars/liar.h"

namespace kimberlite::whole_node {

using simulation::Fault;
using simulation::Random;

namespace {

constexpr std::int64_t kOrdinaryWrongMsMax = 400;
// What an operator takes to give a node its key, in deltas.
constexpr std::int64_t kOperatorDeltas = 4;
constexpr std::int64_t kLeavingDeltas = 20;
// How often a client looks whether its envelope got lost.
constexpr std::int64_t kInsistDeltas = 20;
constexpr std::int64_t kRestlessMs = 60'000;
// Chance of a thousand that a node without a store begins with a snapshot, and how long its operator waits for one.
constexpr std::uint64_t kSnapshotSyncsDraw = 1869;
constexpr std::uint64_t kSnapshotSyncPerMille = 700;
constexpr std::int64_t kPatienceMs = 30'000;
constexpr std::uint64_t kJournalBytes[] = {512 * 1024, 1024 * 1024, 4096 * 1024};
constexpr std::uint64_t kKeptPerMille[] = {0, 300, 900};

Cast make_cast(const DeploymentOptions& options) {
  return Cast({.seed = options.seed,
               .founders = options.founders,
               .guests = options.guests,
               .delta_ms = options.delta_ms,
               .heartbeat_ms = options.heartbeat_ms,
               .genesis_time_ms = TimeMs{kWorldBeginMs - 1'000}});
}

}  // namespace

Deployment::Deployment(const DeploymentOptions& options, simulation::World::TraceSink trace)
    : world(simulation::mix(options.seed, options.founders), options.founders + options.guests, std::move(trace)),
      time(world),
      wires(world),
      cast(make_cast(options)),
      oracle(cast, cast.size()),
      setting{.world = world,
              .time = time,
              .wires = wires,
              .cast = cast,
              .oracle = oracle,
              .delta_ms = options.delta_ms,
              .heartbeat_ms = options.heartbeat_ms,
              .snapshot_every = options.snapshot_every,
              .broken = options.broken},
      options_(options) {
  Random& random = world.random();
  setting.journal_bytes = kJournalBytes[random.below(std::size(kJournalBytes))];
  setting.kept_per_mille = kKeptPerMille[random.below(std::size(kKeptPerMille))];
  setting.reopened_per_mille = random.chance(500) ? 100 : 0;
  setting.crash_per_mille = random.chance(500) ? 4 : 0;
  for (NodeId id = 0; id < cast.size(); ++id) {
    nodes_.push_back(std::make_unique<Node>(setting, id));
    nodes_.back()->set_wall_wrong(random.between(-kOrdinaryWrongMsMax, kOrdinaryWrongMsMax));
    wires.add(*nodes_.back());
    if (id < cast.founders()) members_.insert(id);
  }
  for (std::size_t i = 0; i < faulty_max(); ++i) wrong_clocks_.insert(static_cast<NodeId>(random.below(size())));
  corrupt(options.liars);
  draw_snapshot_syncs();
  oracle.voters_changed = [this](const ledger::VotingSet& voters) { voters_changed(voters); };
  world.on_send([this](NodeId from, NodeId to, const FramePtr& frame) {
    const std::string& bytes = *frame->bytes;
    world.note(from, simulation::mix(std::hash<std::string>()(bytes), to),
               [&] { return "to " + std::to_string(to) + ": " + describe_frame(bytes); });
    oracle.sent(from, frame->from, frame->bytes);
  });
}

void Deployment::corrupt(std::size_t liars) {
  while (impaired_.size() < liars) {
    const auto id = static_cast<NodeId>(world.random().below(cast.founders()));
    if (!honest(id)) continue;
    const auto submit = [this, id](const std::string& envelope) {
      world.after(0, [this, id, envelope] {
        if (nodes_[id]->started()) nodes_[id]->submit(envelope, [](const runtime::SubmitResult&) {});
      });
    };
    const bool forges = options_.broken == Broken::kAnySnapshot;
    const Scene scene{
        world, wires, cast, oracle.log(), options_.delta_ms, options_.snapshot_every > 0, forges, options_.idle_liars,
        submit};
    nodes_[id]->wear(std::make_unique<Liar>(scene, id, conspiracy));
    if (options_.broken != Broken::kUnknownLiar) oracle.distrust(id);
    impair(id);
  }
}

// Drawn apart: what a node does with an empty disk, if it ever has one.
void Deployment::draw_snapshot_syncs() {
  if (options_.snapshot_every == 0) return;
  Random random(simulation::mix(options_.seed, kSnapshotSyncsDraw));
  for (NodeId id = 0; id < size(); ++id)
    if (random.chance(kSnapshotSyncPerMille) && honest(id)) by_snapshot_.insert(id);
}

bool Deployment::is_taken() const {
  return std::ranges::any_of(nodes_, [](const auto& one) { return one->disk().has_snapshot(); });
}

bool Deployment::is_offered(NodeId to) const {
  return std::ranges::any_of(wires.peers_of(to), [this, least = nodes_[to]->imported()](const PublicKey& peer) {
    const auto at = wires.find(peer);
    return at && honest(*at) && active(*at) && nodes_[*at]->started() &&
           nodes_[*at]->snapshot_size() >= std::optional(least);
  });
}

// Whoever reaches nobody with a snapshot that helps is told today's keys of the others, and begins with genesis if that
// does not change it (deploy/OPERATE.md).
void Deployment::look_after(NodeId id) {
  world.after(kPatienceMs, [this, id, life = nodes_[id]->life()] {
    Node& one = *nodes_[id];
    if (!one.joining() || one.life() != life) return;
    if (is_offered(id)) return look_after(id);
    one.stop();
    if (one.keys_learned()) one.sync_by_snapshot(false);
    one.learn_keys();
    one.start();
    if (one.joining()) look_after(id);
  });
}

NodeId Deployment::leader_seen_by(NodeId id) const {
  if (!nodes_[id]->started()) return id;
  const auto status = nodes_[id]->status();
  const ValidatorSet* voters = oracle.log().voters(status.epoch);
  if (voters == nullptr || status.replica.leader >= voters->size()) return id;
  return cast.id_of((*voters)[status.replica.leader].participant);
}

void Deployment::start(NodeId id) {
  if (!members_.contains(id) || dead_.contains(id) || nodes_[id]->up()) return;
  nodes_[id]->sync_by_snapshot(by_snapshot_.contains(id) && is_taken());
  nodes_[id]->start();
  if (nodes_[id]->joining()) look_after(id);
}

void Deployment::start_all() {
  for (NodeId id = 0; id < size(); ++id) start(id);
  if (options_.broken == Broken::kRestless) never_rest();
}

void Deployment::never_rest() {
  if (nodes_.front()->started())
    nodes_.front()->submit(cast.issue(0, 1, time.true_wall_ms()), [](const runtime::SubmitResult&) {});
  world.after(kRestlessMs, [this] { never_rest(); });
}

void Deployment::jump_clock(NodeId id, std::int64_t ahead_ms) {
  nodes_[id]->jump_clock(ahead_ms);
  if (wrong_clocks_.contains(id)) nodes_[id]->set_wall_wrong(world.random().chance(500) ? ahead_ms : -ahead_ms);
}

void Deployment::correct_clocks() {
  for (const NodeId id : wrong_clocks_) nodes_[id]->set_wall_wrong(0);
}

void Deployment::lose_disk(NodeId id) {
  Node& one = *nodes_[id];
  if (one.up()) one.crash();
  const bool everything = world.random().chance(500);
  world.note(id, everything ? 1 : 0, [&] { return std::string(everything ? "DISK is lost" : "JOURNALS are lost"); });
  if (everything) {
    one.disk().lose_all();
    burned_keys_.insert(one.used_keys().begin(), one.used_keys().end());
    oracle.disk_lost(id);
  } else {
    one.disk().lose_journals();
  }
  const PublicKey key = cast.new_key(id);
  if (everything) one.set_key(key);
  wanted_keys_.insert_or_assign(id, key);
  register_key(id);
}

void Deployment::lose_store(NodeId id) {
  Node& one = *nodes_[id];
  if (one.up()) one.crash();
  world.faults.add(Fault::kStoreLost);
  world.note(id, 0, [] { return std::string("STORE is lost"); });
  one.disk().lose_store();
  if (options_.broken == Broken::kJournalWithStore) one.disk().lose_journals();
  oracle.disk_lost(id);
  storeless_.insert(id);
  impair(id);
}

void Deployment::pardon() {
  for (const NodeId id : storeless_) impaired_.erase(id);
}

void Deployment::back_up(NodeId id) {
  if (nodes_[id]->up() && !nodes_[id]->joining()) nodes_[id]->disk().back_up();
}

bool Deployment::has_backup(NodeId id) const {
  return nodes_[id]->disk().has_backup();
}

void Deployment::roll_back(NodeId id) {
  Node& one = *nodes_[id];
  if (one.up()) one.crash();
  world.note(id, 0, [] { return std::string("DISK is put back to its backup"); });
  one.disk().restore();
  oracle.rolled_back(id, one.configured_key());
}

void Deployment::set_speeds(std::int64_t disk_ms_max, std::int64_t execute_ms_max) {
  setting.disk_ms_max = disk_ms_max;
  setting.execute_ms_max = execute_ms_max;
}

void Deployment::connect(NodeId a, NodeId b) {
  if (a != b) wires.review(a);
}

void Deployment::run_for(std::int64_t ms) {
  const std::int64_t end_ms = world.now_ms() + ms;
  world.after(ms, [] {});  // with nobody up the queue may run dry: time goes on nevertheless
  world.run_until(end_ms);
}

// ---- operators ----------------------------------------------------------------------------------------------------

// Called in the middle of a node's step: whatever follows from it comes later.
void Deployment::voters_changed(const ledger::VotingSet& voters) {
  std::set<NodeId> named;
  for (const Validator& validator : voters.validators.all()) {
    const NodeId id = cast.id_of(validator.participant);
    named.insert(id);
    if (nodes_[id]->configured_key() == validator.key && members_.contains(id)) continue;
    world.after(world.random().between(0, kOperatorDeltas * options_.delta_ms),
                [this, id, key = validator.key] { give_key(id, key); });
  }
  for (const NodeId id : members_) {
    if (!named.contains(id))
      world.after(world.random().between(0, kLeavingDeltas * options_.delta_ms), [this, id] { withdraw(id); });
  }
  std::erase_if(wanted_keys_, [&](const auto& wanted) {
    return std::ranges::any_of(voters.validators.all(),
                               [&](const Validator& validator) { return validator.key == wanted.second; });
  });
}

void Deployment::give_key(NodeId id, const PublicKey& key) {
  const auto& newest = oracle.log().newest_voters().validators;
  if (!newest.index_of(key) || burned_keys_.contains(key)) return;  // it has another already, or will have
  members_.insert(id);
  Node& one = *nodes_[id];
  const bool runs = one.up() && one.key() == key;
  one.set_key(key);
  if (runs) return;
  if (one.up() && world.random().chance(500)) {
    one.stop();
  } else if (one.up()) {
    one.crash();
  }
  start(id);
}

void Deployment::withdraw(NodeId id) {
  members_.erase(id);
  if (nodes_[id]->up()) nodes_[id]->stop();
}

void Deployment::register_key(NodeId id) {
  const auto wanted = wanted_keys_.find(id);
  const auto at = any_open();
  if (wanted == wanted_keys_.end() || !at) return;
  hand_in(*at, cast.register_node(id, wanted->second, time.true_wall_ms()), [this, id](const auto& result) {
    if (result.outcome != runtime::Outcome::kRefused) return;
    world.after(kOperatorDeltas * options_.delta_ms, [this, id] { register_key(id); });
  });
}

void Deployment::repeat_registrations() {
  const auto wanted = wanted_keys_;
  for (const auto& [id, key] : wanted) register_key(id);
}

void Deployment::help_left_alone() {
  for (NodeId id = 0; id < size(); ++id) {
    Node& one = *nodes_[id];
    if (!one.up() || one.joining() || !one.is_behind()) continue;
    const auto peers = wires.peers_of(id);
    const bool helped = std::ranges::any_of(peers, [this](const PublicKey& peer) {
      const auto at = wires.find(peer);
      return at && honest(*at) && !nodes_[*at]->is_behind();
    });
    if (helped) continue;
    one.stop();
    one.learn_keys();
    start(id);
  }
}

// ---- clients ------------------------------------------------------------------------------------------------------

std::optional<NodeId> Deployment::any_open() {
  std::vector<NodeId> open;
  for (NodeId id = 0; id < size(); ++id)
    if (honest(id) && nodes_[id]->started() && !nodes_[id]->paused()) open.push_back(id);
  if (open.empty()) return std::nullopt;
  return open[world.random().below(open.size())];
}

void Deployment::hand_in(NodeId at, const std::string& envelope,
                         std::function<void(const runtime::SubmitResult&)> answered) {
  const Digest id = (*open_envelope(envelope, cast.genesis().chain_id))->id();
  world.note(at, simulation::mix(id.bytes[0], id.bytes[1]), [&] { return "CLIENT hands in " + id.hex().substr(0, 8); });
  nodes_[at]->submit(envelope, [this, at, id, answered = std::move(answered)](const runtime::SubmitResult& result) {
    oracle.answered(at, id, result);
    if (result.outcome == runtime::Outcome::kRefused) {
      world.note(at, id.bytes[0], [&] {
        return "REFUSES " + id.hex().substr(0, 8) + ": " + std::string(reason_name(result.refusal.reason)) + " " +
               result.refusal.message;
      });
    }
    answered(result);
  });
}

void Deployment::submit_somewhere() {
  if (world.random().chance(options_.changes_per_mille)) {
    submit_change();
  } else {
    submit_certificate();
  }
}

void Deployment::submit_certificate() {
  const auto at = any_open();
  if (!at) return;
  const auto exporter = static_cast<NodeId>(world.random().below(cast.founders()));
  const auto others = world.random().below(cast.founders() - 1);
  const auto importer = static_cast<NodeId>((exporter + 1 + others) % cast.founders());
  const std::string envelope = cast.issue(exporter, importer, time.true_wall_ms());
  const Digest id = (*open_envelope(envelope, cast.genesis().chain_id))->id();
  demanded_.emplace(id, envelope);
  world.after(kInsistDeltas * options_.delta_ms, [this, id] { insist(id); });
  hand_in(*at, envelope, [this, id](const runtime::SubmitResult& result) {
    if (result.outcome == runtime::Outcome::kRefused && demanded_.contains(id) &&
        result.refusal.reason != Reason::UNAVAILABLE && result.refusal.reason != Reason::OVERLOADED)
      throw simulation::Violation("L1", "an acceptable event is refused: " + result.refusal.message);
  });
}

void Deployment::insist(const Digest& envelope) {
  const auto demand = demanded_.find(envelope);
  if (demand == demanded_.end() || oracle.log().find(envelope)) return;
  world.after(kInsistDeltas * options_.delta_ms, [this, envelope] { insist(envelope); });
  const auto at = any_open();
  if (at && !is_held(envelope)) hand_in(*at, demand->second, [](const runtime::SubmitResult&) {});
}

bool Deployment::is_held(const Digest& envelope) const {
  for (NodeId at = 0; at < size(); ++at)
    if (active(at) && !impaired_.contains(at) && nodes_[at]->holds(envelope)) return true;
  return false;
}

void Deployment::submit_change() {
  const auto at = any_open();
  if (!at) return;
  world.faults.add(Fault::kValidatorChange);
  const auto ignore = [](const runtime::SubmitResult&) {};
  const TimeMs now = time.true_wall_ms();
  const auto id = static_cast<NodeId>(world.random().below(size()));
  const bool guest = id >= cast.founders();
  if (!guest || (members_.contains(id) && world.random().chance(300))) {
    return hand_in(*at, cast.register_node(id, cast.new_key(id), now), ignore);
  }
  // Whoever withdrew never comes back.
  if (members_.contains(id)) {
    leaving_.insert(id);
    return hand_in(*at, cast.withdraw(id, now), ignore);
  }
  if (!leaving_.contains(id)) hand_in(*at, cast.admit(id, cast.new_key(id), now), ignore);
}

void Deployment::demand_what_is_held() {
  std::erase_if(demanded_, [this](const auto& demand) { return !is_held(demand.first); });
}

// ---- what is to be ------------------------------------------------------------------------------------------------

bool Deployment::active(NodeId id) const {
  return nodes_[id]->up() && !nodes_[id]->joining() && votes(id);
}

bool Deployment::votes(NodeId id) const {
  return nodes_[id]->up() && oracle.log().newest_voters().validators.index_of(nodes_[id]->key()).has_value();
}

bool Deployment::everything_final() const {
  for (NodeId id = 0; id < size(); ++id) {
    if (!honest(id) || !votes(id)) continue;
    if (nodes_[id]->joining() || nodes_[id]->state().tip().height < oracle.log().height()) return false;
  }
  return std::ranges::all_of(demanded_,
                             [this](const auto& demand) { return oracle.log().find(demand.first).has_value(); });
}

std::string Deployment::standing() const {
  std::string words;
  for (NodeId id = 0; id < size(); ++id) {
    words += "\n  node " + std::to_string(id) + " of " + cast.code(id) + ": ";
    if (nodes_[id]->joining()) {
      words += "makes its store, has " + std::to_string(nodes_[id]->imported().value) + " leaves";
      continue;
    }
    if (!nodes_[id]->started()) {
      words += members_.contains(id) ? "down" : "no member";
      continue;
    }
    const auto status = nodes_[id]->status();
    words += "epoch " + std::to_string(status.epoch.value) + ", height " +
             std::to_string(nodes_[id]->state().tip().height.value) + ", view " +
             std::to_string(status.replica.view.value) + ", pool " + std::to_string(status.pool_envelopes) + ", " +
             (status.votes ? "votes" : "follows") + ", " + (active(id) ? "" : "key of no voter, ") +
             (impaired_.contains(id) ? honest(id) ? "impaired, " : "lies, " : "") + status.why + " / " +
             status.replica.why;
  }
  return words;
}

std::uint64_t Deployment::batches_written() const {
  std::uint64_t sum = 0;
  for (const auto& one : nodes_) sum += one->batches_written();
  return sum;
}

}  // namespace kimberlite::whole_node
