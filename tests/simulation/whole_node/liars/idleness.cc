// It votes, and proposes nothing: its turns run out.
#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Idleness final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!letter.message.has_proposal()) return false;
    mouth().count(simulation::Fault::kNoProposal);
    return true;
  }
};

}  // namespace

LiePtr idleness(Mouth& mouth) {
  return std::make_unique<Idleness>(mouth);
}

}  // namespace kimberlite::whole_node
