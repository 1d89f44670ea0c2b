// A Byzantine validator that keeps things back: it proposes, but shows the content of its block to some peers only and
// to the others much later; and it sends many of its messages to some peers only. It never contradicts itself.
// Not thread-safe.
#pragma once

#include "tests/simulation/equivocator.h"
#include "tests/simulation/node.h"

namespace kimberlite::simulation {

class Withholder final : public Node {
 public:
  Withholder(Cluster& cluster, NodeId id, const Conspiracy& conspiracy) : Node(cluster, id), conspiracy_(conspiracy) {}

 protected:
  void send(const consensus::Outgoing& outgoing) override;
  [[nodiscard]] bool honest() const override { return false; }
  [[nodiscard]] bool serves(const Digest& body) const override;

 private:
  void withhold(const Digest& block);

  const Conspiracy& conspiracy_;
};

}  // namespace kimberlite::simulation
