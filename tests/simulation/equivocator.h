// A Byzantine validator: it leads like an honest one, but shows one half of its peers one block and the other half
// another, and votes for both, to notarize, to finalize and to nullify. Several of them conspire: each supports to
// every peer the block which that peer was shown. Not thread-safe.
#pragma once

#include <map>
#include <vector>

#include "tests/simulation/node.h"

namespace kimberlite::simulation {

class Equivocator;

/// What the Byzantine validators of a run share: the equivocators act as one.
struct Conspiracy {
  std::vector<Equivocator*> members;
  bool active{true};  ///< false: they behave
};

class Equivocator final : public Node {
 public:
  Equivocator(Cluster& cluster, NodeId id, Conspiracy& conspiracy);

 protected:
  void send(const consensus::Outgoing& outgoing) override;
  [[nodiscard]] bool honest() const override { return false; }

 private:
  void propose_twice(const consensus::Proposal& proposal);
  /// Votes to each peer for the block that it was shown.
  void support(View view, const std::map<NodeId, Digest>& shown);
  void send_vote(NodeId to, consensus::VoteKind kind, View view, const Digest& block);

  Conspiracy& conspiracy_;
};

}  // namespace kimberlite::simulation
