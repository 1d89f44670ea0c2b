// One whole node in a simulation: the real runtime::Core with everything below it (consensus, execution, pool,
// catch-up, epochs, checkpoints, the opening of frames, the store, the vote journal), wired as node/runtime/node.cc
// wires it, on simulated time, wires and disk. A crash can come between a write and its sync, and between a sync and
// what it releases. Not covered: TLS and sockets, the API, threads. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/runtime/core.h"
#include "tests/simulation/whole_node/cast.h"
#include "tests/simulation/whole_node/disk.h"
#include "tests/simulation/whole_node/joining.h"
#include "tests/simulation/whole_node/oracle.h"
#include "tests/simulation/whole_node/process.h"
#include "tests/simulation/whole_node/shell.h"
#include "tests/simulation/whole_node/virtual_time.h"
#include "tests/simulation/whole_node/wires.h"

namespace kimberlite::whole_node {

/// Deliberately broken nodes, each of which the oracle must notice.
enum class Broken : std::uint8_t {
  kNothing,
  kForgetfulJournal,  ///< a crash loses synced votes: S3
  kForgetfulStore,    ///< a crash brings an old store back, and nobody says so: S4
  kJournalWithStore,  ///< whoever loses the store loses the journal too, and nobody says so: S3
  kOtherRules,        ///< what is final at one node is not what it says: S5
  kTooManyDead,       ///< f + 1 validators never come back: L1
  kRestless,          ///< one node has new work every minute: Q1
  kUnknownLiar,       ///< one liar passes for honest: S3, S6
  kTooManyLiars,      ///< f + 1 liars: S1
  kAnySignature,      ///< signatures are not looked at, and a member lies: S1
  kAnySnapshot,       ///< a node that joins looks at none, and a member forges a snapshot: S1
  kAnyRange,          ///< nor are proofs of stretches of the log: the node stops itself
};

/// What all nodes of a run share.
struct Setting {
  FrameWorld& world;
  VirtualTime& time;
  Wires& wires;
  Cast& cast;
  Oracle& oracle;
  std::int64_t delta_ms{};
  std::int64_t heartbeat_ms{};
  std::int64_t disk_ms_max{5};         ///< longest sync
  std::int64_t execute_ms_max{5};      ///< longest task of a worker
  std::uint64_t journal_bytes{};       ///< size of a journal
  std::uint64_t kept_per_mille{};      ///< chance that a crash leaves what was being written on the disk
  std::uint64_t reopened_per_mille{};  ///< chance that a start reads the store from its files
  std::uint64_t crash_per_mille{};     ///< chance of a crash right after something reached the disk
  std::uint64_t snapshot_every{};      ///< blocks between snapshots of the state; 0: none is taken
  Broken broken{Broken::kNothing};
};

class Node final : public Terminal {
 public:
  /// Stands still until start().
  Node(Setting& setting, NodeId id);
  ~Node() override;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// What it says and hears goes through this shell from now on.
  void wear(std::unique_ptr<Shell> shell) { shell_ = std::move(shell); }
  /// Starts with the key that the machine has. Refused, as a real node does, by a clock far behind the newest block.
  void start();
  /// Whether later starts without a store make it from a snapshot of the peers (sync.from).
  void sync_by_snapshot(bool yes) { by_snapshot_ = yes; }
  /// The process ends at once, with what was on its way to the disk lost or, by chance, kept in part.
  void crash();
  /// The process ends as asked: everything on its way is written. REQUIRES: up().
  void stop();
  /// The key for the next start.
  void set_key(const PublicKey& key) { configured_key_ = key; }
  [[nodiscard]] const PublicKey& configured_key() const { return configured_key_; }
  /// Every key with which it ever ran.
  [[nodiscard]] const std::set<PublicKey>& used_keys() const { return used_keys_; }

  void pause(std::int64_t ms);
  void resume();
  [[nodiscard]] bool paused() const { return paused_until_ms_ > setting_.world.now_ms(); }
  void jump_clock(std::int64_t ahead_ms);
  void set_clock_rate(std::int64_t per_mille);
  void set_wall_wrong(std::int64_t ms) { clocks_.wall_wrong_ms = ms; }
  void stall_disk(std::int64_t ms);
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] const Disk& disk() const { return disk_; }

  /// A client hands an envelope in and waits; `answered` is called once unless the process ends first. REQUIRES:
  /// started().
  void submit(const std::string& signed_envelope, runtime::SubmitCallback answered);

  [[nodiscard]] NodeId id() const { return id_; }
  /// Whether the core runs: peers may be connected a little earlier.
  [[nodiscard]] bool started() const { return process_ != nullptr && process_->started(); }
  /// Whether it makes its store from a snapshot: it has no state yet.
  [[nodiscard]] bool joining() const { return joining_ != nullptr; }
  /// How much of the log it has meanwhile. REQUIRES: joining().
  [[nodiscard]] LogSize imported() const { return joining_->log_size(); }
  /// Size of the log in the snapshot that it offers; nothing if it has none. REQUIRES: started().
  [[nodiscard]] std::optional<LogSize> snapshot_size() const;
  /// Counts processes.
  [[nodiscard]] std::uint64_t life() const { return life_; }
  /// REQUIRES: started().
  [[nodiscard]] runtime::CoreStatus status() const;
  [[nodiscard]] const storage::Snapshot& state() const { return *snapshot_; }
  /// Whether its log ends so many epochs ago that it may know nobody's key any more.
  [[nodiscard]] bool is_cut_off() const;
  /// Whether the newest epoch has not begun for it.
  [[nodiscard]] bool is_behind() const;
  /// From its next start on it names the keys that the others have today, as its operator heard from theirs.
  void learn_keys() { keys_learned_ = true; }
  [[nodiscard]] bool keys_learned() const { return keys_learned_; }
  /// The newest published checkpoint. REQUIRES: up().
  [[nodiscard]] runtime::Checkpoints::Note checkpoint() const;
  /// Of the longest prefix that it signed since it started; 0 if none. REQUIRES: up().
  [[nodiscard]] LogSize signed_size() const;
  /// Whether its pool has this envelope, not final yet. REQUIRES: up().
  [[nodiscard]] bool holds(const Digest& envelope) const;
  /// Batches written to journals and store since the run began.
  [[nodiscard]] std::uint64_t batches_written() const { return batches_written_; }

  [[nodiscard]] bool up() const override { return process_ != nullptr || joining(); }
  [[nodiscard]] const PublicKey& key() const override { return running_key_; }
  [[nodiscard]] bool names(const PublicKey& peer) const override;
  [[nodiscard]] std::uint64_t final_height() const override;
  [[nodiscard]] std::int64_t wall_wrong_ms() const override { return clocks_.wall_wrong_ms; }
  void connected(const PublicKey& peer, const net::PeerHello& hello) override;
  void disconnected(const PublicKey& peer, const Error& why) override;
  void received(const PublicKey& peer, std::shared_ptr<const std::string> frame) override;

 private:
  /// A thread that writes.
  struct Writer {
    std::int64_t free_at_ms{};
    std::deque<Task> waiting;
  };

  void join();
  void joined(const Result<void>& result);
  [[nodiscard]] ProcessOptions process_options() const;
  /// Runs something of the process and then its core thread, until it has nothing to do; when it is awake, and not in
  /// another life.
  void run(std::function<void()> action);
  void run_now(const std::function<void()>& action);
  [[nodiscard]] std::map<std::string, PublicKey> known_keys() const;
  [[nodiscard]] Epoch own_epoch() const;
  void arm(std::optional<TimeMs> due);
  void on_worker(Task task);
  void on_disk(Writer& writer, Task task);
  void write(Writer& writer);
  void leave_writes();
  void forget_process();
  void committed(std::shared_ptr<const storage::Snapshot> snapshot);
  void send(const PublicKey& peer, const FrameBytes& frame);
  void punish(const PublicKey& peer, const Error& why);
  void note(const char* words);

  Setting& setting_;
  NodeId id_;
  PublicKey configured_key_;
  PublicKey running_key_;
  std::set<PublicKey> used_keys_;
  Disk disk_;
  Clocks clocks_;
  std::shared_ptr<const storage::Snapshot> snapshot_;
  std::unique_ptr<Shell> shell_;
  bool keys_learned_{};
  bool by_snapshot_{};
  bool made_from_snapshot_{};  ///< nobody looked at the store yet
  std::uint64_t batches_written_{};
  std::uint64_t tasks_posted_{};

  // Lost when the process ends.
  std::unique_ptr<Process> process_;
  std::unique_ptr<Joining> joining_;  ///< before it
  std::uint64_t life_{};
  std::int64_t paused_until_ms_{};
  std::int64_t disk_stalled_until_ms_{};
  bool starting_{};
  std::deque<std::function<void()>> deferred_;  ///< what happened during the start or a pause, in order
  std::map<std::uint64_t, Task> at_work_;       ///< of the workers
  Writer journal_writer_;
  Writer store_writer_;
  std::optional<TimeMs> armed_for_;
  std::uint64_t alarm_{};
};

}  // namespace kimberlite::whole_node
