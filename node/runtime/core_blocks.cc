// Building, verifying and fetching blocks.
#include <algorithm>
#include <chrono>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/clock.h"
#include "node/runtime/core.h"
#include "node/runtime/log.h"
#include "proto/assert.h"

namespace kimberlite::runtime {

void Core::build(const consensus::BuildRequest& request) {
  consensus::Built answer{request.view, std::nullopt};
  if (!execution_.has(request.parent.digest) || !self()) {
    step(answer);
    return;
  }
  const TimeMs parent_time = execution_.time_of(request.parent.digest);
  const BlockTemplate what{request.view, std::max(TimeMs{parent_time.value + 1}, wall_now_ms()),
                           membership_.validators()[*self()].participant};
  const auto block =
      execution_.build(request.parent.digest, what, pool_.candidates(), heartbeat_due_,
                       [this](const EnvelopePtr& envelope, const ledger::Refusal&) { pool_.block(envelope->id()); });
  if (block) {
    ProposalEntry entry{.record_leaf = block->record_leaf};
    for (const auto& envelope : block->envelopes) entry.envelope_ids.push_back(envelope->id());
    remember_proposal({block->digest, *self()}, std::move(entry));
    answer.block = block->ref();
    block_executed(block);
  } else {
    recheck_blocked();
  }
  step(answer);
  update_work();
}

// Nothing above the final state explains a refusal: the submitter can have its answer now.
void Core::recheck_blocked() {
  if (execution_.newest() == execution_.final_state().tip().block) recheck(execution_.final_state().tip().height);
}

void Core::remember_proposal(const ProposalKey& key, ProposalEntry entry) {
  entry.order = ++proposal_order_;
  proposals_.insert_or_assign(key, std::move(entry));
  std::size_t held = 0;
  auto oldest = proposals_.end();
  for (auto it = proposals_.begin(); it != proposals_.end(); ++it) {
    if (it->first.leader != key.leader) continue;
    ++held;
    if (oldest == proposals_.end() || it->second.order < oldest->second.order) oldest = it;
  }
  if (held > kProposalsEachMax) proposals_.erase(oldest);
}

// Runs whenever a block joins the tree: makes it durable, tells consensus, and looks who waited for it.
void Core::block_executed(const ExecutedPtr& block) {
  make_durable(block, [this, ref = block->ref()] { step(consensus::BodyReady{ref}); });
}

void Core::verify(const consensus::VerifyRequest& request) {
  const ProposalKey key{request.block.digest, request.leader};
  const auto it = proposals_.find(key);
  if (it == proposals_.end()) {
    // A re-proposal of a block that was fetched or recovered: executed, and so valid.
    const bool known = execution_.has(request.block.digest);
    if (known) {
      if (const auto block = execution_.find(request.block.digest)) block_executed(block);
    }
    step(consensus::Verified{request.view, request.block.digest, known});
    return;
  }
  it->second.verify = request;
  it->second.gathers = false;
  it->second.asked.clear();
  try_verify(key);
}

void Core::answer_verify(ProposalEntry& entry, bool valid) {
  const auto request = *std::exchange(entry.verify, std::nullopt);
  step(consensus::Verified{request.view, request.block.digest, valid});
}

// Executes a proposal as soon as its parent and all its envelopes are here.
void Core::try_verify(const ProposalKey& key) {
  auto& entry = proposals_.at(key);
  if (!entry.verify) return;
  if (const auto known = execution_.find(key.block)) {
    block_executed(known);
    answer_verify(entry, true);
    return;
  }
  const auto header = decode_block_leaf(entry.record_leaf);
  KIMBERLITE_ASSERT(header, "a proposal's record was decoded when it came");
  if (!execution_.has(header->parent)) return;
  std::vector<EnvelopePtr> envelopes;
  if (!gather(key, entry, envelopes)) return;

  const std::string& proposer = membership_.validators()[key.leader].participant;
  const std::int64_t early_ms = header->time_ms.value - wall_now_ms().value - kBlockTimeAheadMaxMs;
  if (early_ms > 0 && early_ms <= parts_.delta_ms) return wait_for_time(early_ms);
  const bool fresh = early_ms <= 0;
  const bool as_proposed = header->view == entry.verify->block.view;
  if (!fresh || !as_proposed || (header->view == entry.verify->view && header->proposer != proposer)) {
    log_event(Level::kWarn, "proposal_refused",
              {{"participant", proposer},
               {"reason", fresh ? "record and proposal differ" : "block time ahead of our clock"}});
    answer_verify(entry, false);
    return;
  }
  auto block = execution_.execute(entry.record_leaf, std::move(envelopes));
  if (!block) {
    log_event(Level::kWarn, "proposal_refused", {{"participant", proposer}, {"reason", block.error().to_string()}});
    parts_.metrics.peer_message_refused(reason_name(block.error().reason));
    answer_verify(entry, false);
    return;
  }
  block_executed(*block);
  answer_verify(entry, true);
  retry_waiting();
}

bool Core::gather(const ProposalKey& key, ProposalEntry& entry, std::vector<EnvelopePtr>& envelopes) {
  v1::PeerMessage request;
  for (const auto& id : entry.envelope_ids) {
    auto envelope = pool_.find(id);
    if (envelope) {
      envelopes.push_back(std::move(envelope));
    } else if (entry.asked.insert(id).second) {
      request.mutable_envelope_request()->add_ids(std::string(id.view()));
    }
  }
  if (envelopes.size() == entry.envelope_ids.size()) return true;
  entry.gathers = true;
  const auto peer = membership_.peer_of(key.leader);
  if (peer && request.envelope_request().ids_size() > 0) send_to(*peer, net::Priority::kProposal, request);
  return false;
}

// A leader whose predecessor chose a time at the edge can only choose a later one: to those whose clocks are a little
// behind it is too early, not wrong.
void Core::wait_for_time(std::int64_t wait_ms) {
  const SteadyTime then = NodeClock::now() + std::chrono::milliseconds(wait_ms);
  if (early_until_ && *early_until_ <= then) return;  // looks at all that wait, and then for the next
  early_until_ = then;
  early_timer_.expires_at(then);
  early_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    early_until_.reset();
    if (!stopping_) retry_waiting();
  });
}

// A block or envelopes arrived: somebody may have waited for just that.
void Core::retry_waiting() {
  std::vector<ProposalKey> waiting;
  for (const auto& [key, entry] : proposals_) {
    if (entry.verify) waiting.push_back(key);
  }
  for (const auto& key : waiting) {
    if (proposals_.contains(key)) try_verify(key);
  }
  std::vector<Digest> bodies;
  for (const auto& [digest, fetch] : fetches_) {
    if (fetch.body) bodies.push_back(digest);
  }
  for (const auto& digest : bodies) try_fetched(digest);
}

void Core::fetch(const consensus::FetchBlock& request) {
  if (const auto known = execution_.find(request.digest)) {
    block_executed(known);
    return;
  }
  auto& fetch = fetches_[request.digest];
  fetch.voters = request.voters;
  fetch.rounds = 0;
  ask_for_block(request.digest);
  if (fetch.body) fetch_parent(*fetch.body, request.voters);
  arm_fetch_timer();
}

// Consensus may know nothing of a block between one that it misses and those that are here.
void Core::fetch_parent(const BlockFrame& body, const std::vector<consensus::ValidatorIndex>& voters) {
  const auto header = decode_block_leaf(body.record_leaf);
  KIMBERLITE_ASSERT(header, "a decoded frame holds a record");
  const auto& tip = execution_.final_state().tip();
  if (execution_.has(header->parent) || header->height.value <= tip.height.value + 1) return;
  if (fetches_.contains(header->parent) || fetches_.size() < consensus::kCertifiedAboveFinalMax * 2)
    fetch({header->parent, voters});
}

void Core::ask_for_block(const Digest& block) {
  auto& fetch = fetches_.at(block);
  if (fetch.body) return;
  std::vector<std::size_t> peers;
  for (const auto voter : fetch.voters) {
    const auto peer = membership_.peer_of(voter);
    if (peer && connected_.contains(*peer) && !fetch.refused.contains(*peer)) peers.push_back(*peer);
  }
  if (peers.empty()) peers.assign(connected_.begin(), connected_.end());
  if (peers.empty()) return;
  // Who answered last is asked first: a peer that is connected and silent costs one timeout, not one a block.
  const auto answered = std::find(peers.begin(), peers.end(), last_body_peer_);
  const auto first = answered == peers.end() ? 0U : static_cast<std::size_t>(answered - peers.begin());
  const std::size_t peer = peers[(first + fetch.attempts++) % peers.size()];
  fetch.asked.insert(peer);
  ask_peer_for_block(peer, block);
}

void Core::ask_peer_for_block(std::size_t peer, const Digest& block) {
  v1::PeerMessage message;
  message.mutable_block_request()->set_digest(std::string(block.view()));
  send_to(peer, net::Priority::kProposal, message);
}

void Core::ask_for_range(std::size_t peer, LogIndex first, std::uint64_t count, LogSize target) {
  v1::PeerMessage message;
  message.mutable_log_range_request()->set_first_index(first.value);
  message.mutable_log_range_request()->set_target_size(target.value);
  message.mutable_log_range_request()->set_count(count);
  send_to(peer, net::Priority::kCatchUp, message);
}

// Runs only while a block is wanted.
void Core::arm_fetch_timer() {
  if (fetch_timer_armed_ || fetches_.empty()) return;
  fetch_timer_armed_ = true;
  fetch_timer_.expires_after(std::chrono::milliseconds(kFetchTimeoutMs));
  fetch_timer_.async_wait([this](const boost::system::error_code& error) {
    fetch_timer_armed_ = false;
    if (error) return;
    // A block that lost is missed by nobody any more, and in a quiet network no commit would say so.
    const std::size_t rounds_max = kFetchRoundsMin + connected_.size();
    for (auto& [digest, fetch] : fetches_) ++fetch.rounds;
    std::erase_if(fetches_, [rounds_max](const auto& item) { return item.second.rounds > rounds_max; });
    for (const auto& [digest, fetch] : fetches_) ask_for_block(digest);
    arm_fetch_timer();
  });
}

void Core::on_body(std::size_t peer, BlockFrame body) {
  catch_up_->on_block(peer, body);
  const auto it = fetches_.find(body.digest);
  if (it == fetches_.end() || it->second.body || it->second.asked.erase(peer) == 0) return;
  const Digest digest = body.digest;
  it->second.body_from = peer;
  it->second.body = std::move(body);
  fetch_parent(*it->second.body, it->second.voters);
  if (try_fetched(digest)) retry_waiting();
}

bool Core::try_fetched(const Digest& digest) {
  const auto it = fetches_.find(digest);
  if (it == fetches_.end() || !it->second.body) return false;
  const auto header = decode_block_leaf(it->second.body->record_leaf);
  KIMBERLITE_ASSERT(header, "a decoded frame holds a record");
  if (!execution_.has(header->parent)) {
    if (header->height <= execution_.final_state().tip().height) fetches_.erase(it);
    return false;
  }
  const std::size_t peer = it->second.body_from;
  auto block = execution_.execute(it->second.body->record_leaf, it->second.body->envelopes);
  if (!block) {
    refuse_body(digest, peer, block.error());
    return false;
  }
  for (const auto& envelope : (*block)->envelopes) pool_.add(envelope, execution_.final_state().tip().height);
  last_body_peer_ = peer;
  fetches_.erase(it);
  block_executed(*block);
  return true;
}

// Others may have the true one. Each is asked at once, but where all are refused the timer sets the pace.
void Core::refuse_body(const Digest& digest, std::size_t peer, const Error& why) {
  log_event(Level::kWarn, "body_refused",
            {{"participant", membership_.name_of(peer)}, {"block", digest.hex()}, {"reason", why.to_string()}});
  auto& fetch = fetches_.at(digest);
  fetch.body.reset();
  if (last_body_peer_ == peer) last_body_peer_.reset();
  // The record is the block's: whoever had it executed has other envelopes.
  if (why.field == "events_root" || why.field == "count") network_->punish(peer, why);
  if (fetch.refused.insert(peer).second) ask_for_block(digest);
}

// What is final needs no proposal, fetch or body any more.
void Core::forget_decided() {
  const auto& final_state = execution_.final_state();
  std::erase_if(proposals_, [&](const auto& item) {
    const auto header = decode_block_leaf(item.second.record_leaf);
    return !header || header->height.value + 1 < final_state.tip().height.value;
  });
  std::erase_if(fetches_, [&](const auto& item) { return final_state.height_of(item.first).has_value(); });
  std::erase_if(durable_bodies_, [&](const Digest& digest) { return !execution_.find(digest); });
}

}  // namespace kimberlite::runtime
