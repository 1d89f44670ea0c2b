// Proposals that break one rule of blocks each, under a vote that holds; and those of other leaders, passed on with
// what their votes do not cover changed.
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

using simulation::Fault;

class BadProposals final : public Lie {
 public:
  explicit BadProposals(Mouth& mouth) : Lie(mouth), per_mille_(random().chance(500) ? 1000 : 300) {}

  bool take(const Letter& letter) override {
    if (!letter.message.has_proposal() || !random().chance(per_mille_)) return false;
    v1::PeerMessage message = letter.message;
    if (random().chance(700)) {
      change_record(*message.mutable_proposal());
    } else {
      change_ids(*message.mutable_proposal());
    }
    mouth().count(Fault::kBadProposal);
    mouth().say(letter.to, message);
    return random().chance(700);
  }

  void hear(const PublicKey& /*from*/, const FrameBytes& /*bytes*/, const v1::PeerMessage& message) override {
    if (!message.has_proposal()) return;
    if (heard_.size() < kHeardMax)
      heard_.push_back(message);
    else
      heard_[random().below(kHeardMax)] = message;
    if (random().chance(kRelayedPerMille)) relay(message);
  }

  /// A block of another, old or of this view, as if it were proposed in the view at hand.
  void speak() override {
    if (heard_.empty()) return;
    v1::PeerMessage message = heard_[random().below(heard_.size())];
    auto& proposal = *message.mutable_proposal();
    const View view{mouth().view().value + random().below(3)};
    if (random().chance(500)) proposal.set_parent_view(view.value - random().below(3));
    runtime::encode(
        mouth().vote(consensus::VoteKind::kNotarize, mouth().epoch(), view, block_digest(proposal.record_leaf())),
        *proposal.mutable_vote());
    mouth().count(Fault::kBadProposal);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::size_t kHeardMax = 32;
  static constexpr std::uint64_t kRelayedPerMille = 100;
  static constexpr std::int64_t kAheadMs = 3'600'000;

  void relay(v1::PeerMessage message) {
    change_ids(*message.mutable_proposal());
    mouth().count(Fault::kBadProposal);
    mouth().say(mouth().some_peers(), message);
  }

  void change_ids(v1::Proposal& proposal) const {
    auto& ids = *proposal.mutable_envelope_ids();
    if (ids.empty()) return;
    const int one = static_cast<int>(random().below(static_cast<std::uint64_t>(ids.size())));
    switch (random().below(3)) {
      case 0:
        ids[one] = mouth().random_bytes(Digest::kSize);
        return;
      case 1:
        ids[one] = ids[0];
        return;
      default:
        ids.SwapElements(0, one);
    }
  }

  void change_record(v1::Proposal& proposal) const {
    auto header = decode_block_leaf(proposal.record_leaf());
    if (!header) return;
    break_rule(*header);
    if (random().chance(100)) proposal.set_parent_view(random().below(header->view.value + 2));
    proposal.set_record_leaf(encode_block_leaf(*header));
    proposal.mutable_vote()->set_block(std::string(block_digest(proposal.record_leaf()).view()));
    mouth().sign(*proposal.mutable_vote());
  }

  void break_rule(BlockHeader& header) const {
    switch (random().below(13)) {
      case 0:
        header.chain_id = mouth().random_digest();
        return;
      case 1:
        header.epoch.value += random().chance(500) ? 1 : -1;
        return;
      case 2:
        header.view.value += random().chance(500) ? 1 : -1;
        return;
      case 3:
        header.height.value += random().chance(500) ? 1 : -1;
        return;
      case 4:
        header.parent = random().chance(500) ? mouth().final_block() : mouth().random_digest();
        return;
      case 5:
        header.time_ms.value += random().chance(500) ? kAheadMs : -kAheadMs;
        return;
      case 6:
        header.proposer = mouth().scene().cast.code(static_cast<NodeId>(random().below(mouth().scene().cast.size())));
        return;
      case 7:
        header.first_index.value += random().chance(500) ? 1 : -1;
        return;
      case 8:
        header.count += 1;
        return;
      case 9:
        header.events_root = mouth().random_digest();
        return;
      case 10:
        header.state_root = mouth().random_digest();
        return;
      case 11:
        header.validators = mouth().random_digest();
        return;
      default:  // as if it closed its epoch
        header.next_validators = random().chance(500) ? header.validators : mouth().random_digest();
    }
  }

  std::uint64_t per_mille_;
  std::vector<v1::PeerMessage> heard_;
};

}  // namespace

LiePtr bad_proposals(Mouth& mouth) {
  return std::make_unique<BadProposals>(mouth);
}

}  // namespace kimberlite::whole_node
