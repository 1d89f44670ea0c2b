#include "tests/simulation/equivocator.h"

namespace kimberlite::simulation {

using namespace consensus;

Equivocator::Equivocator(Cluster& shared, NodeId id, Conspiracy& conspiracy)
    : Node(shared, id), conspiracy_(conspiracy) {
  conspiracy_.members.push_back(this);
}

void Equivocator::send(const Outgoing& outgoing) {
  const auto* proposal = std::get_if<Proposal>(&outgoing.message);
  if (conspiracy_.active && proposal != nullptr && !outgoing.to && proposal->block.view == proposal->vote.view)
    return propose_twice(*proposal);
  const auto* message = std::get_if<VoteMessage>(&outgoing.message);
  if (conspiracy_.active && message != nullptr && cluster().world.random().chance(300)) {
    const NodeId to = static_cast<NodeId>(cluster().world.random().below(cluster().validators.size()));
    cluster().world.faults.add(Fault::kDoubleVote);
    if (message->vote.kind == VoteKind::kFinalize) send_vote(to, VoteKind::kNullify, message->vote.view, Digest{});
    if (message->vote.kind == VoteKind::kNotarize)
      send_vote(to, VoteKind::kFinalize, message->vote.view, message->vote.block);
  }
  for (NodeId peer = 0; peer < cluster().validators.size(); ++peer)
    if (peer != id() && (!outgoing.to || *outgoing.to == peer)) send_to(peer, outgoing.message);
}

void Equivocator::propose_twice(const Proposal& proposal) {
  cluster().world.faults.add(Fault::kEquivocation);
  Blocks& blocks = cluster().blocks;
  const ModelBlock& first = blocks.at(proposal.block.digest);
  const BlockRef parent = blocks.at(first.ref.parent).ref;
  const ModelBlock& second =
      blocks.make(parent, first.ref.view, first.events, 1000 + id(), !cluster().believes_anything);
  std::map<NodeId, Digest> shown;
  const bool odd = cluster().world.random().chance(500);
  for (NodeId peer = 0; peer < cluster().validators.size(); ++peer) {
    if (peer == id()) continue;
    const ModelBlock& block = (peer % 2 == 1) == odd ? first : second;
    Proposal shown_here{block.ref, proposal.vote, proposal.parent_view};
    shown_here.vote.block = block.ref.digest;
    shown_here.vote.signature = fake_signature(id(), shown_here.vote);
    send_to(peer, Message{shown_here});
    shown[peer] = block.ref.digest;
  }
  for (Equivocator* member : conspiracy_.members)
    if (member->up()) member->support(proposal.vote.view, shown);
}

void Equivocator::support(View view, const std::map<NodeId, Digest>& shown) {
  for (const auto& [peer, digest] : shown) {
    if (peer == id()) continue;
    send_vote(peer, VoteKind::kNotarize, view, digest);
    send_vote(peer, VoteKind::kFinalize, view, digest);
  }
}

void Equivocator::send_vote(NodeId to, VoteKind kind, View view, const Digest& block) {
  if (to == id()) return;
  Vote vote{kind, replica().epoch(), view, block, id(), {}};
  vote.signature = fake_signature(id(), vote);
  send_to(to, Message{VoteMessage{vote, View{0}}});
}

}  // namespace kimberlite::simulation
