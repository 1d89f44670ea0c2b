// One simulated node: a real replica inside a model of the runtime, which does what actions.h asks of it: journal and
// bodies synced with delays, messages held back until then, blocks built, verified, fetched, committed; log caught up.
// A crash can come between any two of these, also in the middle of one step's actions. The process may be paused, its
// clock may jump or drift, its disk may stall, be lost or be put back to an old state. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "consensus/replica.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fake_keys.h"
#include "tests/simulation/local_clock.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/packets.h"

namespace kimberlite::simulation {

/// The content of a block that a Byzantine proposer shows to some only, until it shows it to all.
struct Withheld {
  std::set<NodeId> shown;
  std::int64_t reveal_at_ms{};
};

/// Messages of the next epoch that a node keeps for one peer until it begins.
inline constexpr std::size_t kNextEpochMessagesMax = 8;

/// The epoch that a message speaks of.
Epoch epoch_of(const consensus::Message& message);

/// A crash of one node at the so-manieth place in its life at which one could come.
struct CrashPoint {
  NodeId node{};
  std::uint64_t places_left{};  ///< to be passed before it
  bool reached{};
};

/// What all nodes of a run share.
struct Cluster {
  ModelWorld& world;
  Blocks& blocks;
  Oracle& oracle;
  ValidatorSet validators;
  Digest chain_id;
  std::int64_t delta_ms{1000};
  std::int64_t disk_ms_max{20};     ///< longest sync
  std::int64_t execute_ms_max{20};  ///< longest building or verification
  std::size_t journal_capacity{4096};
  bool pool_survives{true};
  std::uint64_t kept_per_mille{300};        ///< chance that a crash leaves some unsynced writes on the disk
  std::uint64_t crash_in_step_per_mille{};  ///< chance to crash in the middle of a step's actions
  std::optional<CrashPoint> crash_point;
  std::map<Digest, Withheld> withheld;
  // Deliberately broken runtimes, to show that the oracle notices.
  bool forgets_journal{};           ///< a crash loses records that were called durable
  bool forgets_log{};               ///< a crash loses the last final block
  bool forgets_kept{};              ///< certificates are in the journal alone
  bool loses_proposals{};           ///< what is too large for the lines of the day
  bool sends_before_sync{};         ///< messages leave before their votes are durable
  bool believes_anything{};         ///< verification says yes to all
  bool ignores_epochs{};            ///< blocks that close their epoch are blocks like any other
  bool votes_after_disk_loss{};     ///< a node that lost its journal goes on with its key
  bool votes_after_rollback{};      ///< a node that noticed that it was rolled back casts one more vote
  std::optional<NodeId> divergent;  ///< this node's state is another than its log gives
  std::optional<NodeId> restless;   ///< this node always has work
  /// Told of every event that becomes durable in a node's log.
  std::function<void(NodeId, EventId)> on_event_final;
};

class Node {
 public:
  Node(Cluster& cluster, NodeId id);
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] bool up() const { return replica_ != nullptr; }
  void start();
  /// Power off: what was not synced is lost, or, by chance, some of it is not.
  void crash();
  /// The process stands still for so long: packets, timers and disk wait. A paused node stays so at the least.
  void pause(std::int64_t ms);
  /// It goes on at once.
  void resume();
  [[nodiscard]] bool paused() const { return paused_until_ms_ > cluster_.world.now_ms(); }
  /// Its clock shows a later time from now on.
  void jump_clock(std::int64_t ahead_ms);
  /// Its clock goes at this rate, LocalClock::kTrueRate being right.
  void set_clock_rate(std::int64_t per_mille);
  /// Nothing is synced for so long.
  void stall_disk(std::int64_t ms);
  /// Crashes if it is up; everything on its disk is gone. From now on it is a follower: its key votes no more.
  void lose_disk();
  /// Remembers what is on its disk.
  void back_up() { backup_ = Backup{disk_, final_events_, fold_}; }
  [[nodiscard]] bool has_backup() const { return backup_.has_value(); }
  /// Crashes if it is up; its disk is as it was at the backup. REQUIRES: has_backup().
  void roll_back();
  /// A client hands in an event: it goes into the pool and to all peers.
  void submit(EventId event);
  virtual void receive(NodeId from, const PacketPtr& packet);
  void connected(NodeId peer);

  [[nodiscard]] NodeId id() const { return id_; }
  /// Height of the log that is durable here.
  [[nodiscard]] Height height() const { return Height{disk_.log.size()}; }
  /// Whether the event is in the durable log.
  [[nodiscard]] bool has_final(EventId event) const { return final_events_.contains(event); }
  /// The epoch that votes on the next block of its durable log.
  [[nodiscard]] Epoch epoch() const;
  [[nodiscard]] bool has_pool() const { return !pool_.empty(); }
  [[nodiscard]] const consensus::Replica& replica() const { return *replica_; }
  /// Records handed to the journal since the run began.
  [[nodiscard]] std::uint64_t records_written() const { return records_written_; }
  [[nodiscard]] const std::vector<consensus::Evidence>& evidence() const { return evidence_; }

 protected:
  /// Hands a message of the replica to the network. A Byzantine node does something else.
  virtual void send(const consensus::Outgoing& outgoing);
  /// An honest node answers to the oracle.
  [[nodiscard]] virtual bool honest() const { return true; }
  /// Whether it answers when asked for this body, which it has.
  [[nodiscard]] virtual bool serves(const Digest& /*body*/) const { return true; }
  void send_to(NodeId to, Packet packet);
  [[nodiscard]] Cluster& cluster() { return cluster_; }
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }

 private:
  struct PendingRecord {
    consensus::JournalRecord record;
    bool synced{};
  };
  struct HeldMessage {
    std::uint64_t sequence;
    consensus::Outgoing message;
  };

  struct Backup {
    Disk disk;
    std::set<EventId> final_events;
    std::uint64_t fold;
  };

  void later(std::int64_t delay_ms, std::function<void()> action);
  /// Now, or when the pause is over; not in another life.
  void when_awake(std::uint64_t life, std::function<void()> action);
  [[nodiscard]] TimeMs local_now() const { return clock_.at(cluster_.world.now_ms()); }
  void rearm();
  void forget_memory();
  void notice_rollback();
  [[nodiscard]] consensus::Recovered read_disk();
  /// Whether a crash point is here; then it has crashed.
  bool crashes_here();
  void step(const consensus::Input& input);
  void apply(consensus::Actions actions);
  void arm(std::optional<TimeMs> wake_at);

  void keep(std::vector<consensus::Certificate> certificates);
  void when_stored(std::function<void()> done);
  void persist(std::vector<consensus::JournalRecord> records);
  void advance_durable();

  void build(const consensus::BuildRequest& request);
  void verify(const consensus::VerifyRequest& request);
  void try_verify(const consensus::VerifyRequest& request);
  [[nodiscard]] bool has_content(const Digest& digest) const;
  void fetch(const consensus::FetchBlock& request);
  void executed(const Digest& digest);
  void execute_waiting();
  void ask_for_body(const Digest& digest, const std::vector<consensus::ValidatorIndex>& voters);
  [[nodiscard]] bool is_executed(const Digest& digest) const;
  [[nodiscard]] bool is_valid(const ModelBlock& block) const;
  [[nodiscard]] bool in_chain(const Digest& tip, EventId event) const;

  void commit(std::vector<consensus::BlockRef> blocks, consensus::Certificate finalization);
  void append_final(const Digest& digest);
  void catch_up(const consensus::Certificate& target);
  void ask_for_log(const consensus::Certificate& target);
  void caught_up(const LogAnswer& answer);
  // node_epochs.cc
  [[nodiscard]] consensus::Config config() const;
  [[nodiscard]] Digest last_closing() const;
  void begin_epoch_if_closed();
  void on_other_epoch(NodeId from, Epoch spoken, const consensus::Message& message);
  void ask_how_epoch_ended(NodeId peer);
  void send_closing(NodeId to, Epoch epoch);

  void add_to_pool(const std::vector<EventId>& events);
  void tell_work();

  void on_packet(NodeId from, const consensus::Message& message);
  void on_packet(NodeId from, const PoolEvents& packet);
  void on_packet(NodeId from, const BodyRequest& packet);
  void on_packet(NodeId from, const BodyAnswer& packet);
  void on_packet(NodeId from, const LogRequest& packet);
  void on_packet(NodeId from, const LogAnswer& packet);

  Cluster& cluster_;
  NodeId id_;
  FakeSigner signer_;
  FakeVerifier verifier_;
  Disk disk_;
  std::set<EventId> final_events_;
  std::uint64_t fold_ = 0;
  LocalClock clock_;
  std::optional<Backup> backup_;
  bool lost_disk_{};
  bool rolled_back_{};
  bool noticed_rollback_{};
  std::uint64_t records_written_ = 0;
  std::vector<consensus::Evidence> evidence_;
  std::set<EventId> pool_;

  // Lost in a crash.
  std::unique_ptr<consensus::Replica> replica_;
  std::uint64_t life_ = 0;
  std::int64_t paused_until_ms_ = 0;
  std::deque<std::function<void()>> deferred_;  ///< what happened during the pause, in order
  std::int64_t disk_stalled_until_ms_ = 0;
  std::uint64_t alarm_ = 0;
  std::optional<TimeMs> armed_for_;
  std::deque<PendingRecord> unsynced_;
  std::int64_t journal_free_at_ms_ = 0;
  std::int64_t store_free_at_ms_ = 0;
  std::deque<HeldMessage> held_;
  std::uint64_t last_sequence_ = 0;
  std::set<Digest> executed_;
  std::set<Digest> writing_;  ///< bodies on their way to disk
  std::set<Digest> waiting_;  ///< bodies whose parent is not executed yet
  std::map<Digest, std::vector<consensus::ValidatorIndex>> fetching_;
  Digest declared_tip_;
  std::optional<consensus::Certificate> catching_up_;
  std::map<NodeId, Epoch> spoken_;  ///< highest epoch that a peer spoke of
  std::map<NodeId, std::deque<consensus::Message>> next_epoch_;
  bool told_work_{};
};

}  // namespace kimberlite::simulation
