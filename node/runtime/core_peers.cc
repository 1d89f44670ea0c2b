// What comes from peers and what goes to them.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/clock.h"
#include "node/runtime/codec.h"
#include "node/runtime/core.h"
#include "node/runtime/log.h"
#include "node/runtime/range_answer.h"
#include "proto/envelope.h"

namespace kimberlite::runtime {
namespace {

// Envelopes of one frame; a frame may be 4 MiB.
constexpr std::size_t kEnvelopeBatchBytesMax = 1024 * 1024;
// Of the pool that a leader may lack, at most this much.
constexpr std::size_t kForwardEnvelopesMax = 1'000;

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

std::shared_ptr<const std::string> serialize(const v1::PeerMessage& message) {
  return std::make_shared<const std::string>(message.SerializeAsString());
}

// A final block: its record, and its envelopes out of the log.
std::optional<v1::BlockBody> final_block_in(const storage::Snapshot& state, const Digest& block) {
  const auto height = state.height_of(block);
  const auto record = height ? state.record_leaf(*height) : std::nullopt;
  const auto header = record ? decode_block_leaf(*record) : std::unexpected(Error{});
  if (!header) return std::nullopt;
  const auto leaves = state.leaves(header->first_index, header->count, kBlockBytesMax * 2);
  if (!leaves || leaves->size() != header->count) return std::nullopt;
  v1::BlockBody body;
  body.set_record_leaf(*record);
  for (const auto& leaf : *leaves) {
    auto signed_bytes = decode_accepted_leaf(leaf);
    if (!signed_bytes) return std::nullopt;
    body.add_envelopes(*std::move(signed_bytes));
  }
  return body;
}

std::shared_ptr<const std::string> final_block_answer(const storage::Snapshot& state, const Digest& block) {
  auto body = final_block_in(state, block);
  if (!body) return nullptr;
  v1::PeerMessage message;
  *message.mutable_block() = *std::move(body);
  return serialize(message);
}

// Null for what there is no answer to.
std::shared_ptr<const std::string> sendable(std::string answer) {
  return answer.empty() ? nullptr : std::make_shared<const std::string>(std::move(answer));
}

}  // namespace

void Core::peer_connected(std::size_t peer, const net::PeerHello& hello) {
  connected_.insert(peer);
  const std::string name = membership_.name_of(peer);
  log_event(Level::kInfo, "peer_connected", {{"participant", name}, {"final_height", hello.final_height}});
  if (std::abs(hello.clock_apart_ms) > net::kClockApartMaxMs) {
    log_event(Level::kWarn, "clock_apart", {{"participant", name}, {"ms", std::to_string(hello.clock_apart_ms)}});
  }
  if (first_vote_held_) told_heights_[peer] = hello.final_height;
  greet(peer);
  consider_first_vote();
}

void Core::greet(std::size_t peer) {
  if (const auto validator = membership_.validator_of(peer)) step(consensus::PeerConnected{*validator});
  // In a new epoch there may be nothing yet that would tell it that the one before is over.
  if (membership_.epoch().value > 1) send_closing_certificate(peer, Epoch{membership_.epoch().value - 1});
  if (const auto newest = decode_certificate(parts_.store.finalization()); newest && !membership_.validator_of(peer))
    send_certificate(peer, *newest);
  // It missed what was gossiped while it was away, and we may be the only one who has it.
  send_envelopes(peer, pool_.in_order(kForwardEnvelopesMax));
  if (const auto vote = parts_.checkpoints.own_newest(); vote && self()) send_checkpoint(*vote, peer);
}

void Core::peer_disconnected(std::size_t peer, const Error& why) {
  connected_.erase(peer);
  next_epoch_frames_.erase(peer);
  peer_epochs_.erase(peer);
  log_event(Level::kInfo, "peer_disconnected", {{"participant", membership_.name_of(peer)}, {"why", why.to_string()}});
}

// What was verified for one epoch is nothing in the next, which may have begun meanwhile.
void Core::receive(std::size_t peer, const consensus::Message& message, Epoch spoken) {
  if (spoken != membership_.epoch()) return;
  Epoch& highest = peer_epochs_[peer].spoken;
  highest = std::max(highest, spoken);
  step(consensus::Received{membership_.validator_of(peer), message});
}

void Core::deliver(std::size_t peer, PeerInput input) {
  if (stopping_) return;
  std::visit(
      Overloaded{
          [&](const consensus::VoteMessage& vote) { receive(peer, vote, vote.vote.epoch); },
          [&](const consensus::Certificate& certificate) { receive(peer, certificate, certificate.epoch); },
          [&](const consensus::CertificateRequest& request) { receive(peer, request, request.epoch); },
          [&](OtherEpochFrame& frame) { on_other_epoch(peer, std::move(frame)); },
          [&](ProposalFrame& frame) { take_proposal(peer, std::move(frame)); },
          [&](const EnvelopesFrame& frame) { take_envelopes(peer, frame); },
          [&](const EnvelopeRequestFrame& frame) { answer_envelopes(peer, frame); },
          [&](const BlockRequestFrame& frame) { answer_block(peer, frame); },
          [&](BlockFrame& frame) { on_body(peer, std::move(frame)); },
          [&](const LogRangeRequestFrame& frame) { answer_range(peer, frame); },
          [&](LogRangeFrame& frame) { catch_up_->on_range(peer, std::move(frame)); },
          [&](const SnapshotRequestFrame&) {
            ask_store(peer, [this](const auto&) { return sendable(parts_.snapshots.offer()); });
          },
          [&](const StateChunkRequestFrame& frame) {
            ask_store(peer, [this, frame](const auto&) {
              return sendable(parts_.snapshots.chunk(frame.height, frame.chunk));
            });
          },
          [&](const EpochLinksRequestFrame& frame) {
            ask_store(peer, [this, frame](const auto&) { return sendable(parts_.snapshots.epoch_links(frame.first)); });
          },
      },
      input);
}

// A leader speaks for itself. Who passes a proposal on may have changed what its vote does not cover: the envelopes.
void Core::take_proposal(std::size_t peer, ProposalFrame frame) {
  const consensus::Vote& vote = frame.proposal.vote;
  if (vote.epoch != membership_.epoch()) return;
  if (membership_.validator_of(peer) != vote.validator) {
    parts_.metrics.peer_message_refused(reason_name(Reason::WRONG_PARTY));
    return;
  }
  const ProposalKey key{frame.proposal.block.digest, vote.validator};
  if (!proposals_.contains(key)) {
    remember_proposal(key,
                      {.record_leaf = std::move(frame.record_leaf), .envelope_ids = std::move(frame.envelope_ids)});
  }
  receive(peer, frame.proposal, vote.epoch);
}

void Core::send(const consensus::Outgoing& outgoing) {
  v1::PeerMessage message;
  auto priority = net::Priority::kVote;
  bool sendable = true;
  std::visit(
      Overloaded{
          [&](const consensus::VoteMessage& vote) {
            encode(vote.vote, *message.mutable_vote()->mutable_vote());
            message.mutable_vote()->set_final_view(vote.final_view.value);
          },
          [&](const consensus::Certificate& certificate) { encode(certificate, *message.mutable_certificate()); },
          [&](const consensus::CertificateRequest& request) {
            auto& out = *message.mutable_certificate_request();
            out.set_epoch(request.epoch.value);
            out.set_from_view(request.from_view.value);
            out.set_finalization_only(request.finalization_only);
          },
          [&](const consensus::Proposal& proposal) {
            priority = net::Priority::kProposal;
            sendable = encode_proposal(proposal, *message.mutable_proposal());
          },
      },
      outgoing.message);
  if (!sendable) return;
  if (outgoing.to) {
    if (const auto peer = membership_.peer_of(*outgoing.to)) send_to(*peer, priority, message);
  } else {
    send_to_all(priority, message);
  }
}

// A proposal carries its block's record and ids; both are here for whatever we propose or repeat.
bool Core::encode_proposal(const consensus::Proposal& proposal, v1::Proposal& out) const {
  encode(proposal.vote, *out.mutable_vote());
  out.set_parent_view(proposal.parent_view.value);
  if (const auto block = execution_.find(proposal.block.digest)) {
    out.set_record_leaf(block->record_leaf);
    for (const auto& envelope : block->envelopes) out.add_envelope_ids(std::string(envelope->id().view()));
    return true;
  }
  const auto it = proposals_.lower_bound({proposal.block.digest, 0});
  if (it != proposals_.end() && it->first.block == proposal.block.digest) {
    out.set_record_leaf(it->second.record_leaf);
    for (const auto& id : it->second.envelope_ids) out.add_envelope_ids(std::string(id.view()));
    return true;
  }
  // Final here, and certified in a later view: what was said of it there is to be decided, too (rule 3).
  const auto final_one = final_block_in(execution_.final_state(), proposal.block.digest);
  if (!final_one) return false;
  out.set_record_leaf(final_one->record_leaf());
  for (const auto& signed_bytes : final_one->envelopes())
    out.add_envelope_ids(std::string(envelope_id(signed_bytes).view()));
  return true;
}

void Core::send_to(std::size_t peer, net::Priority priority, const v1::PeerMessage& message) {
  network_->send(peer, priority, serialize(message));
}

void Core::send_to_all(net::Priority priority, const v1::PeerMessage& message) {
  const auto bytes = serialize(message);
  for (const std::size_t peer : connected_) network_->send(peer, priority, bytes);
}

void Core::send_checkpoint(const CheckpointVote& vote, std::optional<std::size_t> peer) {
  v1::PeerMessage message;
  auto& out = *message.mutable_checkpoint_signature();
  out.set_size(vote.size.value);
  out.set_root(std::string(vote.root.view()));
  out.set_public_key(std::string(vote.key.view()));
  out.set_signature(std::string(vote.signature.view()));
  if (peer) {
    send_to(*peer, net::Priority::kEnvelope, message);
  } else {
    send_to_all(net::Priority::kEnvelope, message);
  }
}

// Of the newest proposal that cannot be verified without envelopes that its leader was asked for.
Core::ProposalEntry* Core::newest_gathering() {
  ProposalEntry* newest = nullptr;
  for (auto& [key, entry] : proposals_) {
    const bool gathers = entry.verify && entry.gathers;
    if (gathers && (newest == nullptr || entry.verify->view > newest->verify->view)) newest = &entry;
  }
  return newest;
}

void Core::take_envelopes(std::size_t peer, const EnvelopesFrame& frame) {
  if (frame.envelopes.empty()) return;
  ProposalEntry* const proposal = newest_gathering();
  std::set<Digest> wanted;
  if (proposal != nullptr) wanted.insert(proposal->envelope_ids.begin(), proposal->envelope_ids.end());
  pool_.make_room_for(wanted);
  std::uint64_t work_bytes = 0;
  for (const auto& envelope : frame.envelopes) {
    const Digest& id = envelope->id();
    if (pool_.find(id) || execution_.final_location(id)) continue;
    const bool needed = wanted.contains(id);
    const auto spent = take_envelope({envelope, peer, needed}, work_bytes <= kTrialWorkBytesMax);
    if (!spent) {
      parts_.metrics.peer_message_refused(reason_name(Reason::OVERLOADED));
      continue;
    }
    work_bytes += *spent;
    if (needed) proposal->asked.erase(id);
  }
  retry_waiting();
  update_work();
  told_more_work();
}

// Bytes of records that a trial read and wrote; nullopt if there is no room, or nobody may try it now.
std::optional<std::uint64_t> Core::take_envelope(const Pool::Untried& untried, bool may_try) {
  const Height height = execution_.final_state().tip().height;
  const bool crowded = pool_.crowded();
  if (crowded && !untried.needed && !may_try) return std::nullopt;
  const auto added = untried.needed ? pool_.add_needed(untried.envelope, height, untried.peer)
                                    : pool_.add_untried(untried.envelope, height, untried.peer);
  if (added == Pool::Added::kFull) return std::nullopt;
  return crowded && may_try ? try_envelope(untried) : 0;
}

// A proposal may need what our own trial refuses: it is kept, but it is no work of ours.
std::uint64_t Core::try_envelope(const Pool::Untried& untried) {
  const Digest& id = untried.envelope->id();
  const auto trial = execution_.trial(*untried.envelope, wall_now_ms());
  if (!trial.refusal) {
    pool_.trust(id);
  } else if (untried.needed || pool_.doubted(untried.peer) < kDoubtedEachMax) {
    pool_.doubt(id, untried.peer);
  } else {
    pool_.remove(id);
    parts_.metrics.peer_message_refused(reason_name(Reason::OVERLOADED));
  }
  return trial.work_bytes;
}

// Asked for are the envelopes of a block: a question for more than a block holds, or for one of them twice, is none
// that a node would ask.
void Core::answer_envelopes(std::size_t peer, const EnvelopeRequestFrame& request) {
  if (network_->backlog(peer, net::Priority::kEnvelope) > net::kEnvelopeQueueBytesMax / 2) return;
  std::vector<EnvelopePtr> found;
  std::size_t bytes = 0;
  for (const auto& id : std::set<Digest>(request.ids.begin(), request.ids.end())) {
    auto envelope = pool_.find(id);
    if (!envelope) continue;
    bytes += envelope->signed_bytes().size();
    found.push_back(std::move(envelope));
    if (bytes > kBlockBytesMax) break;
  }
  send_envelopes(peer, found);
}

void Core::send_envelopes(std::optional<std::size_t> peer, const std::vector<EnvelopePtr>& envelopes) {
  v1::PeerMessage message;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (bytes == 0) return;
    if (peer) {
      send_to(*peer, net::Priority::kEnvelope, message);
    } else {
      send_to_all(net::Priority::kEnvelope, message);
    }
    message.Clear();
    bytes = 0;
  };
  for (const auto& envelope : envelopes) {
    message.mutable_envelopes()->add_envelopes(envelope->signed_bytes());
    bytes += envelope->signed_bytes().size();
    if (bytes >= kEnvelopeBatchBytesMax) flush();
  }
  flush();
}

// Nobody proposes what the final state refuses by now: it would be work for every leader in turn, and for none.
void Core::forward_pool(consensus::ValidatorIndex leader) {
  std::uint64_t work_bytes = 0;
  for (const auto& envelope : pool_.workable(kForwardEnvelopesMax)) {
    if (work_bytes > kTrialWorkBytesMax) break;
    if (!execution_.undecided_has(envelope->id())) work_bytes += try_again(envelope);
  }
  update_work();
  if (const auto peer = membership_.peer_of(leader)) send_envelopes(peer, pool_.in_order(kForwardEnvelopesMax));
}

void Core::answer_block(std::size_t peer, const BlockRequestFrame& request) {
  const auto block = execution_.find(request.digest);
  if (!block)
    return ask_store(peer, [request](const auto& state) { return final_block_answer(state, request.digest); });
  if (network_->backlog(peer, net::Priority::kCatchUp) > net::kCatchUpQueueBytesMax / 2) return;
  v1::PeerMessage message;
  auto& body = *message.mutable_block();
  body.set_record_leaf(block->record_leaf);
  for (const auto& envelope : block->envelopes) body.add_envelopes(envelope->signed_bytes());
  send_to(peer, net::Priority::kCatchUp, message);
}

void Core::answer_range(std::size_t peer, const LogRangeRequestFrame& request) {
  ask_store(peer, [request](const auto& state) { return sendable(runtime::answer_range(state, request)); });
}

// Served on a worker from a snapshot, and one question of each peer at a time: a node that is behind, or one that asks
// without end, must not slow the others down.
void Core::ask_store(std::size_t peer, Answer answer) {
  auto& questions = questions_[peer];
  if (questions.size() >= kQuestionsMax) return;
  questions.push_back(std::move(answer));
  if (questions.size() == 1) answer_next(peer);
}

void Core::answer_next(std::size_t peer) {
  boost::asio::post(parts_.workers, [this, peer, answer = questions_.at(peer).front(), network = network_,
                                     snapshot = parts_.store.snapshot(), &core = parts_.context] {
    // Not even looked up for a peer that does not read.
    if (network->backlog(peer, net::Priority::kCatchUp) <= net::kCatchUpQueueBytesMax / 2) {
      if (auto message = answer(*snapshot)) network->send(peer, net::Priority::kCatchUp, std::move(message));
    }
    boost::asio::post(core, [this, peer] {
      auto& questions = questions_.at(peer);
      questions.pop_front();
      if (questions.empty()) {
        questions_.erase(peer);
      } else {
        answer_next(peer);
      }
    });
  });
}

}  // namespace kimberlite::runtime
