// The connections between whole nodes, as node/net keeps them: one a pair of nodes that run, reach each other and name
// each other's keys. What the world loses breaks the connection sooner or later, as unacknowledged bytes do; both ends
// hear of it, each in its time, and a new one is made while it can. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/net/peer_network.h"
#include "proto/ed25519.h"
#include "tests/simulation/world.h"

namespace kimberlite::whole_node {

using simulation::NodeId;

/// A frame on its way.
struct Frame {
  PublicKey from;
  PublicKey to;
  std::shared_ptr<const std::string> bytes;
};
using FramePtr = std::shared_ptr<const Frame>;
using FrameWorld = simulation::PacketWorld<Frame>;

/// An end of wires: a machine, on which a node may run.
class Terminal {
 public:
  virtual ~Terminal() = default;
  [[nodiscard]] virtual bool up() const = 0;
  // REQUIRES of all that follow: up().
  [[nodiscard]] virtual const PublicKey& key() const = 0;
  /// Whether the node names this key as a peer's.
  [[nodiscard]] virtual bool names(const PublicKey& peer) const = 0;
  /// What its Hello says.
  [[nodiscard]] virtual std::uint64_t final_height() const = 0;
  [[nodiscard]] virtual std::int64_t wall_wrong_ms() const = 0;
  virtual void connected(const PublicKey& peer, const net::PeerHello& hello) = 0;
  virtual void disconnected(const PublicKey& peer, const Error& why) = 0;
  virtual void received(const PublicKey& peer, std::shared_ptr<const std::string> frame) = 0;
};

class Wires {
 public:
  explicit Wires(FrameWorld& world) : world_(world) {}
  /// The next machine. All are added before time passes.
  void add(Terminal& terminal);

  /// Something changed (a node started, a link was cut or restored, peers were named): makes and ends connections.
  void review();
  /// The same for those of one node.
  void review(NodeId id);
  /// The node's process is gone.
  void stopped(NodeId id);
  /// Ends a connection at once: both ends hear of it.
  void end(NodeId a, NodeId b);
  /// The machine on which a node with this key runs; none if none does.
  [[nodiscard]] std::optional<NodeId> find(const PublicKey& key) const;
  [[nodiscard]] Terminal& terminal(NodeId id) const { return *terminals_[id]; }
  /// The keys at the other ends of a machine's connections.
  [[nodiscard]] std::vector<PublicKey> peers_of(NodeId id) const;
  /// Hands a frame to the world if the connection is there.
  void send(NodeId from, const PublicKey& to, std::shared_ptr<const std::string> bytes);
  /// The longest that a lost frame may stay unnoticed, in ms.
  void set_unnoticed_ms_max(std::int64_t ms) { unnoticed_ms_max_ = ms; }

 private:
  struct Line {
    bool up{};
    bool dialling{};
    std::uint64_t generation{};
    std::uint64_t breaking{};             ///< the connection that is to end for bytes that were lost
    std::array<std::uint64_t, 2> told{};  ///< the connection that each end believes in; 0: none. First the lower id
  };
  [[nodiscard]] Line& line(NodeId a, NodeId b);
  [[nodiscard]] const Line& line(NodeId a, NodeId b) const;
  [[nodiscard]] bool possible(NodeId a, NodeId b) const;
  void review(NodeId a, NodeId b);
  void dial(NodeId a, NodeId b);
  void establish(NodeId a, NodeId b);
  void lost(NodeId from, NodeId to);
  void tell_end(NodeId id, NodeId peer, std::uint64_t generation);
  void tell_begin(NodeId id, NodeId peer);

  FrameWorld& world_;
  std::vector<Terminal*> terminals_;
  std::vector<Line> lines_;  ///< of pairs a < b at b (b - 1) / 2 + a
  std::vector<PublicKey> last_keys_;
  mutable std::map<PublicKey, NodeId> found_;  ///< where a key was last: a network of many looks at all of them rarely
  std::int64_t unnoticed_ms_max_{20'000};
};

}  // namespace kimberlite::whole_node
