// Answers to requests for blocks: with envelopes left out, exchanged, doubled or added, another block than the one
// asked for, and answers that nobody asked for.
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class FalseBlocks final : public Lie {
 public:
  explicit FalseBlocks(Mouth& mouth) : Lie(mouth), per_mille_(random().chance(500) ? 1000 : 400) {}

  bool take(const Letter& letter) override {
    if (!letter.message.has_block()) return false;
    remember(letter.message.block());
    if (!random().chance(per_mille_)) return false;
    v1::PeerMessage message = letter.message;
    change(*message.mutable_block());
    mouth().count(simulation::Fault::kFalseBlock);
    mouth().say(letter.to, message);
    return true;
  }

  /// A block that is being voted on, before anybody asks for it: its record is true, its envelopes are not.
  void hear(const PublicKey& /*from*/, const FrameBytes& /*bytes*/, const v1::PeerMessage& message) override {
    if (!message.has_proposal() || !random().chance(kUnaskedPerMille)) return;
    v1::PeerMessage answer;
    auto& block = *answer.mutable_block();
    block.set_record_leaf(message.proposal().record_leaf());
    if (!bodies_.empty()) *block.mutable_envelopes() = bodies_[random().below(bodies_.size())].envelopes();
    mouth().count(simulation::Fault::kFalseBlock);
    mouth().say(mouth().some_peers(), answer);
  }

  void speak() override {
    if (bodies_.empty()) return;
    v1::PeerMessage message;
    *message.mutable_block() = bodies_[random().below(bodies_.size())];
    change(*message.mutable_block());
    mouth().count(simulation::Fault::kFalseBlock);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::size_t kBodiesMax = 16;
  static constexpr std::uint64_t kUnaskedPerMille = 100;

  void remember(const v1::BlockBody& body) {
    if (bodies_.size() < kBodiesMax)
      bodies_.push_back(body);
    else
      bodies_[random().below(kBodiesMax)] = body;
  }

  void change(v1::BlockBody& block) const {
    auto& envelopes = *block.mutable_envelopes();
    const int one = static_cast<int>(random().below(static_cast<std::uint64_t>(envelopes.size())));
    switch (random().below(6)) {
      case 0:
        if (!envelopes.empty()) envelopes.RemoveLast();
        return;
      case 1:
        if (!envelopes.empty()) envelopes.SwapElements(0, one);
        return;
      case 2:
        if (!envelopes.empty()) block.add_envelopes(envelopes[one]);
        return;
      case 3:
        return envelopes.Clear();
      case 4:
        block = bodies_[random().below(bodies_.size())];
        return;
      default:
        mouth().flip_bit(*block.mutable_record_leaf());
    }
  }

  std::uint64_t per_mille_;
  std::vector<v1::BlockBody> bodies_;
};

}  // namespace

LiePtr false_blocks(Mouth& mouth) {
  return std::make_unique<FalseBlocks>(mouth);
}

}  // namespace kimberlite::whole_node
