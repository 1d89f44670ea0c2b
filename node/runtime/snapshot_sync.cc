#include "node/runtime/snapshot_sync.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "consensus/messages.h"
#include "node/runtime/codec.h"
#include "node/runtime/log.h"
#include "proto/assert.h"
#include "proto/strict.h"

namespace kimberlite::runtime {
namespace {

constexpr std::int64_t kSyncTickMs = 250;
constexpr std::int64_t kProgressIntervalMs = 5'000;

NodeClock::time_point now() {
  return NodeClock::now();
}

std::chrono::milliseconds ms(std::int64_t value) {
  return std::chrono::milliseconds(value);
}

// What no peer has to answer for.
bool is_of_the_disk(const Error& error) {
  return error.reason == Reason::STORE_IO || error.reason == Reason::STORE_CORRUPT;
}

}  // namespace

SnapshotSync::SnapshotSync(const GenesisDocument& genesis, storage::StoreImport& import, boost::asio::io_context& core,
                           Port port)
    : genesis_(genesis),
      import_(import),
      port_(std::move(port)),
      fetch_(core, {[this](std::size_t peer, LogIndex first, std::uint64_t count, LogSize target) {
                      v1::PeerMessage message;
                      auto& request = *message.mutable_log_range_request();
                      request.set_first_index(first.value);
                      request.set_count(count);
                      request.set_target_size(target.value);
                      port_.send(peer, message);
                    },
                    port_.punish, port_.connected_peers, [this] { take_leaves(); }}),
      timer_(core) {}

void SnapshotSync::start() {
  log_event(Level::kInfo, "snapshot_sync_started",
            {{"leaves", import_.log_size().value}, {"resumed", import_.manifest() ? "yes" : "no"}});
  offers_asked_at_ = logged_at_ = now();
  ask_for_offers();
  arm_timer();
}

void SnapshotSync::peer_connected(std::size_t peer) {
  v1::PeerMessage message;
  message.mutable_snapshot_request();
  port_.send(peer, message);
}

void SnapshotSync::receive(std::size_t peer, const v1::PeerMessage& message) {
  if (finished_) return;
  switch (message.kind_case()) {
    case v1::PeerMessage::kSnapshotOffer:
      return on_offer(peer, message.snapshot_offer());
    case v1::PeerMessage::kEpochLinks:
      return on_links(peer, message.epoch_links());
    case v1::PeerMessage::kStateChunk:
      return on_chunk(peer, message.state_chunk());
    case v1::PeerMessage::kLogRange: {
      auto range = open_range(message.log_range());
      if (!range) return port_.punish(peer, range.error());
      return fetch_.on_range(peer, *std::move(range));
    }
    default:
      return;  // what validators say to one another
  }
}

void SnapshotSync::arm_timer() {
  timer_.expires_after(ms(kSyncTickMs));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || finished_) return;
    on_timer();
    if (!finished_) arm_timer();
  });
}

void SnapshotSync::on_timer() {
  if (now() - offers_asked_at_ >= ms(kOfferIntervalMs)) ask_for_offers();
  if (!target_) {
    if (!offers_.empty() && now() - first_offer_at_ >= ms(kOfferWaitMs)) choose();
    return log_waiting();
  }
  if (!offering_peers().empty()) target_offered_at_ = now();
  if (leads_nowhere()) return drop_target(std::nullopt);
  if (!fetching_) {
    if (links_asked_ && now() - links_asked_->at >= ms(kChunkTimeoutMs)) ask_for_links();
    return;
  }
  pass_over_late_chunks();
  ask_for_chunks();
  log_progress();
}

// ---- which snapshot -----------------------------------------------------------------------------------------------

void SnapshotSync::ask_for_offers() {
  offers_asked_at_ = now();
  for (const std::size_t peer : port_.connected_peers()) {
    const auto offer = offers_.find(peer);
    if (offer == offers_.end() || !target_ || offer->second.block != target_->block) peer_connected(peer);
  }
}

void SnapshotSync::on_offer(std::size_t peer, const v1::SnapshotOffer& message) {
  if (liars_.contains(peer)) return;
  auto header = decode_block_leaf(message.record_leaf());
  if (!header) return port_.punish(peer, header.error());
  auto finalization = decode(message.finalization());
  if (!finalization) return port_.punish(peer, finalization.error());
  if (offers_.empty()) first_offer_at_ = now();
  Offer offer{{message.record_leaf(),
               encode_certificate(*finalization),
               message.depth(),
               {message.top().begin(), message.top().end()}},
              *std::move(header),
              block_digest(message.record_leaf()),
              *std::move(finalization)};
  // An honest peer may have taken another meanwhile. Were it no failure, a peer could offer something else each time
  // before it is given up, and so for ever be taken for one that never failed.
  const auto standing = offers_.find(peer);
  if (standing != offers_.end() && is_target(standing->second) && !is_target(offer)) ++failures_[peer];
  offers_.insert_or_assign(peer, std::move(offer));
  if (fetching_) ask_for_chunks();
}

// The same block, cut in the same way.
bool SnapshotSync::is_target(const Offer& offer) const {
  return target_ && offer.block == target_->block && offer.manifest.depth == target_->manifest.depth;
}

std::vector<std::size_t> SnapshotSync::offering_peers() const {
  std::vector<std::size_t> peers;
  for (const std::size_t peer : port_.connected_peers()) {
    const auto offer = offers_.find(peer);
    if (offer != offers_.end() && is_target(offer->second)) peers.push_back(peer);
  }
  return peers;
}

// Of a peer whose offers led nowhere as seldom as any's: the one that was begun, if somebody still has it; else the
// highest.
void SnapshotSync::choose() {
  const auto begun = import_.manifest() ? std::optional(block_digest(import_.manifest()->record_leaf)) : std::nullopt;
  const auto rank = [&](const auto& one) {
    const auto& [peer, offer] = one;
    const bool same = offer.block == begun && offer.manifest.depth == import_.manifest()->depth;
    const auto failed = failures_.find(peer);
    return std::tuple(failed == failures_.end() ? 0 : -failed->second, same, offer.header.height);
  };
  target_ = std::ranges::max_element(offers_, {}, rank)->second;
  chosen_at_ = target_offered_at_ = progress_at_ = now();
  longest_walk_ = 0;
  log_event(Level::kInfo, "snapshot_chosen",
            {{"height", target_->header.height.value},
             {"epoch", target_->header.epoch.value},
             {"offers", std::uint64_t{offers_.size()}}});
  ask_for_links();
}

// With all chunks here it comes to its end whoever offers what: the block is final, so that every node has the log.
bool SnapshotSync::leads_nowhere() const {
  if (fetching_ && wanted_.empty()) return false;
  return now() - target_offered_at_ >= ms(kSnapshotLostMs) || now() - progress_at_ >= ms(kSnapshotStuckMs) ||
         holds_up_others();
}

// Whoever trickles makes progress, too.
bool SnapshotSync::holds_up_others() const {
  const auto peers = offering_peers();
  const auto is_other = [this](const auto& one) { return !is_target(one.second); };
  if (peers.size() != 1 || std::ranges::none_of(offers_, is_other)) return false;
  constexpr int kDoublingsMax = 10;
  const auto failed = failures_.find(peers.front());
  const int doublings = failed == failures_.end() ? 0 : std::min(failed->second, kDoublingsMax);
  return now() - chosen_at_ >= ms(kSnapshotSoleMs << doublings);
}

// Gives the snapshot up. If it was a lie, so was the word of everybody who said the same: the block alone may be true,
// and what is said of it false.
void SnapshotSync::drop_target(const std::optional<Error>& lie) {
  for (auto offer = offers_.begin(); offer != offers_.end();) {
    const bool same = lie ? offer->second.manifest == target_->manifest : is_target(offer->second);
    if (!same) {
      ++offer;
      continue;
    }
    if (!lie) ++failures_[offer->first];
    if (lie) {
      liars_.insert(offer->first);
      port_.punish(offer->first, *lie);
    }
    offer = offers_.erase(offer);
  }
  target_.reset();
  links_asked_.reset();
  fetching_ = false;
  wanted_.clear();
  asked_.clear();
  fetch_.stop();
  first_offer_at_ = now();
}

// ---- the epochs ---------------------------------------------------------------------------------------------------

// All of one peer, so that it is plain who lied.
void SnapshotSync::ask_for_links() {
  links_.clear();
  sets_ = {{genesis_.validators}, {}};
  links_asked_.reset();
  const auto peers = offering_peers();
  if (peers.empty()) return;
  links_asked_ = Asked{peers[link_attempts_++ % peers.size()], now()};
  request_links();
}

void SnapshotSync::request_links() {
  links_asked_->at = now();
  v1::PeerMessage message;
  message.mutable_epoch_links_request()->set_first_epoch(links_.size() + 1);
  port_.send(links_asked_->peer, message);
}

// Each link is proven when it comes, so that whoever makes them up is found at once and nothing of it is kept.
void SnapshotSync::on_links(std::size_t peer, const v1::EpochLinks& message) {
  if (!links_asked_ || links_asked_->peer != peer || message.first_epoch() != links_.size() + 1) return;
  for (v1::EpochLink link : message.links()) {
    if (auto walked = extend_walk(genesis_, sets_, link); !walked) {
      liars_.insert(peer);
      offers_.erase(peer);
      port_.punish(peer, walked.error());
      return ask_for_links();
    }
    link.DiscardUnknownFields();
    links_.push_back(serialize_canonical(link));
  }
  if (links_.size() >= message.epochs_ended()) return end_walk();
  // Where a peer has less than it says, another is asked when its time is up.
  if (message.links_size() == 0) return;
  // There may be links of decades; to walk the same ones again leads no further.
  if (links_.size() > longest_walk_) {
    longest_walk_ = links_.size();
    progress_at_ = now();
  }
  request_links();
}

void SnapshotSync::end_walk() {
  if (sets_.of(target_->header.epoch) == nullptr) return;  // it is behind its own offer: others are asked in time
  links_asked_.reset();
  if (auto verified = verify_target(); !verified) return drop_target(verified.error());
  port_.validators(sets_.sets.back());
  begin();
}

Result<void> SnapshotSync::verify_target() const {
  const ValidatorSet& voters = *sets_.of(target_->header.epoch);
  const auto& votes = target_->finalization;
  if (target_->header.chain_id != genesis_.chain_id)
    return fail(Reason::WRONG_NETWORK, "snapshot_offer.record_leaf", "a record of another network");
  if (target_->header.validators != voters.digest() || votes.kind != consensus::VoteKind::kFinalize ||
      votes.block != target_->block)
    return fail(Reason::PROOF_INVALID, "snapshot_offer.finalization", "not a finalization of this record by its set");
  return consensus::verify_message(votes, target_->header.epoch, voters.size(),
                                   consensus::Ed25519VoteVerifier(genesis_.chain_id, voters));
}

// ---- state and log ------------------------------------------------------------------------------------------------

void SnapshotSync::begin() {
  // What was begun of this snapshot has a finalization of its own, by other signers perhaps.
  const auto& standing = import_.manifest();
  const bool resumed =
      standing && block_digest(standing->record_leaf) == target_->block && standing->depth == target_->manifest.depth;
  const LogSize had = import_.log_size();
  if (auto begun = import_.begin(resumed ? *standing : target_->manifest); !begun) {
    if (is_of_the_disk(begun.error())) return finish(begun);
    return drop_target(begun.error());
  }
  if (import_.log_size() < had)
    log_event(Level::kWarn, "snapshot_sync",
              {{"leaves_dropped", had.value}, {"why", "the log of the snapshot begun before went beyond this one"}});
  fetching_ = true;
  progress_at_ = now();
  const auto missing = import_.missing();
  wanted_ = {missing.begin(), missing.end()};
  if (wanted_.empty()) return fetch_log();
  ask_for_chunks();
}

std::optional<std::size_t> SnapshotSync::choose_peer() const {
  std::optional<std::size_t> best;
  std::size_t least = kChunksPerPeerMax;
  for (const std::size_t peer : offering_peers()) {
    const auto rest = rests_until_.find(peer);
    if (liars_.contains(peer) || (rest != rests_until_.end() && rest->second > now())) continue;
    const auto asked = static_cast<std::size_t>(
        std::ranges::count_if(asked_, [peer](const auto& one) { return one.second.peer == peer; }));
    if (asked >= least) continue;
    least = asked;
    best = peer;
  }
  return best;
}

void SnapshotSync::ask_for_chunks() {
  for (const std::uint32_t chunk : wanted_) {
    if (asked_.size() >= kChunksAskedMax) return;
    if (asked_.contains(chunk)) continue;
    const auto peer = choose_peer();
    if (!peer) return;
    asked_[chunk] = {*peer, now()};
    v1::PeerMessage message;
    message.mutable_state_chunk_request()->set_height(target_->header.height.value);
    message.mutable_state_chunk_request()->set_chunk(chunk);
    port_.send(*peer, message);
  }
}

void SnapshotSync::pass_over_late_chunks() {
  std::erase_if(asked_, [this](const auto& one) {
    const auto& [peer, at] = one.second;
    if (now() - at < ms(kChunkTimeoutMs)) return false;
    // It may have another snapshot by now.
    if (std::exchange(rests_until_[peer], now() + ms(kChunkRestMs)) <= now()) peer_connected(peer);
    return true;
  });
}

void SnapshotSync::on_chunk(std::size_t peer, const v1::StateChunk& message) {
  const auto asked = asked_.find(message.chunk());
  if (!fetching_ || message.height() != target_->header.height.value || asked == asked_.end() ||
      asked->second.peer != peer)
    return;
  asked_.erase(asked);
  std::vector<storage::StateItem> items;
  for (const auto& entry : message.items()) items.push_back({entry.key(), entry.value()});
  if (auto put = import_.put_chunk(message.chunk(), items); !put) {
    if (is_of_the_disk(put.error())) return finish(put);
    liars_.insert(peer);
    port_.punish(peer, put.error());
  } else {
    wanted_.erase(message.chunk());
    progress_at_ = now();
  }
  if (wanted_.empty()) return fetch_log();
  ask_for_chunks();
}

// REQUIRES: no chunk is missing.
void SnapshotSync::fetch_log() {
  const BlockHeader& header = import_.header();
  if (import_.log_size() < header.log_size())
    fetch_.start(LogIndex{import_.log_size().value}, LogSize{header.record_index().value}, header.events_root);
  take_leaves();
}

void SnapshotSync::take_leaves() {
  while (auto leaves = fetch_.take()) {
    if (auto appended = import_.append(*leaves); !appended) return finish(appended);
  }
  if (import_.log_size().value == import_.header().record_index().value) {
    const std::vector<std::string> record = {import_.manifest()->record_leaf};
    if (auto appended = import_.append(record); !appended) return finish(appended);
  }
  if (import_.log_size() != import_.header().log_size()) return;
  // It may have been walked further than the snapshot.
  links_.resize(target_->header.epoch.value - 1);
  finish(import_.finish(links_));
}

void SnapshotSync::finish(Result<void> result) {
  finished_ = true;
  timer_.cancel();
  fetch_.stop();
  if (result) log_event(Level::kInfo, "snapshot_sync_done", {{"height", target_->header.height.value}});
  port_.done(std::move(result));
}

void SnapshotSync::log_waiting() {
  if (target_ || now() - logged_at_ < ms(kProgressIntervalMs)) return;
  logged_at_ = now();
  log_event(Level::kWarn, "snapshot_sync",
            {{"peers", std::uint64_t{port_.connected_peers().size()}},
             {"why",
              "no peer that this node reaches offers a snapshot: name today's keys of others under peer_keys, or begin "
              "with sync.from = \"genesis\""}});
}

void SnapshotSync::log_progress() {
  if (now() - logged_at_ < ms(kProgressIntervalMs)) return;
  logged_at_ = now();
  log_event(Level::kInfo, "snapshot_sync",
            {{"leaves", import_.log_size().value},
             {"of", import_.header().log_size().value},
             {"chunks_missing", std::uint64_t{wanted_.size()}}});
}

}  // namespace kimberlite::runtime
