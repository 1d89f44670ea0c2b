#include "tests/simulation/whole_node/node.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "node/ledger/genesis_state.h"
#include "node/ledger/voting_set.h"
#include "node/runtime/startup.h"
#include "proto/assert.h"
#include "tests/simulation/whole_node/trust.h"

namespace kimberlite::whole_node {

using simulation::Fault;
using simulation::LocalClock;

namespace {

constexpr std::int64_t kSubmitWaitMs = 3'600'000;
constexpr std::uint64_t kSlowStartPerMille = 100;
constexpr std::int64_t kSlowStartMs = 500;
constexpr std::int64_t kClockStartMsMax = 1'000'000'000;

// Other rules show in the state; the simplest other rule is another beginning.
StateChanges first_state(const Setting& setting) {
  StateChanges state = ledger::genesis_state(setting.cast.genesis());
  if (setting.broken == Broken::kOtherRules) state["other"] = "rules";
  return state;
}

Trust trust_of(Broken broken, bool joining) {
  if (broken == Broken::kAnySignature || (broken == Broken::kAnySnapshot && joining)) return Trust::kSignatures;
  return broken == Broken::kAnyRange ? Trust::kRanges : Trust::kNothing;
}

}  // namespace

Node::Node(Setting& setting, NodeId id)
    : setting_(setting),
      id_(id),
      configured_key_(setting.cast.first_key(id)),
      disk_(setting.cast.genesis().chain_id, first_state(setting), setting.journal_bytes),
      clocks_{LocalClock(setting.world.random().between(1, kClockStartMsMax))} {}

Node::~Node() {
  forget_process();
}

void Node::note(const char* words) {
  setting_.world.note(id_, life_, [&] { return std::string(words); });
}

// ---- the process --------------------------------------------------------------------------------------------------

void Node::start() {
  if (up()) return;
  if (setting_.world.random().chance(setting_.reopened_per_mille)) disk_.close();
  running_key_ = configured_key_;
  used_keys_.insert(running_key_);
  if (by_snapshot_ && !disk_.has_store()) return join();
  DiskContents contents = disk_.open(running_key_);
  snapshot_ = contents.store->snapshot();
  setting_.oracle.started(id_, *snapshot_);
  if (std::exchange(made_from_snapshot_, false)) setting_.oracle.compare(id_, *snapshot_);
  setting_.time.enter(clocks_);
  const auto clock = runtime::check_clock(runtime::wall_now_ms(), snapshot_->tip().block_time_ms);
  if (clock) {
    process_ = std::make_unique<Process>(
        process_options(), std::move(contents),
        Process::Hooks{.worker = [this](Task task) { on_worker(std::move(task)); },
                       .journal = [this](Task task) { on_disk(journal_writer_, std::move(task)); },
                       .store = [this](Task task) { on_disk(store_writer_, std::move(task)); },
                       .committed = [this](auto snapshot) { committed(std::move(snapshot)); },
                       .punish = [this](const PublicKey& peer, const Error& why) { punish(peer, why); },
                       .send = [this](const PublicKey& peer, const FrameBytes& frame) { send(peer, frame); },
                       .named = [this] { setting_.world.after(0, [this] { setting_.wires.review(id_); }); }});
  }
  setting_.time.leave();
  if (!clock) {
    snapshot_.reset();
    return note("REFUSES to start: its clock is behind the log");
  }
  ++life_;
  note("STARTS");
  // Peers may be there before the core is: what they say waits behind its start.
  const std::int64_t starts_in_ms = setting_.world.random().chance(kSlowStartPerMille) ? kSlowStartMs : 0;
  starting_ = true;
  deferred_.emplace_back([this] { process_->start(); });
  setting_.world.after(starts_in_ms, [this, life = life_] {
    if (life != life_) return;
    starting_ = false;
    if (!paused()) resume();
  });
  setting_.wires.review(id_);
}

ProcessOptions Node::process_options() const {
  return {.genesis = setting_.cast.genesis(),
          .key = setting_.cast.secret(running_key_),
          .known_keys = known_keys(),
          .delta_ms = setting_.delta_ms,
          .heartbeat_ms = setting_.heartbeat_ms,
          .snapshots_folder = disk_.snapshots_folder(),
          .snapshot_every_blocks = setting_.snapshot_every};
}

// As a node whose sync.from is "snapshot" begins.
void Node::join() {
  setting_.world.faults.add(Fault::kSnapshotBegun);
  setting_.time.enter(clocks_);
  joining_ = std::make_unique<Joining>(
      process_options(), disk_.open_import(),
      Joining::Hooks{.send = [this](const PublicKey& peer, const FrameBytes& frame) { send(peer, frame); },
                     .punish = [this](const PublicKey& peer, const Error& why) { punish(peer, why); },
                     .named = [this] { setting_.world.after(0, [this] { setting_.wires.review(id_); }); },
                     .done =
                         [this](const Result<void>& result) {
                           setting_.world.after(0, [this, result, life = life_] {
                             if (life == life_) joined(result);
                           });
                         }});
  setting_.time.leave();
  ++life_;
  note("JOINS by a snapshot");
  setting_.world.after(0, [this, life = life_] {
    if (life == life_) run([this] { joining_->start(); });
  });
  setting_.wires.review(id_);
}

// The node's own network begins anew.
void Node::joined(const Result<void>& result) {
  if (!result) throw simulation::Violation("L1", "node " + std::to_string(id_) + ": " + result.error().to_string());
  setting_.world.faults.add(Fault::kSnapshotDone);
  forget_process();
  made_from_snapshot_ = true;
  start();
}

Epoch Node::own_epoch() const {
  return snapshot_ ? ledger::voting_set(*snapshot_).epoch : Epoch{1};
}

bool Node::is_cut_off() const {
  const Replay& log = setting_.oracle.log();
  const Epoch own = own_epoch();
  // Where nobody can be spared, whoever has a new key may be the only one who knows how the epoch before it ended.
  const ValidatorSet* voters = log.voters(own);
  const std::uint64_t behind_max = voters != nullptr && voters->faulty() == 0 ? 0 : 1;
  return log.newest_voters().epoch.value > own.value + behind_max;
}

bool Node::is_behind() const {
  return setting_.oracle.log().newest_voters().epoch > own_epoch();
}

// What the operator of a node whose log names the keys of long ago learns from the others (deploy/OPERATE.md).
std::map<std::string, PublicKey> Node::known_keys() const {
  std::map<std::string, PublicKey> keys;
  if (!is_cut_off() && !keys_learned_) return keys;
  for (const Validator& validator : setting_.oracle.log().newest_voters().validators.all())
    keys.emplace(validator.participant, validator.key);
  return keys;
}

void Node::crash() {
  KIMBERLITE_ASSERT(up(), "a node that is up");
  setting_.world.faults.add(Fault::kCrash);
  note("CRASHES");
  leave_writes();
  forget_process();
  if (setting_.broken == Broken::kForgetfulStore && disk_.has_backup()) disk_.restore();
}

void Node::stop() {
  KIMBERLITE_ASSERT(up(), "a node that is up");
  note("STOPS");
  resume();
  if (process_) run_now([this] { process_->core().stop(); });
  for (Writer* writer : {&journal_writer_, &store_writer_})
    while (!writer->waiting.empty()) write(*writer);
  forget_process();
}

// What was being written may have reached the disk, the journal's in part.
void Node::leave_writes() {
  simulation::Random& random = setting_.world.random();
  const bool writing = !journal_writer_.waiting.empty() || !store_writer_.waiting.empty();
  if (!random.chance(setting_.kept_per_mille)) {
    if (writing) setting_.world.faults.add(Fault::kLostWrites);
    return;
  }
  if (writing) setting_.world.faults.add(Fault::kTornJournal);
  setting_.time.enter(clocks_);
  if (!journal_writer_.waiting.empty()) {
    disk_.journal(running_key_)->bytes_until_power_cut =
        random.chance(200) ? JournalImage::kNoCut : random.below(32'768);
    journal_writer_.waiting.front()();
  }
  if (!store_writer_.waiting.empty() && random.chance(500)) store_writer_.waiting.front()();
  setting_.time.leave();
}

void Node::forget_process() {
  ++life_;
  journal_writer_ = {};
  store_writer_ = {};
  deferred_.clear();
  starting_ = false;
  at_work_.clear();  // before the disk: a task may hold a state of the store, and so its files open
  armed_for_.reset();
  paused_until_ms_ = disk_stalled_until_ms_ = 0;
  if (!up()) return;
  process_.reset();
  joining_.reset();
  snapshot_.reset();  // while it lives the store cannot be closed
  JournalImage* const journal = disk_.journal(running_key_);
  if (setting_.broken == Broken::kForgetfulJournal && journal != nullptr)
    journal->bytes.assign(journal->bytes.size(), '\0');
  setting_.wires.stopped(id_);
}

void Node::run(std::function<void()> action) {
  if (!up()) return;
  // What waits comes first: a pause may be over by the clock before it ends.
  if (paused() || starting_ || !deferred_.empty()) {
    deferred_.push_back(std::move(action));
  } else {
    run_now(action);
  }
}

void Node::run_now(const std::function<void()>& action) {
  setting_.time.enter(clocks_);
  const Trusting trusting(trust_of(setting_.broken, joining()));
  try {
    action();
    if (joining_) joining_->poll();
    if (process_) process_->poll();
  } catch (...) {
    setting_.time.leave();
    throw;
  }
  arm(setting_.time.leave());
}

void Node::arm(std::optional<TimeMs> due) {
  if (!due || due == armed_for_) return;
  armed_for_ = due;
  const std::int64_t wait_ms = clocks_.steady.world_ms_until(*due, setting_.world.now_ms());
  setting_.world.after(wait_ms, [this, alarm = ++alarm_, life = life_] {
    if (alarm != alarm_ || life != life_) return;
    armed_for_.reset();
    run([] {});
  });
}

void Node::pause(std::int64_t ms) {
  setting_.world.note(id_, static_cast<std::uint64_t>(ms), [&] { return "PAUSES for " + std::to_string(ms) + " ms"; });
  paused_until_ms_ = std::max(paused_until_ms_, setting_.world.now_ms() + ms);
  setting_.world.after(paused_until_ms_ - setting_.world.now_ms(), [this, life = life_] {
    if (life == life_ && !paused()) resume();
  });
}

void Node::resume() {
  paused_until_ms_ = 0;
  if (starting_) return;
  for (auto waiting = std::exchange(deferred_, {}); !waiting.empty() && up(); waiting.pop_front()) run(waiting.front());
}

void Node::jump_clock(std::int64_t ahead_ms) {
  setting_.world.note(id_, static_cast<std::uint64_t>(ahead_ms),
                      [&] { return "CLOCK jumps by " + std::to_string(ahead_ms) + " ms"; });
  clocks_.steady.jump(ahead_ms);
  arm(std::exchange(armed_for_, std::nullopt));
}

void Node::set_clock_rate(std::int64_t per_mille) {
  setting_.world.note(id_, static_cast<std::uint64_t>(per_mille),
                      [&] { return "CLOCK runs at " + std::to_string(per_mille) + " of 1000"; });
  clocks_.steady.set_rate(per_mille, setting_.world.now_ms());
  arm(std::exchange(armed_for_, std::nullopt));
}

// ---- workers and disk ---------------------------------------------------------------------------------------------

// As a pool of threads: what is posted together may be done in another order.
void Node::on_worker(Task task) {
  const std::uint64_t number = ++tasks_posted_;
  at_work_.emplace(number, std::move(task));
  setting_.world.after(setting_.world.random().between(0, setting_.execute_ms_max), [this, number, life = life_] {
    if (life == life_) run([this, number] { at_work_.extract(number).mapped()(); });
  });
}

void Node::on_disk(Writer& writer, Task task) {
  writer.waiting.push_back(std::move(task));
  const std::int64_t begin_ms = std::max({setting_.world.now_ms(), writer.free_at_ms, disk_stalled_until_ms_});
  writer.free_at_ms = begin_ms + setting_.world.random().between(0, setting_.disk_ms_max);
  setting_.world.after(writer.free_at_ms - setting_.world.now_ms(), [this, &writer, life = life_] {
    if (life == life_) run([this, &writer] { write(writer); });
  });
}

void Node::write(Writer& writer) {
  if (writer.waiting.empty()) return;
  Task task = std::move(writer.waiting.front());
  writer.waiting.pop_front();
  ++batches_written_;
  task();
  if (!setting_.world.random().chance(setting_.crash_per_mille)) return;
  // On disk, and nobody will hear of it.
  setting_.world.faults.add(Fault::kCrashInStep);
  setting_.world.after(0, [this, life = life_] {
    if (life == life_ && up()) crash();
  });
}

void Node::stall_disk(std::int64_t ms) {
  setting_.world.note(id_, static_cast<std::uint64_t>(ms),
                      [&] { return "DISK stalls for " + std::to_string(ms) + " ms"; });
  disk_stalled_until_ms_ = std::max(disk_stalled_until_ms_, setting_.world.now_ms() + ms);
}

// ---- what comes and goes ------------------------------------------------------------------------------------------

void Node::submit(const std::string& signed_envelope, runtime::SubmitCallback answered) {
  auto envelope = open_envelope(signed_envelope, setting_.cast.genesis().chain_id);
  KIMBERLITE_ASSERT(envelope, "an envelope of the cast is well-formed");
  run([this, envelope = *std::move(envelope), answered = std::move(answered)] {
    const auto deadline = runtime::NodeClock::now() + std::chrono::milliseconds(kSubmitWaitMs);
    process_->core().submit(envelope, deadline, answered);
  });
}

void Node::committed(std::shared_ptr<const storage::Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  setting_.world.note(id_, snapshot_->tip().height.value, [&] {
    return "FINAL to height " + std::to_string(snapshot_->tip().height.value) + ", " +
           snapshot_->tip().block.hex().substr(0, 8);
  });
  const Trusting judge(Trust::kNothing);
  setting_.oracle.committed(id_, *snapshot_, disk_.store().finalization());
}

void Node::punish(const PublicKey& peer, const Error& why) {
  setting_.oracle.punished(id_, peer, why);
  setting_.world.after(0, [this, peer] {
    if (const auto id = setting_.wires.find(peer)) setting_.wires.end(id_, *id);
  });
}

bool Node::names(const PublicKey& peer) const {
  return joining_ ? joining_->network().names(peer) : process_->network().names(peer);
}

void Node::connected(const PublicKey& peer, const net::PeerHello& hello) {
  run([this, peer, hello] {
    if (joining_) return joining_->connected(peer);
    const auto index = process_->network().index_of(peer);
    if (index) process_->core().peer_connected(*index, hello);
  });
}

void Node::disconnected(const PublicKey& peer, const Error& why) {
  run([this, peer, why] {
    if (joining_) return joining_->disconnected(peer);
    const auto index = process_->network().index_of(peer);
    if (index) process_->core().peer_disconnected(*index, why);
  });
}

void Node::send(const PublicKey& peer, const FrameBytes& frame) {
  if (shell_)
    shell_->send(peer, frame);
  else
    setting_.wires.send(id_, peer, frame);
}

std::uint64_t Node::final_height() const {
  const std::uint64_t height = snapshot_ ? snapshot_->tip().height.value : 0;
  return shell_ ? shell_->height_told(height) : height;
}

void Node::received(const PublicKey& peer, std::shared_ptr<const std::string> frame) {
  if (shell_) frame = shell_->hear(peer, std::move(frame));
  if (!frame) return;
  run([this, peer, frame = std::move(frame)] {
    if (joining_) return joining_->receive(peer, *frame);
    process_->receive(peer, frame);
  });
}

runtime::CoreStatus Node::status() const {
  return process_->core().status();
}

bool Node::holds(const Digest& envelope) const {
  bool pending = false;
  process_->core().find(
      envelope, [&](const runtime::SubmitResult& result) { pending = result.outcome == runtime::Outcome::kPending; });
  return pending;
}

std::optional<LogSize> Node::snapshot_size() const {
  const auto snapshot = process_->snapshots().newest();
  return snapshot ? std::optional(snapshot->header().log_size()) : std::nullopt;
}

runtime::Checkpoints::Note Node::checkpoint() const {
  return process_->checkpoints().newest();
}

LogSize Node::signed_size() const {
  const auto own = process_->checkpoints().own_newest();
  return own ? own->size : LogSize{};
}

}  // namespace kimberlite::whole_node
