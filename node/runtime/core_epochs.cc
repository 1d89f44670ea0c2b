// Epochs (consensus, Epochs): when the block that closed one is stored, the next begins on it with the set that it
// decided; whoever speaks of another epoch is told how it ended, or asked how ours did.
#include <algorithm>
#include <chrono>
#include <utility>

#include "kimberlite/v1/consensus.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/clock.h"
#include "node/runtime/codec.h"
#include "node/runtime/core.h"
#include "node/runtime/log.h"
#include "node/runtime/startup.h"
#include "proto/assert.h"

namespace kimberlite::runtime {

std::optional<consensus::ValidatorIndex> Core::self() const {
  return may_vote_ ? membership_.place() : std::nullopt;
}

std::string Core::role() const {
  if (self()) return {};
  if (!parts_.follower_reason.empty()) return parts_.follower_reason;
  if (first_vote_held_ && membership_.place())
    return "this key has not voted yet: it begins once a quorum said how far the log is, and this node is as far";
  return Error{Reason::UNKNOWN_KEY, "node.key_file",
               "the key " + parts_.key.public_key().hex() + " is no node's key in epoch " +
                   std::to_string(membership_.epoch().value) + ", which is as far as this node's log reaches"}
      .to_string();
}

// Consensus is silent already; this makes it last, and says so.
void Core::retire_key() {
  may_vote_ = false;
  parts_.follower_reason = key_retired_error().to_string();
  log_event(Level::kError, "follower", {{"why", parts_.follower_reason}});
  store_writer_.retire_key(parts_.key.public_key());
}

consensus::BlockRef Core::final_block() const {
  const auto& tip = execution_.final_state().tip();
  const auto record = execution_.final_state().record_leaf(tip.height);
  if (!record) return {tip.block, {}, tip.height, View{}};
  const auto header = decode_block_leaf(*record);
  KIMBERLITE_ASSERT(header, "the store's newest record decodes");
  return {tip.block, header->parent, tip.height, tip.view, !header->next_validators.is_zero()};
}

consensus::Config Core::consensus_config() const {
  Digest leader_seed = parts_.genesis.chain_id;
  if (membership_.epoch().value > 1) {
    const auto link = execution_.final_state().epoch_link(Epoch{membership_.epoch().value - 1});
    KIMBERLITE_ASSERT(link, "the store links every epoch that ended");
    leader_seed = finalization_of_link(*link).block;
  }
  return {.chain_id = parts_.genesis.chain_id,
          .epoch = membership_.epoch(),
          .leader_seed = leader_seed,
          .validators = membership_.validators(),
          .self = self(),
          .delta_ms = parts_.delta_ms,
          .signer = self() ? &signer_ : nullptr};
}

void Core::name_peers() {
  const auto indices = network_->set_peers(membership_.peers());
  membership_.set_indices(indices);
  const auto lost = std::ranges::count_if(indices, [](const auto& index) { return !index; });
  if (lost == 0) return;
  log_event(Level::kError, "peers_out_of_reach",
            {{"peers", static_cast<std::uint64_t>(lost)}, {"why", "more keys than a process can name: start it anew"}});
}

void Core::begin_next_epoch() {
  if (stopping_ || execution_.final_voters().epoch == membership_.epoch()) return;
  membership_.begin(ledger::voting_set(execution_.final_state()));
  name_peers();
  parts_.checkpoints.begin_epoch(
      {membership_.before(), execution_.final_state().tip().log_size, membership_.validators()});
  parts_.epoch_begun(membership_.epoch(), membership_.validators());
  proposals_.clear();
  fetches_.clear();
  log_event(Level::kInfo, "epoch_begun",
            {{"epoch", membership_.epoch().value},
             {"validators", membership_.validators().size()},
             {"role", self() ? "validator" : "follower"}});
  perform(replica_->begin_epoch(consensus_config(), final_block(), steady_now_ms()));
  for (const std::size_t peer : connected_) {
    if (const auto validator = membership_.validator_of(peer)) step(consensus::PeerConnected{*validator});
  }
  arm_epoch_timer();
  for (auto& [peer, frames] : std::exchange(next_epoch_frames_, {})) {
    for (auto& frame : frames) parts_.receive_again(peer, std::move(frame));
  }
  // Others were here before us, or are further on: in a quiet network nobody would say again what was missed.
  for (const std::size_t peer : connected_) {
    const auto known = peer_epochs_.find(peer);
    if (known != peer_epochs_.end() && known->second.spoken >= membership_.epoch()) ask_how_epoch_ended(peer);
  }
  consider_first_vote();
}

// As with certificates of a view: after a short delay, to each peer of which nothing of this epoch was heard.
void Core::arm_epoch_timer() {
  epoch_timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(parts_.delta_ms / 4, 1)));
  epoch_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (const std::size_t peer : connected_) {
      if (peer_epochs_[peer].spoken < membership_.epoch())
        send_closing_certificate(peer, Epoch{membership_.epoch().value - 1});
    }
  });
}

bool Core::due_for_other_epoch(std::size_t peer, Epoch epoch) {
  const auto now = NodeClock::now();
  PeerEpoch& known = peer_epochs_[peer];
  known.spoken = std::max(known.spoken, epoch);
  if (epoch <= known.told_of && now - known.told_at < std::chrono::milliseconds(kOtherEpochIntervalMs)) return false;
  known.told_of = epoch;
  known.told_at = now;
  return true;
}

void Core::on_other_epoch(std::size_t peer, OtherEpochFrame frame) {
  if (frame.epoch == membership_.epoch()) return parts_.receive_again(peer, std::move(frame.frame));
  if (frame.epoch.value == membership_.epoch().value + 1) {
    auto& waiting = next_epoch_frames_[peer];
    waiting.push_back(std::move(frame.frame));
    if (waiting.size() > kNextEpochFramesMax) waiting.pop_front();
  }
  if (frame.epoch < membership_.epoch() && frame.finalized) {
    // Who sends how an epoch ended knows it, and wants no answer: two nodes would thank each other for ever.
    const auto link = execution_.final_state().epoch_link(frame.epoch);
    if (link && finalization_of_link(*link).block == frame.finalized) {
      Epoch& highest = peer_epochs_[peer].spoken;
      highest = std::max(highest, Epoch{frame.epoch.value + 1});
      return;
    }
  }
  if (!due_for_other_epoch(peer, frame.epoch)) return;
  if (frame.epoch < membership_.epoch()) return send_closing_certificate(peer, frame.epoch);
  ask_how_epoch_ended(peer);
}

void Core::ask_how_epoch_ended(std::size_t peer) {
  v1::PeerMessage message;
  auto& request = *message.mutable_certificate_request();
  request.set_epoch(membership_.epoch().value);
  request.set_from_view(replica_->status().final_view.value);
  request.set_finalization_only(true);
  send_to(peer, net::Priority::kVote, message);
}

void Core::send_closing_certificate(std::size_t peer, Epoch epoch) {
  const auto link = execution_.final_state().epoch_link(epoch);
  if (link) send_certificate(peer, finalization_of_link(*link));
}

void Core::send_certificate(std::size_t peer, const consensus::Certificate& certificate) {
  v1::PeerMessage message;
  encode(certificate, *message.mutable_certificate());
  send_to(peer, net::Priority::kVote, message);
}

// Consensus speaks to validators. A peer that was one in the epoch before follows by what is final alone.
void Core::tell_followers(const consensus::Certificate& finalization) {
  for (const std::size_t peer : connected_)
    if (!membership_.validator_of(peer)) send_certificate(peer, finalization);
}

}  // namespace kimberlite::runtime
