// Signatures that do not hold: with a bit changed, over another network's name, in the name of another.
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Forgery final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!random().chance(kPerMille)) return false;
    v1::PeerMessage message = letter.message;
    if (message.has_vote()) {
      forge(*message.mutable_vote()->mutable_vote());
    } else if (message.has_proposal()) {
      forge(*message.mutable_proposal()->mutable_vote());
    } else if (message.has_envelopes() && message.envelopes().envelopes_size() > 0) {
      mouth().flip_bit(*message.mutable_envelopes()->mutable_envelopes(0));
    } else {
      return false;
    }
    mouth().count(simulation::Fault::kForgery);
    mouth().say(letter.to, message);
    return true;
  }

  void speak() override {
    auto message =
        mouth().vote_message(mouth().vote(consensus::VoteKind::kNullify, mouth().epoch(), mouth().view(), Digest{}));
    forge(*message.mutable_vote()->mutable_vote());
    mouth().count(simulation::Fault::kForgery);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille = 50;

  void forge(v1::Vote& vote) const {
    switch (random().below(4)) {
      case 0:
        return mouth().flip_bit(*vote.mutable_signature());
      case 1:  // in another's name, by our key
        vote.set_validator(static_cast<std::uint32_t>(random().below(100)));
        return mouth().sign(vote);
      case 2:  // in another's name, with our signature on our own vote
        vote.set_validator(vote.validator() + 1);
        return;
      default: {
        auto other = runtime::decode(vote);
        if (!other) return;
        other->signature = consensus::Ed25519VoteSigner(mouth().random_digest(), mouth().key()).sign(*other);
        runtime::encode(*other, vote);
      }
    }
  }
};

}  // namespace

LiePtr forgery(Mouth& mouth) {
  return std::make_unique<Forgery>(mouth);
}

}  // namespace kimberlite::whole_node
