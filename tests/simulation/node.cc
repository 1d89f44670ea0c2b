#include "tests/simulation/node.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "proto/assert.h"
#include "tests/simulation/describe.h"

namespace kimberlite::simulation {

using namespace consensus;

Node::Node(Cluster& cluster, NodeId id)
    : cluster_(cluster), id_(id), signer_(id), clock_(cluster.world.random().between(0, 3'600'000)) {}

// ---- life ---------------------------------------------------------------------------------------------------------

void Node::start() {
  KIMBERLITE_ASSERT(!up(), "a node that is down");
  ++life_;
  noticed_rollback_ = false;
  Recovered recovered = read_disk();
  const bool follower = !config().self;
  replica_ = std::make_unique<Replica>(config(), std::move(recovered));
  cluster_.world.note(id_, life_, [&] {
    return "STARTS at height " + std::to_string(disk_.log.size()) + (follower ? " as a follower" : "");
  });
  apply(replica_->start(local_now()));
  told_work_ = false;
  if (up()) tell_work();
}

/// What is on disk, as a replica takes it. Bodies are executed again, parents first; one whose parent is missing waits.
Recovered Node::read_disk() {
  const Digest tip = disk_.log.empty() ? cluster_.chain_id : disk_.log.back();
  declared_tip_ = tip;
  if (honest()) cluster_.oracle.restarted(id_, height(), tip);
  Recovered recovered;
  recovered.final_block = cluster_.blocks.at(tip).ref;
  if (!recovered.final_block.closes_epoch) recovered.finalization = disk_.finalization;
  recovered.journal.assign(disk_.journal.begin(), disk_.journal.end());
  for (const Certificate& kept : disk_.kept)
    if (kept.epoch == epoch()) recovered.certificates.push_back(kept);
  std::vector<BlockRef> bodies;
  for (const Digest& digest : disk_.bodies) bodies.push_back(cluster_.blocks.at(digest).ref);
  std::sort(bodies.begin(), bodies.end(), [](const BlockRef& a, const BlockRef& b) {
    return std::pair(a.height, a.digest) < std::pair(b.height, b.digest);
  });
  for (const BlockRef& body : bodies) {
    if (is_executed(body.parent)) {
      executed_.insert(body.digest);
      recovered.bodies.push_back(body);
    } else {
      waiting_.insert(body.digest);
    }
  }
  return recovered;
}

void Node::later(std::int64_t delay_ms, std::function<void()> action) {
  cluster_.world.after(
      delay_ms, [this, life = life_, action = std::move(action)]() mutable { when_awake(life, std::move(action)); });
}

void Node::when_awake(std::uint64_t life, std::function<void()> action) {
  if (life != life_ || !up()) return;
  if (paused()) return deferred_.push_back(std::move(action));
  action();
}

void Node::step(const Input& input) {
  cluster_.world.note(id_, fingerprint(input), [&] { return describe(input); });
  apply(replica_->step(input, local_now()));
  if (rolled_back_ && up()) notice_rollback();
}

/// Carries out the duties of one step in their order; by chance the power fails in between.
void Node::apply(Actions actions) {
  cluster_.world.note(id_, fingerprint(actions), [&] { return "  ->" + describe(actions); });
  Random& random = cluster_.world.random();
  std::int64_t left = random.chance(cluster_.crash_in_step_per_mille) ? random.between(0, 6) : -1;
  const auto survives = [&] {
    if (crashes_here()) return false;
    if (left-- != 0) return true;
    cluster_.world.faults.add(Fault::kCrashInStep);
    crash();
    return false;
  };
  for (const Evidence& evidence : actions.evidence) evidence_.push_back(evidence);
  if (!actions.persist.empty()) last_sequence_ = actions.persist.back().sequence;
  if (!survives()) return;
  persist(std::move(actions.persist));
  for (const Outgoing& outgoing : actions.send) {
    if (!survives()) return;
    send(outgoing);
  }
  for (Outgoing& outgoing : actions.send_after_persist) {
    if (!survives()) return;
    if (cluster_.sends_before_sync)
      send(outgoing);
    else
      held_.push_back(HeldMessage{last_sequence_, std::move(outgoing)});
  }
  if (actions.build) build(*actions.build);
  for (const VerifyRequest& request : actions.verify) verify(request);
  if (!survives()) return;
  if (!actions.finalized.empty()) commit(std::move(actions.finalized), *actions.finalization);
  keep(std::move(actions.keep));
  for (const FetchBlock& request : actions.fetch) fetch(request);
  if (!survives()) return;
  if (actions.catch_up) catch_up(*actions.catch_up);
  if (actions.forward_pool_to) send_to(*actions.forward_pool_to, PoolEvents{{pool_.begin(), pool_.end()}});
  KIMBERLITE_ASSERT(!actions.wake_at || *actions.wake_at > local_now(), "a deadline that has not passed");
  arm(actions.wake_at);
}

void Node::arm(std::optional<TimeMs> wake_at) {
  if (wake_at == armed_for_) return;
  armed_for_ = wake_at;
  ++alarm_;
  if (!wake_at) return;
  later(clock_.world_ms_until(*wake_at, cluster_.world.now_ms()), [this, alarm = alarm_] {
    if (alarm != alarm_) return;
    armed_for_.reset();
    step(Tick{});
  });
}

void Node::keep(std::vector<Certificate> certificates) {
  if (certificates.empty() || cluster_.forgets_kept) return;
  when_stored([this, certificates = std::move(certificates)] {
    disk_.kept.insert(disk_.kept.end(), certificates.begin(), certificates.end());
  });
}

/// What is written to the store is there in the order in which it was handed over.
void Node::when_stored(std::function<void()> done) {
  const std::int64_t now_ms = cluster_.world.now_ms();
  store_free_at_ms_ = std::max({store_free_at_ms_, now_ms, disk_stalled_until_ms_}) +
                      cluster_.world.random().between(0, cluster_.disk_ms_max);
  later(store_free_at_ms_ - now_ms, [this, done = std::move(done)] {
    if (!crashes_here()) done();
  });
}

// ---- journal and messages -----------------------------------------------------------------------------------------

void Node::persist(std::vector<JournalRecord> records) {
  if (records.empty()) return;
  const std::size_t count = records.size();
  records_written_ += count;
  if (honest()) cluster_.oracle.cast(id_);
  for (JournalRecord& record : records) unsynced_.push_back(PendingRecord{std::move(record), false});
  const std::int64_t now_ms = cluster_.world.now_ms();
  journal_free_at_ms_ = std::max({journal_free_at_ms_, now_ms, disk_stalled_until_ms_}) +
                        cluster_.world.random().between(0, cluster_.disk_ms_max);
  later(journal_free_at_ms_ - now_ms, [this, count] {
    if (crashes_here()) return;
    std::size_t left = count;
    for (PendingRecord& pending : unsynced_) {
      if (pending.synced) continue;
      pending.synced = true;
      disk_.append(pending.record, cluster_.journal_capacity);
      if (--left == 0) break;
    }
    advance_durable();
  });
}

/// A record counts as durable with all before it, a notarize record when its block's body is on disk too.
void Node::advance_durable() {
  std::uint64_t durable = 0;
  while (!unsynced_.empty() && unsynced_.front().synced) {
    const Vote& vote = unsynced_.front().record.vote;
    const bool body_here =
        disk_.bodies.contains(vote.block) ||
        cluster_.blocks.at(vote.block.is_zero() ? cluster_.chain_id : vote.block).ref.height <= height();
    if (vote.kind == VoteKind::kNotarize && !body_here) break;
    durable = unsynced_.front().record.sequence;
    unsynced_.pop_front();
  }
  if (durable == 0) return;
  for (; !held_.empty() && held_.front().sequence <= durable; held_.pop_front()) {
    if (crashes_here()) return;
    send(held_.front().message);
  }
  if (!crashes_here()) step(Durable{durable});
}

void Node::send(const Outgoing& outgoing) {
  const auto* message = std::get_if<VoteMessage>(&outgoing.message);
  const auto* proposal = std::get_if<Proposal>(&outgoing.message);
  if (honest() && message != nullptr) cluster_.oracle.sent(message->vote);
  if (honest() && proposal != nullptr) cluster_.oracle.sent(proposal->vote);
  cluster_.world.note(id_, outgoing.to ? *outgoing.to : ~0U, [&] {
    return "  sends " + (outgoing.to ? "to " + std::to_string(*outgoing.to) : "to all") + ": " +
           describe(outgoing.message);
  });
  if (proposal != nullptr && cluster_.loses_proposals) return;
  const auto packet = std::make_shared<const Packet>(outgoing.message);
  if (outgoing.to) return cluster_.world.send(id_, *outgoing.to, packet);
  for (NodeId peer = 0; peer < cluster_.validators.size(); ++peer)
    if (peer != id_) cluster_.world.send(id_, peer, packet);
}

void Node::send_to(NodeId to, Packet packet) {
  cluster_.world.send(id_, to, std::make_shared<const Packet>(std::move(packet)));
}

void Node::receive(NodeId from, const PacketPtr& packet) {
  when_awake(life_, [this, from, packet] { std::visit([&](const auto& one) { on_packet(from, one); }, *packet); });
}

void Node::connected(NodeId peer) {
  when_awake(life_, [this, peer] {
    step(PeerConnected{peer});
    // In a new epoch there may be nothing yet that would tell it that the one before is over.
    if (up()) send_closing(peer, Epoch{epoch().value - 1});
    // It missed what was gossiped while it was away, and this node may be the only one that has it.
    if (up() && has_pool()) send_to(peer, PoolEvents{{pool_.begin(), pool_.end()}});
  });
}

void Node::on_packet(NodeId from, const Message& message) {
  const Epoch spoken = epoch_of(message);
  if (spoken != replica_->epoch()) return on_other_epoch(from, spoken, message);
  if (!verify_message(message, spoken, cluster_.validators.size(), verifier_)) return;
  Epoch& highest = spoken_[from];
  highest = std::max(highest, spoken);
  step(Received{from, message});
}

// ---- blocks -------------------------------------------------------------------------------------------------------

bool Node::is_executed(const Digest& digest) const {
  if (digest == cluster_.chain_id || executed_.contains(digest)) return true;
  const std::uint64_t at = cluster_.blocks.at(digest).ref.height.value;
  return at <= disk_.log.size() && disk_.log[at - 1] == digest;
}

bool Node::in_chain(const Digest& tip, EventId event) const {
  if (final_events_.contains(event)) return true;
  for (const ModelBlock* block = &cluster_.blocks.at(tip); block->ref.height > height();
       block = &cluster_.blocks.at(block->ref.parent))
    if (std::find(block->events.begin(), block->events.end(), event) != block->events.end()) return true;
  return false;
}

bool Node::is_valid(const ModelBlock& block) const {
  if (cluster_.believes_anything) return true;
  return block.valid && (block.epoch == replica_->epoch() || cluster_.ignores_epochs) &&
         std::none_of(block.events.begin(), block.events.end(),
                      [&](EventId event) { return in_chain(block.ref.parent, event); });
}

void Node::build(const BuildRequest& request) {
  KIMBERLITE_ASSERT(is_executed(request.parent.digest), "a parent that is executed");
  later(cluster_.world.random().between(0, cluster_.execute_ms_max), [this, request] {
    std::vector<EventId> events;
    for (const EventId event : pool_)
      if (!in_chain(request.parent.digest, event)) events.push_back(event);
    if (events.empty()) return step(Built{request.view, std::nullopt});
    const BlockRef block = cluster_.blocks.make(request.parent, request.view, std::move(events), id_).ref;
    executed(block.digest);
    step(Built{request.view, block});
  });
}

void Node::verify(const VerifyRequest& request) {
  KIMBERLITE_ASSERT(is_executed(request.block.parent), "a parent that is executed");
  later(cluster_.world.random().between(0, cluster_.execute_ms_max), [this, request] { try_verify(request); });
}

/// Waits for content that the proposer withholds, as the runtime waits for envelopes.
void Node::try_verify(const VerifyRequest& request) {
  if (!has_content(request.block.digest)) return later(cluster_.delta_ms / 4, [this, request] { try_verify(request); });
  const bool valid = is_valid(cluster_.blocks.at(request.block.digest));
  if (valid) executed(request.block.digest);
  step(Verified{request.view, request.block.digest, valid});
}

bool Node::has_content(const Digest& digest) const {
  const auto withheld = cluster_.withheld.find(digest);
  if (withheld == cluster_.withheld.end() || withheld->second.shown.contains(id_)) return true;
  return is_executed(digest) || cluster_.world.now_ms() >= withheld->second.reveal_at_ms;
}

/// The body is written; when it is on disk the replica is told. Bodies that waited for this one follow.
void Node::executed(const Digest& digest) {
  if (is_executed(digest)) return;
  executed_.insert(digest);
  writing_.insert(digest);
  const std::int64_t stalled_ms = std::max<std::int64_t>(0, disk_stalled_until_ms_ - cluster_.world.now_ms());
  later(stalled_ms + cluster_.world.random().between(0, cluster_.disk_ms_max), [this, digest] {
    if (crashes_here()) return;
    writing_.erase(digest);
    disk_.bodies.insert(digest);
    if (crashes_here()) return;
    step(BodyReady{cluster_.blocks.at(digest).ref});
    if (up()) advance_durable();
    if (up()) execute_waiting();
  });
}

void Node::execute_waiting() {
  for (const Digest& digest : std::set<Digest>(waiting_)) {
    const ModelBlock& block = cluster_.blocks.at(digest);
    if (block.ref.height <= height()) {
      waiting_.erase(digest);
    } else if (is_executed(block.ref.parent) && !writing_.contains(block.ref.parent)) {
      waiting_.erase(digest);
      if (is_valid(block)) executed(digest);
    }
  }
}

void Node::fetch(const FetchBlock& request) {
  fetching_[request.digest] = request.voters;
  ask_for_body(request.digest, request.voters);
}

/// Asks for the lowest block of the chain that is missing here, as far as its records are here.
void Node::ask_for_body(const Digest& digest, const std::vector<ValidatorIndex>& voters) {
  if (is_executed(digest)) return;
  if (waiting_.contains(digest)) {
    execute_waiting();
    return ask_for_body(cluster_.blocks.at(digest).ref.parent, voters);
  }
  fetching_[digest] = voters;
  const std::uint64_t first = cluster_.world.random().below(voters.size());
  for (std::uint64_t i = 0; i < 2 && i < voters.size(); ++i) {
    const NodeId voter = voters[(first + i) % voters.size()];
    if (voter != id_) send_to(voter, BodyRequest{digest});
  }
}

void Node::on_packet(NodeId from, const BodyRequest& packet) {
  const std::uint64_t at = cluster_.blocks.at(packet.digest).ref.height.value;
  const bool final_here = at <= disk_.log.size() && disk_.log[at - 1] == packet.digest;
  if ((final_here || disk_.bodies.contains(packet.digest)) && serves(packet.digest))
    send_to(from, BodyAnswer{packet.digest});
}

void Node::on_packet(NodeId /*from*/, const BodyAnswer& packet) {
  const auto fetch = fetching_.find(packet.digest);
  if (fetch == fetching_.end() || is_executed(packet.digest)) return;
  const auto voters = fetch->second;
  fetching_.erase(fetch);
  waiting_.insert(packet.digest);
  execute_waiting();
  if (waiting_.contains(packet.digest)) ask_for_body(cluster_.blocks.at(packet.digest).ref.parent, voters);
}

// ---- the final log ------------------------------------------------------------------------------------------------

void Node::append_final(const Digest& digest) {
  const ModelBlock& block = cluster_.blocks.at(digest);
  disk_.log.push_back(digest);
  disk_.bodies.erase(digest);
  std::uint64_t word = 0;
  std::memcpy(&word, digest.bytes.data(), sizeof word);
  fold_ = mix(fold_, word + (cluster_.divergent == id_ ? 1 : 0));
  for (const EventId event : block.events) {
    final_events_.insert(event);
    pool_.erase(event);
    if (cluster_.on_event_final) cluster_.on_event_final(id_, event);
  }
  if (honest()) cluster_.oracle.reported(id_, height(), digest, fold_);
}

void Node::commit(std::vector<BlockRef> blocks, Certificate finalization) {
  if (honest()) cluster_.oracle.declared_final(id_, declared_tip_, blocks, finalization);
  declared_tip_ = blocks.back().digest;
  when_stored([this, blocks = std::move(blocks), finalization = std::move(finalization)] {
    for (const BlockRef& block : blocks) append_final(block.digest);
    disk_.finalization = finalization;
    disk_.kept.clear();
    if (cluster_.blocks.at(blocks.back().digest).closes) disk_.closings.emplace(finalization.epoch, finalization);
    if (crashes_here()) return;
    advance_durable();
    if (up()) begin_epoch_if_closed();
    if (up()) tell_work();
  });
}

void Node::catch_up(const Certificate& target) {
  KIMBERLITE_ASSERT(!catching_up_, "one catch-up at a time");
  catching_up_ = target;
  ask_for_log(target);
}

void Node::ask_for_log(const Certificate& target) {
  if (!catching_up_ || *catching_up_ != target) return;
  const auto& signers = target.validators;
  const NodeId signer = signers[cluster_.world.random().below(signers.size())];
  if (signer != id_) send_to(signer, LogRequest{target});
  later(cluster_.delta_ms / 2, [this, target] { ask_for_log(target); });
}

void Node::on_packet(NodeId from, const LogRequest& packet) {
  const Digest& wanted = packet.target.block;
  const std::uint64_t at = cluster_.blocks.at(wanted).ref.height.value;
  if (at > disk_.log.size() || disk_.log[at - 1] != wanted) return;
  const bool further =
      disk_.finalization->epoch == packet.target.epoch && disk_.finalization->view > packet.target.view;
  send_to(from, further ? LogAnswer{disk_.log.back(), *disk_.finalization} : LogAnswer{wanted, packet.target});
}

void Node::on_packet(NodeId /*from*/, const LogAnswer& packet) {
  if (!catching_up_ || packet.finalization.epoch != catching_up_->epoch ||
      packet.finalization.view < catching_up_->view)
    return;
  catching_up_.reset();
  const std::int64_t now_ms = cluster_.world.now_ms();
  store_free_at_ms_ = std::max({store_free_at_ms_, now_ms, disk_stalled_until_ms_}) +
                      cluster_.world.random().between(0, cluster_.disk_ms_max);
  later(store_free_at_ms_ - now_ms, [this, packet] { caught_up(packet); });
}

void Node::caught_up(const LogAnswer& answer) {
  std::vector<Digest> blocks;
  for (Digest at = answer.tip; cluster_.blocks.at(at).ref.height > height(); at = cluster_.blocks.at(at).ref.parent)
    blocks.push_back(at);
  std::reverse(blocks.begin(), blocks.end());
  for (const Digest& digest : blocks) append_final(digest);
  disk_.finalization = answer.finalization;
  disk_.kept.clear();
  const BlockRef tip = cluster_.blocks.at(answer.tip).ref;
  if (cluster_.blocks.at(answer.tip).closes) disk_.closings.emplace(answer.finalization.epoch, answer.finalization);
  declared_tip_ = answer.tip;
  step(CaughtUp{tip, answer.finalization});
  if (up()) begin_epoch_if_closed();
  if (up()) advance_durable();
  if (up()) execute_waiting();
  if (up()) tell_work();
}

// ---- the pool -----------------------------------------------------------------------------------------------------

void Node::submit(EventId event) {
  cluster_.world.note(id_, event, [&] { return "SUBMIT event " + std::to_string(event); });
  for (NodeId peer = 0; peer < cluster_.validators.size(); ++peer)
    if (peer != id_) send_to(peer, PoolEvents{{event}});
  add_to_pool({event});
}

void Node::on_packet(NodeId /*from*/, const PoolEvents& packet) {
  add_to_pool(packet.events);
}

void Node::add_to_pool(const std::vector<EventId>& events) {
  bool fresh = false;
  for (const EventId event : events)
    if (!has_final(event)) fresh = pool_.insert(event).second || fresh;
  if (!fresh) return;
  told_work_ = true;
  step(WorkChanged{true});
}

void Node::tell_work() {
  const bool work = has_pool() || cluster_.restless == id_;
  if (told_work_ == work) return;
  told_work_ = work;
  step(WorkChanged{told_work_});
}

}  // namespace kimberlite::simulation
