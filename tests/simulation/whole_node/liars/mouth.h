// What lies are told with: the key of a node that lies, its connections, and what it knows of the network. It can do
// whatever a Byzantine member can: sign with its own key, send anything to anybody, and know everything. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/random.h"
#include "tests/simulation/whole_node/cast.h"
#include "tests/simulation/whole_node/replay.h"
#include "tests/simulation/whole_node/shell.h"
#include "tests/simulation/whole_node/wires.h"

namespace kimberlite::v1 {
class PeerMessage;
class Vote;
}  // namespace kimberlite::v1

namespace kimberlite::whole_node {

/// What a liar's mouth is part of.
struct Scene {
  FrameWorld& world;
  Wires& wires;
  Cast& cast;
  const Replay& log;  ///< what is final anywhere
  std::int64_t delta_ms{};
  bool snapshots{};         ///< nodes take them
  bool forges_snapshots{};  ///< a liar certainly does so
  bool idle{};              ///< liars propose nothing
  /// Hands an envelope in at the liar's own node.
  std::function<void(const std::string& envelope)> submit;
};

class Mouth {
 public:
  Mouth(Scene scene, NodeId id) : scene_(std::move(scene)), id_(id) {}

  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const Scene& scene() const { return scene_; }
  [[nodiscard]] simulation::Random& random() const { return scene_.world.random(); }
  void count(simulation::Fault lie) const { scene_.world.faults.add(lie); }
  /// Runs it later, if the node is up then.
  void later(std::int64_t delay_ms, std::function<void()> action) const;

  /// Peers with which there is a connection.
  [[nodiscard]] std::vector<PublicKey> peers() const { return scene_.wires.peers_of(id_); }
  /// All of them, or some by chance.
  [[nodiscard]] std::vector<PublicKey> some_peers() const;
  void say(const PublicKey& to, FrameBytes bytes) const { scene_.wires.send(id_, to, std::move(bytes)); }
  void say(const PublicKey& to, const v1::PeerMessage& message) const;
  void say(const std::vector<PublicKey>& to, const v1::PeerMessage& message) const;

  /// The key with which the node runs. REQUIRES: it is up.
  [[nodiscard]] const SecretKey& key() const;
  /// The place of that key in an epoch; none if it does not vote there, or the epoch is not known yet.
  [[nodiscard]] std::optional<consensus::ValidatorIndex> place(Epoch epoch) const;
  /// Signed with that key, in the name of its place, or of the first if it has none.
  [[nodiscard]] consensus::Vote vote(consensus::VoteKind kind, Epoch epoch, View view, const Digest& block) const;
  /// The same as a message.
  [[nodiscard]] v1::PeerMessage vote_message(const consensus::Vote& vote) const;
  /// Signs again what was changed.
  void sign(v1::Vote& vote) const;
  [[nodiscard]] std::string random_bytes(std::size_t size) const;
  [[nodiscard]] Digest random_digest() const;
  /// Digest of a final block by chance; of genesis if there is none.
  [[nodiscard]] Digest final_block() const;
  /// One bit differs; the same if there is none.
  void flip_bit(std::string& bytes) const;

  /// Where the network is, as far as it was heard.
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] View view() const { return view_; }
  /// Takes note of an epoch and a view of which somebody spoke truly.
  void spoken(Epoch epoch, View view);

 private:
  Scene scene_;
  NodeId id_;
  Epoch epoch_{1};
  View view_{1};
};

}  // namespace kimberlite::whole_node
