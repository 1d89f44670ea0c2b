#include "node/runtime/core.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "kimberlite/v1/consensus.pb.h"
#include "kimberlite/v1/envelope.pb.h"
#include "node/ledger/voting_set.h"
#include "node/runtime/clock.h"
#include "node/runtime/codec.h"
#include "node/runtime/log.h"
#include "proto/assert.h"
#include "proto/strict.h"

namespace kimberlite::runtime {
namespace {

// Work without finality for this many deltas means that the node does not progress.
constexpr std::int64_t kStalledDeltas = 10;

storage::FinalBlock to_final(const ExecutedBlock& block) {
  storage::FinalBlock out{block.record_leaf, block.header, {}, {}, block.state, {}};
  for (const auto& envelope : block.envelopes) {
    out.envelope_leaves.push_back(encode_accepted_leaf(envelope->signed_bytes()));
    out.envelope_ids.push_back(envelope->id());
  }
  return out;
}

std::string encode_body(const ExecutedBlock& block) {
  v1::BlockBody body;
  body.set_record_leaf(block.record_leaf);
  for (const auto& envelope : block.envelopes) body.add_envelopes(envelope->signed_bytes());
  return serialize_canonical(body);
}

}  // namespace

Core::Core(Parts parts)
    : parts_(std::move(parts)),
      signer_(parts_.genesis.chain_id, parts_.key),
      execution_(parts_.genesis.chain_id, parts_.genesis.validators.digest(), parts_.store.snapshot()),
      membership_(
          parts_.key.public_key(), parts_.addresses, parts_.known_keys, ledger::voting_set(execution_.final_state()),
          validators_of(parts_.genesis, execution_.final_state(), Epoch{execution_.final_voters().epoch.value - 1})),
      pool_(parts_.pool_envelopes_max),
      store_writer_(parts_.store, parts_.store_thread, parts_.context),
      wake_timer_(parts_.context),
      heartbeat_timer_(parts_.context),
      submission_timer_(parts_.context),
      fetch_timer_(parts_.context),
      gossip_timer_(parts_.context),
      epoch_timer_(parts_.context),
      quiet_timer_(parts_.context),
      early_timer_(parts_.context),
      committing_(execution_.final_state().tip().height),
      last_progress_(NodeClock::now()) {
  for (const auto& bytes : parts_.store.evidence()) {
    v1::EvidencePair pair;
    KIMBERLITE_ASSERT(pair.ParseFromString(bytes), "stored evidence parses");
    ++evidence_[pair.node_key()];
  }
  CatchUp::Port port;
  port.request_block = [this](std::size_t peer, const Digest& block) { ask_peer_for_block(peer, block); };
  port.request_range = [this](std::size_t peer, LogIndex first, std::uint64_t count, LogSize target) {
    ask_for_range(peer, first, count, target);
  };
  port.punish = [this](std::size_t peer, const Error& why) { network_->punish(peer, why); };
  port.commit = [this](std::vector<ExecutedPtr> blocks, const std::optional<consensus::Certificate>& finalization,
                       std::function<void()> done) { commit(std::move(blocks), finalization, std::move(done)); };
  port.caught_up = [this](const consensus::BlockRef& block, const consensus::Certificate& finalization) {
    // Consensus may have made the block final meanwhile, and the next epoch begun on it: views are counted anew there.
    if (finalization.epoch == membership_.epoch()) step(consensus::CaughtUp{block, finalization});
    begin_next_epoch();
    consider_first_vote();
    // Silent while it caught up: old prefixes have their signatures. The newest may still lack ours.
    if (const auto vote = parts_.checkpoints.own_newest(); vote && self()) send_checkpoint(*vote, std::nullopt);
  };
  port.connected_peers = [this] { return std::vector<std::size_t>(connected_.begin(), connected_.end()); };
  catch_up_ = std::make_unique<CatchUp>(parts_.genesis.chain_id, execution_, parts_.context, parts_.workers,
                                        parts_.verify_threads, std::move(port));
}

Core::~Core() = default;

// Bodies that were durable when the process stopped are executed again before anything is sent.
void Core::recover_bodies() {
  parts_.store.for_each_body([this](const storage::Store::Body& body) { recover_body(body.bytes); });
}

void Core::recover_body(const std::string& bytes) {
  v1::BlockBody message;
  KIMBERLITE_ASSERT(message.ParseFromString(bytes), "a stored body parses");
  const auto header = decode_block_leaf(message.record_leaf());
  if (!header || !execution_.has(header->parent)) return;
  std::vector<EnvelopePtr> envelopes;
  for (const auto& one : message.envelopes()) {
    auto envelope = open_envelope(one, parts_.genesis.chain_id);
    KIMBERLITE_ASSERT(envelope, "a stored body holds envelopes that were verified before it was stored");
    envelopes.push_back(*std::move(envelope));
  }
  for (const auto& envelope : envelopes) pool_.add(envelope, execution_.final_state().tip().height);
  const auto block = execution_.execute(message.record_leaf(), std::move(envelopes));
  if (block) durable_bodies_.insert((*block)->digest);
}

void Core::start(net::PeerNetwork& network) {
  network_ = &network;
  name_peers();
  recover_bodies();
  std::vector<consensus::JournalRecord> journal;
  if (parts_.journal) {
    for (const auto& entry : parts_.journal->recovered()) {
      auto decoded = decode_record(entry.sequence, entry.payload);
      KIMBERLITE_ASSERT(decoded, "a journal record with a valid checksum decodes");
      voted_.add(*decoded);
      journal.push_back(*std::move(decoded));
    }
    first_vote_held_ = journal.empty();
    may_vote_ = !first_vote_held_;
    if (log_has_another_life()) retire_key();
    journal_.emplace(std::move(parts_.journal), parts_.journal_thread, parts_.context);
  }
  const auto& tip = execution_.final_state().tip();
  log_event(Level::kInfo, "started",
            {{"chain_id", parts_.genesis.chain_id.hex()},
             {"height", tip.height.value},
             {"epoch", membership_.epoch().value},
             {"role", self() ? "validator" : "follower"}});
  if (!self()) log_event(first_vote_held_ ? Level::kInfo : Level::kError, "follower", {{"why", role()}});
  start_replica(std::move(journal));
  if (tip.height.value > 0) {
    const auto vote = parts_.checkpoints.sign(tip.log_size, tip.log_root, parts_.key);
    if (self()) send_checkpoint(vote, std::nullopt);
  }
  arm_heartbeat();
  update_work();
  consider_first_vote();
}

// From the final block on, with the bodies above it that are durable here.
void Core::start_replica(std::vector<consensus::JournalRecord> journal) {
  consensus::Recovered recovered;
  recovered.final_block = final_block();
  if (auto finalization = decode_certificate(parts_.store.finalization());
      finalization && finalization->block == recovered.final_block.digest &&
      finalization->epoch == membership_.epoch()) {
    recovered.finalization = *std::move(finalization);
  }
  for (const Digest& body : durable_bodies_)
    if (const auto block = execution_.find(body)) recovered.bodies.push_back(block->ref());
  std::ranges::sort(recovered.bodies, {}, &consensus::BlockRef::height);
  recovered.journal = std::move(journal);
  for (const std::string& bytes : parts_.store.kept_certificates()) {
    auto kept = decode_certificate(bytes);
    KIMBERLITE_ASSERT(kept, "a stored certificate decodes");
    if (kept->epoch == membership_.epoch()) recovered.certificates.push_back(*std::move(kept));
  }
  replica_.emplace(consensus_config(), std::move(recovered));
  perform(replica_->start(steady_now_ms()));
  if (told_work_) step(consensus::WorkChanged{true});
}

void Core::drain() {
  draining_ = true;
  submissions_.expire(SteadyTime::max());
}

void Core::store_checkpoint(const std::string& note) {
  store_writer_.put_checkpoint(note);
}

void Core::stop() {
  drain();
  stopping_ = true;
  wake_timer_.cancel();
  heartbeat_timer_.cancel();
  submission_timer_.cancel();
  fetch_timer_.cancel();
  gossip_timer_.cancel();
  epoch_timer_.cancel();
  quiet_timer_.cancel();
  early_timer_.cancel();
  catch_up_->stop();
}

void Core::step(const consensus::Input& input) {
  if (!stopping_) perform(replica_->step(input, steady_now_ms()));
}

void Core::perform(consensus::Actions actions) {
  if (!actions.persist.empty() || !actions.send_after_persist.empty()) {
    persist(std::move(actions.persist), std::move(actions.send_after_persist));
  }
  for (const auto& outgoing : actions.send) send(outgoing);
  record_evidence(actions.evidence);
  if (actions.rolled_back) retire_key();
  wake_at(actions.wake_at);
  if (actions.forward_pool_to) forward_pool(*actions.forward_pool_to);
  for (const auto& request : actions.fetch) fetch(request);
  if (actions.catch_up) catch_up_->start(*actions.catch_up);
  if (!actions.finalized.empty()) finalize(actions);
  if (!actions.keep.empty()) keep_certificates(actions.keep);  // after the commit, which drops what was kept before
  for (const auto& request : actions.verify) verify(request);
  if (actions.build) build(*actions.build);
}

// The body of a notarized block and the vote are synced side by side; the vote leaves when both are on disk.
void Core::persist(std::vector<consensus::JournalRecord> records, std::vector<consensus::Outgoing> send_later) {
  pending_.push_back({records.empty() ? 0 : records.back().sequence, 0, std::move(send_later)});
  PendingPersist& entry = pending_.back();
  const auto done = [this, &entry] {
    --entry.outstanding;
    release_persisted();
  };
  parts_.metrics.signatures_made(records.size());
  std::vector<storage::JournalEntry> entries;
  for (const auto& record : records) {
    voted_.add(record);
    entries.push_back({record.sequence, encode_record(record)});
    if (record.vote.kind != consensus::VoteKind::kNotarize || durable_bodies_.contains(record.vote.block)) continue;
    const auto block = execution_.find(record.vote.block);
    if (!block) continue;  // final already, and so durable
    ++entry.outstanding;
    make_durable(block, done);
  }
  if (!entries.empty()) {
    KIMBERLITE_ASSERT(journal_, "a follower never votes");
    ++entry.outstanding;
    journal_->append(std::move(entries), done);
  }
  release_persisted();
}

// In order of the steps, so that nothing leaves before what an earlier step had to persist.
void Core::release_persisted() {
  while (!pending_.empty() && pending_.front().outstanding == 0) {
    const PendingPersist entry = std::move(pending_.front());
    pending_.pop_front();
    for (const auto& outgoing : entry.send) send(outgoing);
    if (entry.last_sequence > 0) step(consensus::Durable{entry.last_sequence});
  }
}

void Core::make_durable(const ExecutedPtr& block, std::function<void()> done) {
  if (durable_bodies_.contains(block->digest)) {
    done();
    return;
  }
  auto& waiting = bodies_in_flight_[block->digest];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  store_writer_.put_body({block->digest, block->header.height, encode_body(*block)},
                         [this, digest = block->digest] { body_durable(digest); });
}

void Core::body_durable(const Digest& block) {
  durable_bodies_.insert(block);
  const auto waiting = std::exchange(bodies_in_flight_[block], {});
  bodies_in_flight_.erase(block);
  for (const auto& done : waiting) done();
}

void Core::wake_at(std::optional<TimeMs> time) {
  if (time == wake_time_) return;
  wake_time_ = time;
  wake_timer_.cancel();
  if (!time) return;
  wake_timer_.expires_at(to_steady(*time));
  wake_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wake_time_.reset();
    step(consensus::Tick{});
  });
}

// Of what peers sent, no more is tried than it takes to know that there is work: under load nearly all of it gets into
// a block, or is left out of one, without a trial run here.
void Core::update_work() {
  std::uint64_t work_bytes = 0;
  while (!pool_.has_work()) {
    const auto untried = pool_.next_untried();
    if (!untried) break;
    if (work_bytes > kTrialWorkBytesMax || work_update_posted_) {
      update_work_later();
      break;
    }
    work_bytes += try_envelope(*untried);
  }
  const bool work = pool_.has_work() || heartbeat_due_;
  if (work && !told_work_) last_progress_ = NodeClock::now();
  if (work == told_work_) return;
  told_work_ = work;
  step(consensus::WorkChanged{work});
}

void Core::arm_heartbeat() {
  heartbeat_due_ = false;
  const std::int64_t due = execution_.final_state().tip().block_time_ms.value + parts_.heartbeat_ms;
  const std::int64_t wait = std::max<std::int64_t>(due - wall_now_ms().value, 0);
  // At genesis of a past year the block time says nothing: count from now.
  const bool begun = execution_.final_state().tip().height.value > 0;
  heartbeat_timer_.expires_after(std::chrono::milliseconds(begun ? wait : parts_.heartbeat_ms));
  heartbeat_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    heartbeat_due_ = true;
    update_work();
  });
}

void Core::finalize(const consensus::Actions& actions) {
  const auto chain = execution_.chain_to(actions.finalized.back().digest);
  for (const auto& block : chain) {
    for (const auto& envelope : block->envelopes) pool_.decide(envelope->id());
  }
  KIMBERLITE_ASSERT(actions.finalization, "finalized blocks come with the finalization of the last");
  tell_followers(*actions.finalization);
  commit(chain, actions.finalization, [this] {
    begin_next_epoch();
    consider_first_vote();
  });
  update_work();
}

void Core::commit(std::vector<ExecutedPtr> blocks, const std::optional<consensus::Certificate>& finalization,
                  std::function<void()> done) {
  std::erase_if(blocks, [this](const auto& block) { return block->header.height <= committing_; });
  if (blocks.empty()) {
    // All of it is on its way already: follow behind.
    boost::asio::post(parts_.context, std::move(done));
    return;
  }
  committing_ = blocks.back()->header.height;
  const auto completed = Execution::complete(*blocks.back());
  KIMBERLITE_ASSERT(completed, "executing finalized blocks gives the state that their records name: " +
                                   (completed ? std::string() : completed.error().to_string()));
  std::vector<storage::FinalBlock> final_blocks;
  for (const auto& block : blocks) final_blocks.push_back(to_final(*block));
  const ExecutedBlock& last = *blocks.back();
  if (last.ref().closes_epoch) {
    KIMBERLITE_ASSERT(finalization, "an epoch's last block comes with its finalization");
    final_blocks.back().epoch_link =
        encode_epoch_link(last.record_leaf, *finalization, ledger::voting_set(*last.state).validators);
  }
  const bool snapshot_due = finalization && finalization->block == last.digest && !last.ref().closes_epoch &&
                            parts_.snapshots.due(last.header.height);
  std::string encoded = finalization ? encode_certificate(*finalization) : std::string();
  store_writer_.commit(
      std::move(final_blocks), encoded, snapshot_due,
      [this, blocks = std::move(blocks), done = std::move(done), encoded, snapshot_due](const auto& snapshot) {
        if (snapshot_due) parts_.snapshots.take(snapshot, encoded);
        on_committed(blocks, snapshot);
        done();
      });
}

void Core::on_committed(const std::vector<ExecutedPtr>& blocks,
                        const std::shared_ptr<const storage::Snapshot>& snapshot) {
  last_progress_ = NodeClock::now();
  const Height height = snapshot->tip().height;
  if (height > execution_.final_state().tip().height) execution_.advance(snapshot);
  if (std::ranges::any_of(blocks, [this](const auto& block) { return made_in_another_life(block->header); }))
    step(consensus::RolledBack{});
  parts_.committed(snapshot);  // first: whoever is told that an event is final finds it in what he reads next
  for (const auto& block : blocks) {
    std::uint64_t index = block->header.first_index.value;
    std::uint64_t events = 0;
    for (const auto& envelope : block->envelopes) {
      const auto id = envelope->id();
      events += static_cast<std::uint64_t>(envelope->envelope().events_size());
      pool_.remove(id);
      if (const auto it = submitted_.find(id); it != submitted_.end()) {
        parts_.metrics.envelope_final(std::chrono::duration<double>(last_progress_ - it->second).count());
        submitted_.erase(it);
      }
      submissions_.resolve(id, {Outcome::kFinal, {block->header.height, LogIndex{index}}, {}});
      ++index;
    }
    parts_.metrics.events_final(events);
    consider_checkpoint(block->header, block->range.root(), block->ref().closes_epoch);
  }
  log_event(Level::kDebug, "blocks_final", {{"height", height.value}, {"log_size", snapshot->tip().log_size.value}});
  recheck(height);
  forget_decided();
  arm_heartbeat();
  update_work();
}

// All nodes sign the same prefixes: those at certain heights, those that close an epoch, and the newest one when
// nothing follows it.
void Core::consider_checkpoint(const BlockHeader& header, const Digest& root, bool closes_epoch) {
  parts_.checkpoints.know(header.log_size(), root);
  const bool due = header.height.value % kCheckpointEveryBlocks == 0 && !catch_up_->active();
  quiet_timer_.cancel();
  if (due || closes_epoch) return sign_checkpoint(header.log_size(), root);
  quiet_timer_.expires_after(std::chrono::milliseconds(kQuietMs));
  quiet_timer_.async_wait([this, size = header.log_size(), root](const boost::system::error_code& error) {
    if (!error) sign_checkpoint(size, root);
  });
}

// Leaves the timer alone: one that fired comes too late to be cancelled, and would cancel the one of the next block.
void Core::sign_checkpoint(LogSize size, const Digest& root) {
  const auto vote = parts_.checkpoints.sign(size, root, parts_.key);
  parts_.metrics.signatures_made(1);
  if (self() && !catch_up_->active()) send_checkpoint(vote, std::nullopt);
}

// Goes on with the trials once others had their turn in the core thread.
void Core::update_work_later() {
  if (std::exchange(work_update_posted_, true)) return;
  boost::asio::post(parts_.context, [this] {
    work_update_posted_ = false;
    if (!stopping_) update_work();
  });
}

void Core::recheck(Height height) {
  const auto stale = pool_.on_final(height);
  rechecks_.assign(stale.begin(), stale.end());
  recheck_some();
}

// Those that are left over at the bound have their turn a little later.
void Core::recheck_some() {
  std::uint64_t work_bytes = 0;
  while (!rechecks_.empty() && work_bytes <= kTrialWorkBytesMax) {
    const EnvelopePtr envelope = std::move(rechecks_.front());
    rechecks_.pop_front();
    if (!pool_.find(envelope->id())) continue;
    if (execution_.undecided_has(envelope->id())) {
      pool_.trust(envelope->id());  // that block may lose
    } else if (execution_.final_location(envelope->id())) {
      pool_.remove(envelope->id());
    } else {
      work_bytes += try_again(envelope);
    }
  }
  if (rechecks_.empty() || std::exchange(recheck_posted_, true)) return;
  boost::asio::post(parts_.context, [this] {
    recheck_posted_ = false;
    if (stopping_) return;
    recheck_some();
    update_work();
  });
}

std::uint64_t Core::try_again(const EnvelopePtr& envelope) {
  const auto trial = execution_.trial(*envelope, wall_now_ms());
  if (trial.refusal) {
    refuse(envelope, *trial.refusal);
  } else {
    pool_.trust(envelope->id());
  }
  return trial.work_bytes;
}

void Core::keep_certificates(const std::vector<consensus::Certificate>& certificates) {
  std::vector<std::string> encoded;
  for (const auto& certificate : certificates) encoded.push_back(encode_certificate(certificate));
  store_writer_.keep_certificates(std::move(encoded));
}

void Core::record_evidence(const std::vector<consensus::Evidence>& evidence) {
  for (const auto& pair : evidence) {
    const Validator& validator = membership_.validators()[pair.validator];
    std::size_t& kept = evidence_[std::string(validator.key.view())];
    if (kept == kEvidenceEachMax) continue;
    ++kept;
    log_event(
        Level::kError, "evidence",
        {{"participant", validator.participant}, {"epoch", pair.first.epoch.value}, {"view", pair.first.view.value}});
    store_writer_.put_evidence(encode_evidence(pair, validator));
  }
}

CoreStatus Core::status() const {
  CoreStatus out;
  out.replica = replica_->status();
  out.epoch = membership_.epoch();
  out.validators = membership_.validators().size();
  out.votes = self().has_value() && !out.replica.rolled_back;
  out.role = role();
  out.pool_envelopes = pool_.size();
  out.pool_bytes = pool_.bytes();
  out.submissions_waiting = submissions_.waiting();
  for (const auto& [key, pairs] : evidence_) out.evidence += pairs;
  for (const auto leader : out.replica.skipped)
    out.skipped_leaders.push_back(membership_.validators()[leader].participant);
  out.undecided_blocks = execution_.undecided();
  out.catching_up = catch_up_->active();
  const auto waited = NodeClock::now() - last_progress_;
  const bool stalled = told_work_ && waited > std::chrono::milliseconds(kStalledDeltas * parts_.delta_ms);

  const ValidatorSet& validators = membership_.validators();
  std::size_t reached = self() ? 1 : 0;
  std::string waited_for;
  for (consensus::ValidatorIndex validator = 0; validator < validators.size(); ++validator) {
    const auto peer = membership_.peer_of(validator);
    if (!peer) continue;
    if (connected_.contains(*peer)) {
      ++reached;
    } else {
      waited_for += " " + validators[validator].participant;
    }
  }
  const std::size_t needed = validators.quorum_size();
  out.progressing = !stalled && reached >= needed && !out.catching_up;
  if (out.progressing) return out;
  if (out.catching_up) {
    out.why = "catching up with the final log";
  } else if (reached < needed) {
    out.why = "reaches " + std::to_string(reached) + " of " + std::to_string(validators.size()) + " validators, " +
              std::to_string(needed) + " are needed; waits for" + waited_for;
  } else {
    out.why = with_names(out.replica.why);
  }
  return out;
}

// "validator 2" as consensus says it, with the participant's code instead of the index.
std::string Core::with_names(std::string text) const {
  static constexpr std::string_view kWord = "validator ";
  for (std::size_t at = 0; (at = text.find(kWord, at)) != std::string::npos;) {
    std::size_t end = at + kWord.size();
    std::size_t index = 0;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') {
      index = index * 10 + static_cast<std::size_t>(text[end++] - '0');
    }
    if (end == at + kWord.size() || index >= membership_.validators().size()) {
      at = end;
      continue;
    }
    const auto& name = membership_.validators()[index].participant;
    text.replace(at, end - at, name);
    at += name.size();
  }
  return text;
}

std::uint64_t Core::journal_syncs() const {
  return journal_ ? journal_->synced_writes() : 0;
}

}  // namespace kimberlite::runtime
