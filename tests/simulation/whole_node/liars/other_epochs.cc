// Messages of epochs that are over or have not begun: votes that hold there or nowhere, questions, certificates that
// nobody can check yet, proposals.
#include <limits>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

using consensus::VoteKind;

class OtherEpochs final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!random().chance(kPerMille)) return false;
    v1::PeerMessage message = letter.message;
    if (message.has_vote()) {
      move(*message.mutable_vote()->mutable_vote());
    } else if (message.has_proposal()) {
      move(*message.mutable_proposal()->mutable_vote());
    } else if (message.has_certificate()) {
      message.mutable_certificate()->set_epoch(some_epoch());
    } else {
      return false;
    }
    mouth().count(simulation::Fault::kOtherEpoch);
    mouth().say(letter.to, message);
    return false;
  }

  void speak() override {
    mouth().count(simulation::Fault::kOtherEpoch);
    v1::PeerMessage message;
    if (random().chance(400)) {
      auto& request = *message.mutable_certificate_request();
      request.set_epoch(some_epoch());
      request.set_finalization_only(random().chance(500));
    } else if (random().chance(500)) {
      message = mouth().vote_message(
          mouth().vote(VoteKind::kNullify, Epoch{some_epoch()}, View{1 + random().below(5)}, Digest{}));
    } else {
      made_up_end(*message.mutable_certificate());
    }
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille = 100;

  [[nodiscard]] std::uint64_t some_epoch() const {
    const std::uint64_t now = mouth().epoch().value;
    const std::uint64_t epochs[] = {0,       1,       now - 1,     now + 1,
                                    now + 1, now + 2, now + 1'000, std::numeric_limits<std::uint64_t>::max()};
    return epochs[random().below(std::size(epochs))];
  }

  void move(v1::Vote& vote) const {
    vote.set_epoch(some_epoch());
    mouth().sign(vote);
  }

  /// How an epoch ended, by its own word alone.
  void made_up_end(v1::Certificate& certificate) const {
    const std::uint64_t epoch = some_epoch();
    const auto vote =
        mouth().vote(VoteKind::kFinalize, Epoch{epoch}, View{1 + random().below(9)}, mouth().final_block());
    certificate.set_kind(v1::VOTE_KIND_FINALIZE);
    certificate.set_epoch(epoch);
    certificate.set_view(vote.view.value);
    certificate.set_block(std::string(vote.block.view()));
    certificate.add_validators(vote.validator);
    certificate.add_signatures(std::string(vote.signature.view()));
  }
};

}  // namespace

LiePtr other_epochs(Mouth& mouth) {
  return std::make_unique<OtherEpochs>(mouth);
}

}  // namespace kimberlite::whole_node
