// What happens to a simulated node from outside: crashes, pauses, its clock, its disk.
#include <algorithm>
#include <string>
#include <utility>

#include "proto/assert.h"
#include "tests/simulation/node.h"

namespace kimberlite::simulation {

using namespace consensus;

void Node::crash() {
  KIMBERLITE_ASSERT(up(), "a node that is up");
  Random& random = cluster_.world.random();
  FaultCounts& faults = cluster_.world.faults;
  faults.add(Fault::kCrash);
  cluster_.world.note(id_, life_, [] { return std::string("CRASHES"); });
  const bool writing = !unsynced_.empty() || !writing_.empty();
  if (random.chance(
          cluster_.kept_per_mille)) {  // some of what was not synced reached the platter nevertheless, in order
    if (writing) faults.add(Fault::kTornJournal);
    for (std::uint64_t left = random.below(unsynced_.size() + 1); left > 0; --left) {
      if (!unsynced_.front().synced) disk_.append(unsynced_.front().record, cluster_.journal_capacity);
      unsynced_.pop_front();
    }
    for (const Digest& body : writing_)
      if (random.chance(500)) disk_.bodies.insert(body);
  } else if (writing) {
    faults.add(Fault::kLostWrites);
  }
  if (cluster_.forgets_journal) disk_.journal.clear();
  if (cluster_.forgets_log && !disk_.log.empty()) disk_.log.pop_back();
  forget_memory();
}

bool Node::crashes_here() {
  auto& point = cluster_.crash_point;
  if (!point || point->node != id_ || point->reached || point->places_left-- > 0) return false;
  point->reached = true;
  crash();
  return true;
}

/// What a process loses when it ends.
void Node::forget_memory() {
  ++life_;
  replica_.reset();
  armed_for_.reset();
  unsynced_.clear();
  held_.clear();
  executed_.clear();
  writing_.clear();
  waiting_.clear();
  fetching_.clear();
  catching_up_.reset();
  spoken_.clear();
  next_epoch_.clear();
  deferred_.clear();
  journal_free_at_ms_ = store_free_at_ms_ = disk_stalled_until_ms_ = paused_until_ms_ = 0;
  if (!cluster_.pool_survives) pool_.clear();
}

// ---- the process --------------------------------------------------------------------------------------------------

void Node::pause(std::int64_t ms) {
  cluster_.world.note(id_, static_cast<std::uint64_t>(ms), [&] { return "PAUSES for " + std::to_string(ms) + " ms"; });
  paused_until_ms_ = std::max(paused_until_ms_, cluster_.world.now_ms() + ms);
  cluster_.world.after(paused_until_ms_ - cluster_.world.now_ms(), [this, life = life_] {
    if (life == life_ && !paused()) resume();
  });
}

void Node::resume() {
  paused_until_ms_ = 0;
  const std::uint64_t life = life_;
  for (auto waiting = std::exchange(deferred_, {}); !waiting.empty() && life == life_; waiting.pop_front())
    waiting.front()();
}

// ---- the clock ----------------------------------------------------------------------------------------------------

void Node::jump_clock(std::int64_t ahead_ms) {
  cluster_.world.note(id_, static_cast<std::uint64_t>(ahead_ms),
                      [&] { return "CLOCK jumps by " + std::to_string(ahead_ms) + " ms"; });
  clock_.jump(ahead_ms);
  rearm();
}

void Node::set_clock_rate(std::int64_t per_mille) {
  cluster_.world.note(id_, static_cast<std::uint64_t>(per_mille),
                      [&] { return "CLOCK runs at " + std::to_string(per_mille) + " of 1000"; });
  clock_.set_rate(per_mille, cluster_.world.now_ms());
  rearm();
}

/// The alarm is due at another time of the world than it was.
void Node::rearm() {
  if (const auto wake_at = std::exchange(armed_for_, std::nullopt)) arm(wake_at);
}

// ---- the disk -----------------------------------------------------------------------------------------------------

void Node::stall_disk(std::int64_t ms) {
  cluster_.world.note(id_, static_cast<std::uint64_t>(ms),
                      [&] { return "DISK stalls for " + std::to_string(ms) + " ms"; });
  disk_stalled_until_ms_ = std::max(disk_stalled_until_ms_, cluster_.world.now_ms() + ms);
}

void Node::lose_disk() {
  if (up()) crash();
  cluster_.world.note(id_, life_, [] { return std::string("DISK is lost"); });
  disk_ = Disk{};
  final_events_.clear();
  pool_.clear();
  fold_ = 0;
  backup_.reset();
  lost_disk_ = true;
  cluster_.oracle.disk_lost(id_);
}

void Node::roll_back() {
  KIMBERLITE_ASSERT(has_backup(), "a backup to go back to");
  if (up()) crash();
  cluster_.world.note(id_, life_, [] { return std::string("DISK is put back to its backup"); });
  disk_ = backup_->disk;
  final_events_ = backup_->final_events;
  fold_ = backup_->fold;
  rolled_back_ = true;
  noticed_rollback_ = false;
  cluster_.oracle.rolled_back(id_, height());
}

void Node::notice_rollback() {
  if (noticed_rollback_ || !replica_->status().rolled_back) return;
  noticed_rollback_ = true;
  cluster_.world.note(id_, life_, [] { return std::string("NOTICES that it was rolled back"); });
  cluster_.oracle.noticed_rollback(id_);
  if (!cluster_.votes_after_rollback) return;
  const Vote vote{VoteKind::kNullify, replica_->epoch(), replica_->status().view, {}, id_, {}};
  persist({JournalRecord{last_sequence_ + 1, vote, std::nullopt}});
}

}  // namespace kimberlite::simulation
