// A Byzantine validator that votes like an honest one and proposes nothing, so that each of its turns runs out. It goes
// on when the others behave. Not thread-safe.
#pragma once

#include <variant>

#include "tests/simulation/node.h"

namespace kimberlite::simulation {

class Idler final : public Node {
 public:
  using Node::Node;

 protected:
  void send(const consensus::Outgoing& outgoing) override {
    if (!std::holds_alternative<consensus::Proposal>(outgoing.message)) return Node::send(outgoing);
    cluster().world.faults.add(Fault::kNoProposal);
  }
  [[nodiscard]] bool honest() const override { return false; }
};

}  // namespace kimberlite::simulation
