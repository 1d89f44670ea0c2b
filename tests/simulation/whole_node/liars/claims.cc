// What is not signed, or signed and far away: the highest final view that it says to know, heights of certificates,
// votes for views that nobody will see soon.
#include <limits>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

using consensus::VoteKind;
using simulation::Fault;

class Claims final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!random().chance(kPerMille)) return false;
    v1::PeerMessage message = letter.message;
    if (message.has_vote()) {
      message.mutable_vote()->set_final_view(some_number(message.vote().final_view()));
    } else if (message.has_certificate()) {
      message.mutable_certificate()->set_height(some_number(message.certificate().height()));
    } else {
      return false;
    }
    mouth().count(Fault::kFarView);
    mouth().say(letter.to, message);
    return true;
  }

  void speak() override {
    mouth().count(Fault::kFarView);
    constexpr VoteKind kKinds[] = {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize};
    const View there{some_number(mouth().view().value)};
    auto message =
        mouth().vote_message(mouth().vote(kKinds[random().below(3)], mouth().epoch(), there, mouth().random_digest()));
    message.mutable_vote()->set_final_view(some_number(there.value));
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille = 200;

  [[nodiscard]] std::uint64_t some_number(std::uint64_t truth) const {
    const std::uint64_t numbers[] = {0,
                                     1,
                                     truth + 1,
                                     truth + random().below(20),
                                     truth + 1'000,
                                     truth * 100,
                                     truth >> 1U,
                                     std::numeric_limits<std::uint64_t>::max()};
    return numbers[random().below(std::size(numbers))];
  }
};

}  // namespace

LiePtr claims(Mouth& mouth) {
  return std::make_unique<Claims>(mouth);
}

}  // namespace kimberlite::whole_node
