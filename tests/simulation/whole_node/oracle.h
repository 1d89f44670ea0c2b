// The judge of whole nodes. It sees what nodes commit, what they send and what they answer their clients, and holds it
// against a replay of its own and its own book of votes:
//   S1 agreement, S2 validity, S3 no equivocation, S4 durability, S5 determinism, S6 checkpoints (consensus design,
//   "What must hold"), and that honest nodes find no fault with one another.
// Of liars it demands nothing, and whatever is found out about them is right. It does not see disks, clocks or the
// insides of a core. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "consensus/types.h"
#include "node/runtime/submissions.h"
#include "storage/store.h"
#include "tests/simulation/violation.h"
#include "tests/simulation/whole_node/cast.h"
#include "tests/simulation/whole_node/replay.h"

namespace kimberlite::v1 {
class CheckpointSignature;
class PeerMessage;
}  // namespace kimberlite::v1

namespace kimberlite::whole_node {

class Oracle {
 public:
  Oracle(const Cast& cast, std::size_t nodes);

  /// A node's process begins with this state on its disk.
  void started(NodeId node, const storage::Snapshot& state);
  /// A node has committed up to this state, by this finalization.
  void committed(NodeId node, const storage::Snapshot& state, const std::string& finalization);
  /// A node that runs with this key handed a frame to the network.
  void sent(NodeId node, const PublicKey& key, const std::shared_ptr<const std::string>& frame);
  /// A node told a client what became of its envelope.
  void answered(NodeId node, const Digest& envelope, const runtime::SubmitResult& result) const;
  /// A node refuses what a peer sent.
  void punished(NodeId node, const PublicKey& peer, const Error& why) const;

  /// This node is a liar, with whatever key.
  void distrust(NodeId node) { liars_.insert(node); }
  [[nodiscard]] bool distrusts(NodeId node) const { return liars_.contains(node); }
  /// A node's log may begin anew.
  void disk_lost(NodeId node) { reported_by_[node] = Height{}; }
  /// A node was put back to an old state; its key may contradict what it said.
  void rolled_back(NodeId node, const PublicKey& key);

  [[nodiscard]] const Replay& log() const { return log_; }
  /// Called when a final block decided another set.
  std::function<void(const ledger::VotingSet&)> voters_changed;
  /// Whether the whole log of a node, and the state at its end, is what was replayed; S1, S5 if not.
  void compare(NodeId node, const storage::Snapshot& state) const;
  /// The evidence that an honest node keeps, each a pair of votes; S3 if it is against a key that contradicts nothing.
  void check_evidence(NodeId node, const std::vector<std::string>& evidence) const;

 private:
  struct Spoken {
    std::optional<Digest> notarized;
    bool nullified{};
    std::optional<Digest> finalized;
  };
  void compare_state(NodeId node, const storage::Snapshot& state) const;
  void extend(NodeId node, const storage::Snapshot& state);
  [[nodiscard]] bool may_contradict(const PublicKey& key) const;
  void check_tip(NodeId node, const storage::Snapshot& state) const;
  void check_finalization(NodeId node, const storage::Snapshot& state, const std::string& finalization) const;
  void check_vote(const PublicKey& key, const consensus::Vote& vote);
  void check_checkpoint(NodeId node, const v1::CheckpointSignature& signature) const;

  const Cast& cast_;
  Replay log_;
  std::vector<Height> reported_by_;
  std::map<std::tuple<PublicKey, Epoch, View>, Spoken> spoken_;
  std::set<PublicKey> excused_;
  std::set<NodeId> liars_;
  std::shared_ptr<const std::string> last_frame_;  ///< one frame for all peers is looked at once
};

/// A frame in a few words, for the trace.
std::string describe_frame(const std::string& frame);

}  // namespace kimberlite::whole_node
