// Two blocks in one view: the block that the node within made, and one like it that is a millisecond younger, so that
// both pass every rule.
#include <map>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Equivocation final : public Lie {
 public:
  Equivocation(Mouth& mouth, const Conspiracy& conspiracy) : Lie(mouth), conspiracy_(conspiracy) {}

  bool take(const Letter& letter) override {
    if (!letter.message.has_proposal()) return false;
    const auto vote = runtime::decode(letter.message.proposal().vote());
    const auto header = decode_block_leaf(letter.message.proposal().record_leaf());
    if (!vote || !header || header->view != vote->view) return false;
    const auto [entry, fresh] = splits_.emplace(std::pair(vote->epoch, vote->view), Split{});
    if (fresh) split(entry->second, letter.message.proposal(), *vote, *header);
    if (!entry->second.second_shown_to(letter.to)) return false;
    mouth().say(letter.to, entry->second.second);
    return true;
  }

 private:
  struct Split {
    FrameBytes second;
    std::map<PublicKey, Digest> shown;
    Digest second_block;
    [[nodiscard]] bool second_shown_to(const PublicKey& peer) const {
      const auto found = shown.find(peer);
      return found != shown.end() && found->second == second_block;
    }
  };

  void split(Split& split, const v1::Proposal& first, const consensus::Vote& vote, BlockHeader header) {
    mouth().count(simulation::Fault::kEquivocation);
    ++header.time_ms.value;
    v1::PeerMessage message;
    *message.mutable_proposal() = first;
    auto& second = *message.mutable_proposal();
    second.set_record_leaf(encode_block_leaf(header));
    split.second_block = block_digest(second.record_leaf());
    runtime::encode(mouth().vote(vote.kind, vote.epoch, vote.view, split.second_block), *second.mutable_vote());
    split.second = std::make_shared<const std::string>(message.SerializeAsString());
    for (const PublicKey& peer : mouth().peers())
      split.shown.emplace(peer, random().chance(500) ? vote.block : split.second_block);
    conspiracy_.support(vote.epoch, vote.view, split.shown);
  }

  const Conspiracy& conspiracy_;
  std::map<std::pair<Epoch, View>, Split> splits_;
};

}  // namespace

LiePtr equivocation(Mouth& mouth, const Conspiracy& conspiracy) {
  return std::make_unique<Equivocation>(mouth, conspiracy);
}

}  // namespace kimberlite::whole_node
