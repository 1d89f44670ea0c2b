// Who votes in this epoch, and over which connections the core reaches them. The validators of the epoch before stay
// peers, so that one of them that missed the change still learns of it. One owner (the core thread).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "node/ledger/voting_set.h"
#include "node/net/peer_network.h"
#include "proto/genesis.h"
#include "storage/store.h"

namespace kimberlite::runtime {

/// The set of an epoch that began, as the store's links have it. REQUIRES: the epoch began on this log.
ValidatorSet validators_of(const GenesisDocument& genesis, const storage::Snapshot& state, Epoch epoch);

class Membership {
 public:
  /// `addresses`: participant -> host:port, over what the roll says. `known_keys`: participant -> a key that its node
  /// has today, whatever this log says: a peer that may vote in an epoch far ahead, and can tell us of it. `before`:
  /// the set of the epoch before `set`; empty in the first.
  Membership(const PublicKey& own_key, std::map<std::string, std::string> addresses,
             std::map<std::string, PublicKey> known_keys, ledger::VotingSet set, ValidatorSet before);

  /// The next epoch's set takes the place of this one.
  void begin(ledger::VotingSet next);

  [[nodiscard]] Epoch epoch() const { return set_.epoch; }
  [[nodiscard]] const ValidatorSet& validators() const { return set_.validators; }
  [[nodiscard]] const ValidatorSet& before() const { return before_; }
  /// Ours in the set; empty if our key does not vote in this epoch.
  [[nodiscard]] std::optional<consensus::ValidatorIndex> place() const { return place_; }

  /// The peers to be named to the network: this epoch's validators, then those of the epoch before, then known keys
  /// that are neither, without ourselves.
  [[nodiscard]] const std::vector<net::PeerAddress>& peers() const { return peers_; }
  /// The network's index of each of peers(), none for one out of reach; until told, their places in that list.
  void set_indices(const std::vector<std::optional<std::size_t>>& indices);
  /// Empty for ourselves, and for one out of reach. REQUIRES: a validator of the set.
  [[nodiscard]] std::optional<std::size_t> peer_of(consensus::ValidatorIndex validator) const;
  /// Empty for a peer that does not vote in this epoch.
  [[nodiscard]] std::optional<consensus::ValidatorIndex> validator_of(std::size_t peer) const;
  /// Whose node a peer is; "?" of one that is no peer any more.
  [[nodiscard]] std::string name_of(std::size_t peer) const;

 private:
  void list_peers();
  void list_known_keys();

  PublicKey own_key_;
  std::map<std::string, std::string> addresses_;
  std::map<std::string, PublicKey> known_keys_;
  ledger::VotingSet set_;
  ValidatorSet before_;
  std::map<std::string, std::string> before_addresses_;  // known to who saw the change
  std::optional<consensus::ValidatorIndex> place_;
  std::vector<net::PeerAddress> peers_;
  std::vector<std::optional<std::size_t>> peer_by_validator_;
  std::map<std::size_t, consensus::ValidatorIndex> validator_by_peer_;
  std::map<std::size_t, std::string> names_;
};

}  // namespace kimberlite::runtime
