// Epochs of a simulated node, as its runtime keeps them: the next begins when the block that closed one is durable
// here; whoever speaks of another is told how it ended, or asked how ours did. Every epoch has the same members; what
// changes is their order, their votes and the rules of what may follow what.
#include <algorithm>
#include <utility>

#include "tests/simulation/describe.h"
#include "tests/simulation/node.h"

namespace kimberlite::simulation {

using namespace consensus;

Epoch epoch_of(const Message& message) {
  struct Spoken {
    Epoch operator()(const VoteMessage& vote) const { return vote.vote.epoch; }
    Epoch operator()(const Certificate& certificate) const { return certificate.epoch; }
    Epoch operator()(const Proposal& proposal) const { return proposal.vote.epoch; }
    Epoch operator()(const CertificateRequest& request) const { return request.epoch; }
  };
  return std::visit(Spoken{}, message);
}

Epoch Node::epoch() const {
  if (cluster_.ignores_epochs) return Epoch{1};
  return epoch_after(cluster_.blocks.at(disk_.log.empty() ? cluster_.chain_id : disk_.log.back()));
}

Digest Node::last_closing() const {
  const auto closing = disk_.closings.find(Epoch{epoch().value - 1});
  return closing == disk_.closings.end() ? cluster_.chain_id : closing->second.block;
}

Config Node::config() const {
  const bool follower = lost_disk_ && !cluster_.votes_after_disk_loss;
  return {.chain_id = cluster_.chain_id,
          .epoch = epoch(),
          .leader_seed = last_closing(),
          .validators = cluster_.validators,
          .self = follower ? std::nullopt : std::optional(id_),
          .delta_ms = cluster_.delta_ms,
          .signer = &signer_};
}

void Node::begin_epoch_if_closed() {
  if (epoch() == replica_->epoch()) return;
  cluster_.world.note(id_, epoch().value, [&] { return "BEGINS epoch " + std::to_string(epoch().value); });
  fetching_.clear();
  waiting_.clear();
  catching_up_.reset();
  apply(replica_->begin_epoch(config(), cluster_.blocks.at(disk_.log.back()).ref, local_now()));
  for (const auto& [peer, messages] : std::exchange(next_epoch_, {}))
    for (const Message& message : messages)
      if (up()) on_packet(peer, message);
  if (!up()) return;
  for (const auto& [peer, spoken] : spoken_)
    if (spoken >= epoch()) ask_how_epoch_ended(peer);
  later(std::max<std::int64_t>(cluster_.delta_ms / 4, 1), [this, begun = epoch()] {
    for (NodeId peer = 0; peer < cluster_.validators.size(); ++peer)
      if (peer != id_ && spoken_[peer] < begun) send_closing(peer, Epoch{begun.value - 1});
  });
}

void Node::on_other_epoch(NodeId from, Epoch spoken, const Message& message) {
  const auto* certificate = std::get_if<Certificate>(&message);
  const auto closing = disk_.closings.find(spoken);
  const bool knows_its_end = certificate != nullptr && certificate->kind == VoteKind::kFinalize &&
                             closing != disk_.closings.end() && closing->second.block == certificate->block;
  Epoch& highest = spoken_[from];
  highest = std::max(highest, Epoch{spoken.value + (knows_its_end ? 1 : 0)});
  if (knows_its_end) return;
  if (spoken < replica_->epoch()) return send_closing(from, spoken);
  if (spoken.value == replica_->epoch().value + 1) {
    auto& waiting = next_epoch_[from];
    waiting.push_back(message);
    if (waiting.size() > kNextEpochMessagesMax) waiting.pop_front();
  }
  ask_how_epoch_ended(from);
}

void Node::ask_how_epoch_ended(NodeId peer) {
  send_to(peer, Message{CertificateRequest{replica_->epoch(), replica_->status().final_view, true}});
}

void Node::send_closing(NodeId to, Epoch epoch) {
  const auto closing = disk_.closings.find(epoch);
  if (closing != disk_.closings.end()) send_to(to, Message{closing->second});
}

}  // namespace kimberlite::simulation
