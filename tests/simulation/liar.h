// A Byzantine validator that talks nonsense beside its honest words: forged signatures and signers, votes of views far
// ahead, old votes and certificates of others under its own name, claims about what others know, proposals and requests
// that fit nowhere. Not thread-safe.
#pragma once

#include <vector>

#include "tests/simulation/equivocator.h"
#include "tests/simulation/node.h"

namespace kimberlite::simulation {

class Liar final : public Node {
 public:
  Liar(Cluster& cluster, NodeId id, const Conspiracy& conspiracy) : Node(cluster, id), conspiracy_(conspiracy) {}
  void receive(NodeId from, const PacketPtr& packet) override;

 protected:
  void send(const consensus::Outgoing& outgoing) override;
  [[nodiscard]] bool honest() const override { return false; }

 private:
  void lie();
  [[nodiscard]] consensus::Message forged();
  [[nodiscard]] consensus::Message far_ahead();
  [[nodiscard]] consensus::Message stale();
  [[nodiscard]] consensus::Message rubbish();
  [[nodiscard]] consensus::Vote signed_vote(consensus::VoteKind kind, View view, const Digest& block) const;
  [[nodiscard]] View view() const { return replica().status().view; }

  const Conspiracy& conspiracy_;
  std::vector<PacketPtr> heard_;  ///< consensus messages of others, at most kHeardMax
};

}  // namespace kimberlite::simulation
