// Who plays: participants with their keys, the genesis document of their network, and the envelopes that they sign. All
// keys follow from the seed. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "proto/ed25519.h"
#include "proto/genesis.h"
#include "proto/types.h"
#include "tests/simulation/world.h"

namespace kimberlite::v1 {
class Envelope;
class Event;
class Genesis;
}  // namespace kimberlite::v1

namespace kimberlite::whole_node {

using simulation::NodeId;

/// The network that a run plays on.
struct CastOptions {
  std::uint64_t seed{};
  std::size_t founders{};  ///< participants of genesis, each with a voting node
  std::size_t guests{};    ///< participants that genesis does not know, and that may be admitted
  std::int64_t delta_ms{};
  std::int64_t heartbeat_ms{};
  TimeMs genesis_time_ms;
};

class Cast {
 public:
  explicit Cast(const CastOptions& options);

  [[nodiscard]] const GenesisDocument& genesis() const { return genesis_; }
  /// Founders and guests.
  [[nodiscard]] std::size_t size() const { return players_.size(); }
  [[nodiscard]] std::size_t founders() const { return options_.founders; }
  [[nodiscard]] const std::string& code(NodeId id) const { return players_[id].code; }
  /// The player with this code. REQUIRES: there is one.
  [[nodiscard]] NodeId id_of(const std::string& code) const;

  /// The key that a player's node has at first.
  [[nodiscard]] const PublicKey& first_key(NodeId id) const { return players_[id].node_key; }
  /// A node key that was never used, of this player.
  PublicKey new_key(NodeId id);
  /// REQUIRES: a node key made here.
  [[nodiscard]] const SecretKey& secret(const PublicKey& key) const { return node_keys_.at(key).secret; }
  /// Whose node key it is or was. REQUIRES: as above.
  [[nodiscard]] NodeId owner(const PublicKey& key) const { return node_keys_.at(key).owner; }

  // Signed envelopes as the wire has them, valid for an hour from `now`, each with an id of its own.
  /// A production certificate. REQUIRES: both founders.
  std::string issue(NodeId exporter, NodeId importer, TimeMs now);
  /// Two of one number, of which the log may hold one. REQUIRES: as above.
  std::pair<std::string, std::string> issue_twice(NodeId exporter, NodeId importer, TimeMs now);
  /// node.register of this key for the player's node, by its root key.
  std::string register_node(NodeId id, const PublicKey& key, TimeMs now);
  /// participant.admit of a guest with this node key, by the Chair (player 0).
  std::string admit(NodeId guest, const PublicKey& key, TimeMs now);
  /// participant.withdraw, by the player's own root key.
  std::string withdraw(NodeId id, TimeMs now);

 private:
  struct Player {
    std::string code;
    SecretKey root;
    SecretKey body;
    PublicKey trader;
    PublicKey node_key;
  };
  struct NodeKey {
    NodeId owner;
    SecretKey secret;
  };
  [[nodiscard]] SecretKey derive(const std::string& purpose) const;
  [[nodiscard]] std::string address(NodeId id) const;
  [[nodiscard]] v1::Genesis document() const;
  [[nodiscard]] v1::Event production(NodeId exporter, NodeId importer, TimeMs now) const;
  std::string sign(NodeId by, const SecretKey& key, const v1::Event& event, TimeMs now);

  CastOptions options_;
  std::vector<Player> players_;
  std::map<PublicKey, NodeKey> node_keys_;
  GenesisDocument genesis_;
  std::uint64_t keys_made_{};
  std::uint64_t envelopes_made_{};
};

}  // namespace kimberlite::whole_node
