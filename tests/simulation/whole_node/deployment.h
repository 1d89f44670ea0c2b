// A whole network of whole nodes: world, wires, cast, judge and a machine for each participant, and the operators who
// look after the machines: who gives a node its new key, starts one that was admitted, stops one that withdrew.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/target.h"
#include "tests/simulation/whole_node/liars/conspiracy.h"
#include "tests/simulation/whole_node/node.h"

namespace kimberlite::whole_node {

/// How a run is set up.
struct DeploymentOptions {
  std::uint64_t seed{};
  std::size_t founders{4};
  std::size_t guests{};               ///< may be admitted
  std::size_t liars{};                ///< of the founders
  bool idle_liars{};                  ///< they propose nothing
  std::uint64_t changes_per_mille{};  ///< of events handed in, those that change the validators
  std::int64_t delta_ms{1'000};
  std::int64_t heartbeat_ms{3'600'000};
  std::uint64_t snapshot_every{};  ///< blocks; 0: nobody takes snapshots, nor joins by one
  Broken broken{Broken::kNothing};
};

class Deployment final : public simulation::Target {
 public:
  Deployment(const DeploymentOptions& options, simulation::World::TraceSink trace);

  FrameWorld world;
  VirtualTime time;
  Wires wires;
  Cast cast;
  Oracle oracle;
  Setting setting;
  Conspiracy conspiracy;

  [[nodiscard]] Node& node(NodeId id) { return *nodes_[id]; }
  [[nodiscard]] const Node& node(NodeId id) const { return *nodes_[id]; }

  [[nodiscard]] NodeId size() const override { return static_cast<NodeId>(nodes_.size()); }
  [[nodiscard]] std::size_t faulty_max() const override { return max_faulty(options_.founders); }
  [[nodiscard]] const std::set<NodeId>& impaired() const override { return impaired_; }
  void impair(NodeId id) override { impaired_.insert(id); }
  [[nodiscard]] std::int64_t delta_ms() const override { return options_.delta_ms; }
  [[nodiscard]] bool up(NodeId id) const override { return nodes_[id]->up(); }
  [[nodiscard]] NodeId leader_seen_by(NodeId id) const override;
  /// Nothing for a machine of somebody who is no member.
  void start(NodeId id) override;
  void start_all();
  void crash(NodeId id) override { nodes_[id]->crash(); }
  void pause(NodeId id, std::int64_t ms) override { nodes_[id]->pause(ms); }
  /// The wall clock goes along at machines whose clock may be wrong, in either direction.
  void jump_clock(NodeId id, std::int64_t ahead_ms) override;
  void set_clock_rate(NodeId id, std::int64_t per_mille) override { nodes_[id]->set_clock_rate(per_mille); }
  void stall_disk(NodeId id, std::int64_t ms) override { nodes_[id]->stall_disk(ms); }
  /// Of the journals alone, or of everything. Its operator asks for a new key.
  void lose_disk(NodeId id) override;
  /// Of the store, the journals being elsewhere: the key goes on once the log is back. Until pardon() no other node may
  /// lose what it promised to keep.
  void lose_store(NodeId id);
  /// Who lost the store alone counts as whole again.
  void pardon();
  void back_up(NodeId id) override;
  [[nodiscard]] bool has_backup(NodeId id) const override;
  void roll_back(NodeId id) override;
  void set_speeds(std::int64_t disk_ms_max, std::int64_t execute_ms_max) override;
  void connect(NodeId a, NodeId b) override;
  void connect_all() override { wires.review(); }
  void run_for(std::int64_t ms) override;
  void submit_somewhere() override;

  /// Whether a node is what its operator takes it for.
  [[nodiscard]] bool honest(NodeId id) const { return !conspiracy.has(id); }
  /// Hands in a certificate that is demanded from now on; nothing if no node runs. Its client hands it in again
  /// elsewhere, now and then, while no voter's pool has it.
  void submit_certificate();
  /// Hands in an event that changes the validators.
  void submit_change();
  /// Of what was handed in before, only what lies in the pool of a voter is demanded from now on.
  void demand_what_is_held();
  /// Keys whose registration was lost are registered again.
  void repeat_registrations();
  /// Whoever is connected to nobody that could bring its log up to date is started again by its operator, with today's
  /// keys of the others (deploy/OPERATE.md).
  void help_left_alone();
  /// These never come back.
  void mourn(const std::set<NodeId>& dead) { dead_ = dead; }
  /// Everybody's wall clock is right again.
  void correct_clocks();

  /// Whether everything demanded is final, at every member's node that runs.
  [[nodiscard]] bool everything_final() const;
  /// Whether the node is one of the newest set, with the key that the set names, and runs on a
  /// store.
  [[nodiscard]] bool active(NodeId id) const;
  /// Whether the newest set names the key with which the node runs.
  [[nodiscard]] bool votes(NodeId id) const;
  /// Where each node stands, a line a node.
  [[nodiscard]] std::string standing() const;
  [[nodiscard]] std::uint64_t batches_written() const;
  [[nodiscard]] std::uint64_t epochs_ended() const { return oracle.log().newest_voters().epoch.value - 1; }

 private:
  /// So many founders lie from now on. REQUIRES: nobody is impaired yet.
  void corrupt(std::size_t liars);
  void draw_snapshot_syncs();
  /// Whether anybody ever took a snapshot.
  [[nodiscard]] bool is_taken() const;
  /// Whether an honest voter that this node reaches offers a snapshot with at least as much of the log as it has.
  [[nodiscard]] bool is_offered(NodeId to) const;
  void look_after(NodeId id);
  void never_rest();
  void voters_changed(const ledger::VotingSet& voters);
  void give_key(NodeId id, const PublicKey& key);
  void withdraw(NodeId id);
  void register_key(NodeId id);
  [[nodiscard]] std::optional<NodeId> any_open();
  /// Whether a node that votes and runs has it in its pool.
  [[nodiscard]] bool is_held(const Digest& envelope) const;
  void insist(const Digest& envelope);
  /// Hands an envelope in at a node; the judge hears the answer, then `answered`.
  void hand_in(NodeId at, const std::string& envelope, std::function<void(const runtime::SubmitResult&)> answered);

  DeploymentOptions options_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<NodeId> members_;
  std::set<NodeId> impaired_;
  std::set<NodeId> storeless_;               ///< of these, who lost the store alone
  std::set<NodeId> wrong_clocks_;            ///< machines whose wall clock may be wrong, at most f
  std::map<NodeId, PublicKey> wanted_keys_;  ///< not registered yet
  std::set<PublicKey> burned_keys_;          ///< used before the disk was lost: never again
  std::set<NodeId> leaving_;
  std::set<NodeId> by_snapshot_;  ///< without a store they begin with a snapshot, if there is one
  std::set<NodeId> dead_;
  std::map<Digest, std::string> demanded_;  ///< certificates, signed
};

}  // namespace kimberlite::whole_node
