#include "tests/simulation/liar.h"

#include <algorithm>
#include <limits>

namespace kimberlite::simulation {

using namespace consensus;

namespace {

/// Messages of others that it remembers.
constexpr std::size_t kHeardMax = 128;

}  // namespace

void Liar::receive(NodeId from, const PacketPtr& packet) {
  if (std::holds_alternative<Message>(*packet)) {
    if (heard_.size() < kHeardMax)
      heard_.push_back(packet);
    else if (cluster().world.random().chance(100))
      heard_[cluster().world.random().below(kHeardMax)] = packet;
  }
  Node::receive(from, packet);
}

void Liar::send(const Outgoing& outgoing) {
  Node::send(outgoing);
  if (conspiracy_.active && cluster().world.random().chance(300)) lie();
}

void Liar::lie() {
  World& world = cluster().world;
  const std::uint64_t kind = world.random().below(4);
  const Message message = kind == 0 ? forged() : kind == 1 ? far_ahead() : kind == 2 ? stale() : rubbish();
  constexpr Fault kKinds[] = {Fault::kForgery, Fault::kFarView, Fault::kStaleCertificate, Fault::kRubbish};
  world.faults.add(kKinds[kind]);
  const std::uint64_t reached_per_mille = world.random().chance(500) ? 1000 : 300;
  for (NodeId peer = 0; peer < cluster().validators.size(); ++peer)
    if (peer != id() && world.random().chance(reached_per_mille)) send_to(peer, message);
}

Vote Liar::signed_vote(VoteKind kind, View view, const Digest& block) const {
  Vote vote{kind, replica().epoch(), view, block, id(), {}};
  vote.signature = fake_signature(id(), vote);
  return vote;
}

/// All of these are refused by verify_message.
Message Liar::forged() {
  Random& random = cluster().world.random();
  const std::size_t validators = cluster().validators.size();
  const Digest& block = cluster().blocks.genesis().ref.digest;
  Vote vote = signed_vote(VoteKind::kFinalize, view(), block);
  switch (random.below(4)) {
    case 0:  // in another's name
      vote.validator = static_cast<ValidatorIndex>((id() + 1) % validators);
      break;
    case 1:  // by nobody
      vote.validator = static_cast<ValidatorIndex>(validators + random.below(100));
      break;
    case 2:  // of another epoch
      ++vote.epoch.value;
      vote.signature = fake_signature(id(), vote);
      break;
    default: {  // a finalization signed by itself alone, over and over
      Certificate certificate{.kind = VoteKind::kFinalize,
                              .epoch = replica().epoch(),
                              .view = view(),
                              .block = block,
                              .height = {},
                              .validators = {},
                              .signatures = {}};
      certificate.validators.assign(validators, id());
      certificate.signatures.assign(validators, vote.signature);
      return certificate;
    }
  }
  return VoteMessage{vote, View{0}};
}

Message Liar::far_ahead() {
  Random& random = cluster().world.random();
  const std::uint64_t views[] = {view().value + 1, view().value + cluster().validators.size(), view().value + 1'000'000,
                                 std::numeric_limits<std::uint64_t>::max()};
  const View there{views[random.below(4)]};
  if (random.chance(500)) return VoteMessage{signed_vote(VoteKind::kNullify, there, Digest{}), there};
  return VoteMessage{signed_vote(VoteKind::kNullify, view(), Digest{}), there};
}

/// A vote of another may carry any claim of what that one knows: only the vote is signed.
Message Liar::stale() {
  Random& random = cluster().world.random();
  if (heard_.empty()) return rubbish();
  Message message = std::get<Message>(*heard_[random.below(heard_.size())]);
  if (auto* vote = std::get_if<VoteMessage>(&message); vote != nullptr && random.chance(300))
    vote->final_view = View{random.chance(500) ? 0 : view().value + random.below(1'000'000)};
  return message;
}

Message Liar::rubbish() {
  Random& random = cluster().world.random();
  if (random.chance(400))
    return CertificateRequest{replica().epoch(), View{random.below(view().value + 2)}, random.chance(300)};
  // A block on genesis at a wrong height, in a view that it may not lead.
  BlockRef parent = cluster().blocks.genesis().ref;
  parent.height = Height{random.below(50)};
  const View there{view().value + random.below(3)};
  const BlockRef block = cluster().blocks.make(parent, there, {}, 2000 + id(), false).ref;
  return Proposal{block, signed_vote(VoteKind::kNotarize, there, block.digest), View{random.below(there.value + 1)}};
}

}  // namespace kimberlite::simulation
