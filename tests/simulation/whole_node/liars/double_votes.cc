// Beside a vote of the node within one that contradicts it, to the same peer or to another.
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

using consensus::VoteKind;

class DoubleVotes final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!letter.message.has_vote() || !random().chance(kPerMille)) return false;
    const auto vote = runtime::decode(letter.message.vote().vote());
    const auto peers = mouth().peers();
    if (!vote || peers.empty()) return false;
    mouth().count(simulation::Fault::kDoubleVote);
    const PublicKey to = random().chance(500) ? letter.to : peers[random().below(peers.size())];
    mouth().say(to, mouth().vote_message(contradiction(*vote)));
    return random().chance(300);
  }

 private:
  static constexpr std::uint64_t kPerMille = 300;

  [[nodiscard]] consensus::Vote contradiction(const consensus::Vote& vote) const {
    const Digest other = random().chance(500) ? mouth().final_block() : mouth().random_digest();
    switch (vote.kind) {
      case VoteKind::kNotarize:
        return mouth().vote(random().chance(500) ? VoteKind::kNullify : VoteKind::kFinalize, vote.epoch, vote.view,
                            vote.block);
      case VoteKind::kNullify:
        return mouth().vote(random().chance(500) ? VoteKind::kNotarize : VoteKind::kFinalize, vote.epoch, vote.view,
                            other);
      case VoteKind::kFinalize:
        return mouth().vote(random().chance(700) ? VoteKind::kNullify : VoteKind::kFinalize, vote.epoch, vote.view,
                            other);
    }
    return vote;
  }
};

}  // namespace

LiePtr double_votes(Mouth& mouth) {
  return std::make_unique<DoubleVotes>(mouth);
}

}  // namespace kimberlite::whole_node
