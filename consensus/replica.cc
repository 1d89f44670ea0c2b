// The wiring of a replica: one input in, every rule that now applies, actions out. The rules themselves are in
// voter.cc, finality.cc and exchange.cc, numbered as in README.md.
#include "consensus/replica.h"

#include <algorithm>
#include <utility>

#include "consensus/internal/replica_impl.h"
#include "proto/assert.h"

namespace kimberlite::consensus {

Replica::Replica(Config config, Recovered recovered)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(recovered))) {}
Replica::~Replica() = default;
Replica::Replica(const Replica& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;

Actions Replica::start(TimeMs now) {
  return impl_->start(now);
}
Actions Replica::step(const Input& input, TimeMs now) {
  return impl_->step(input, now);
}
Actions Replica::begin_epoch(Config config, BlockRef closing, TimeMs now) {
  impl_ = std::make_unique<Impl>(std::move(config), closing, *impl_);
  return impl_->start(now);
}
Epoch Replica::epoch() const {
  return impl_->epoch();
}
ReplicaStatus Replica::status() const {
  return impl_->status();
}

Actions Replica::Impl::step(const Input& input, TimeMs now) {
  now_ = std::max(now_, now);
  std::visit([this](const auto& one) { on(one); }, input);
  settle();
  Actions actions = finish();
  observer_.check(&input, actions, standing());
  return actions;
}

Standing Replica::Impl::standing() const {
  return {.view = view_,
          .final_view = certificates_.final_view(),
          .root = blocks_.root(),
          .may_vote = may_vote(),
          .entered_by = entered_by_ ? &*entered_by_ : nullptr,
          .vote_views = votes_.size(),
          .proposals = proposals_.size(),
          .certificates = certificates_.size()};
}

/// Applies the rules until none of them has anything to say.
void Replica::Impl::settle() {
  do {
    changed_ = false;
    round_.wanted_above.reset();
    round_.wants_finalization = false;
    commit_final();
    finalize_votes();
    refresh_clocks();
    lead();
    consider_proposal();
    nullify_if_due();
  } while (changed_);
  ask_once();
  plan_fetches();
  forward_certificates();
  pull_certificates();
  retry();
}

Actions Replica::Impl::finish() {
  note_deadlines();
  return std::exchange(actions_, Actions{});
}

// ---- inputs -------------------------------------------------------------------------------------------------------

void Replica::Impl::on(const Received& input) {
  if (input.from && *input.from >= validators_) return;
  std::visit([&](const auto& message) { on_message(message, input.from); }, input.message);
}

void Replica::Impl::on_message(const VoteMessage& message, std::optional<ValidatorIndex> from) {
  if (message.vote.validator == config_.self) return notice_rollback(message.vote);
  // What the voter knows is not signed: in a vote that another passes on it is hearsay.
  const bool own_word = from == message.vote.validator;
  track(message.vote, own_word ? message.final_view : peers_[message.vote.validator].final_view, own_word);
  count(message.vote);
}

void Replica::Impl::on_message(const Certificate& certificate, std::optional<ValidatorIndex> from) {
  if (from) track_certificate(*from, certificate);
  accept(certificate);
}

void Replica::Impl::on_message(const Proposal& proposal, std::optional<ValidatorIndex> from) {
  const Vote& vote = proposal.vote;
  if (vote.validator == config_.self) return notice_rollback(vote);
  track(vote, peers_[vote.validator].final_view, from == vote.validator);
  const bool in_time = vote.view > certificates_.final_view();
  const bool in_window = vote.view <= horizon() && !too_old(vote.view);
  const bool is_wanted = missing_.contains(proposal.block.digest);  // rule 16
  if (in_window && (in_time || is_wanted) && vote.validator == leader_of(vote.view) &&
      proposals_.emplace(vote.view, proposal).second)
    blocks_.learn(proposal.block);
  count(vote);
}

void Replica::Impl::on_message(const CertificateRequest& request, std::optional<ValidatorIndex> from) {
  if (from && from != config_.self) answer(request, *from);
}

void Replica::Impl::on(const Tick& /*input*/) {}

void Replica::Impl::on(const RolledBack& /*input*/) {
  if (!rolled_back_) rolled_back_ = actions_.rolled_back = true;  // rule 18
}

void Replica::Impl::on(const WorkChanged& input) {
  const bool arrived = input.has_work && !has_work_;
  has_work_ = input.has_work;
  if (has_work_) round_.build_again_at.reset();
  // Rule 12: views that were lost while there was nothing to order say nothing of the network.
  if (arrived && !lost_with_work_ && back_off_.current_ms() > config_.delta_ms) {
    back_off_.reset();
    timers_.stop();
  }
}

void Replica::Impl::on(const Built& input) {
  if (input.view != view_ || !round_.building) return;
  const BlockRef parent = round_.building->parent;
  // An answer that was under way when the epoch began is about a view of the epoch before.
  if (input.block && input.block->parent != parent.digest) return;
  round_.building.reset();
  round_.build_again_at = later(now_, std::max<std::int64_t>(1, config_.delta_ms / 2));
  if (!input.block || !may_vote() || !own_.may_notarize(view_)) return;
  KIMBERLITE_ASSERT(input.block->view == view_, "a block built for the view asked for");
  KIMBERLITE_ASSERT(input.block->height.value == parent.height.value + 1, "a block built on the parent asked for");
  propose(*input.block, round_.building_on);
}

void Replica::Impl::on(const Verified& input) {
  verifying_.erase(input.block);
  const auto found = proposals_.find(view_);
  if (input.view != view_ || found == proposals_.end() || found->second.block.digest != input.block) return;
  if (!input.valid) {
    round_.invalid = true;
    return;
  }
  if (!may_vote() || !own_.may_notarize(view_)) return;
  const Vote vote = cast(VoteKind::kNotarize, view_, input.block).vote;  // rule 5
  actions_.send_after_persist.push_back(Outgoing{std::nullopt, VoteMessage{vote, certificates_.final_view()}});
}

void Replica::Impl::on(const BodyReady& input) {
  blocks_.set_ready(input.block);
  for (const Vote& vote : own_.release(input.block.digest)) count(vote);  // rule 18
}

void Replica::Impl::on(const Durable& input) {
  for (const Vote& vote : own_.durable(input.sequence)) {
    peers_.heard(vote.validator, vote.view);
    count(vote);
  }
}

// ---- timers -------------------------------------------------------------------------------------------------------

void Replica::Impl::note_deadline(std::optional<TimeMs> deadline) {
  // What is due already was dealt with in this step, or waits for something else than time.
  if (deadline && *deadline > now_) actions_.wake_at = earlier(actions_.wake_at, deadline);
}

void Replica::Impl::note_deadlines() {
  note_deadline(timers_.next(now_));
  note_deadline(retry_at_);
  note_deadline(forward_at_);
  note_deadline(pull_at_);
  note_deadline(wanted_due());
  if (round_.invalid) note_deadline(invalid_due());
  if (tip_view_ > certificates_.final_view() && config_.self) {
    note_deadline(later(tip_since_, config_.delta_ms));
    if (leader_of(view_) == config_.self) note_deadline(later(tip_since_, config_.delta_ms + config_.delta_ms / 2));
  }
  if (has_work_ && leader_of(view_) == config_.self) note_deadline(round_.build_again_at);
  if (commit_stuck_since_ && !catching_up_) {
    note_deadline(later(*commit_stuck_since_, config_.delta_ms));
    note_deadline(later(*commit_stuck_since_, kFetchPatienceDeltas * config_.delta_ms));
  }
}

// ---- status -------------------------------------------------------------------------------------------------------

ReplicaStatus Replica::Impl::status() const {
  ReplicaStatus status;
  status.view = view_;
  status.leader = leader_of(view_);
  status.final_view = certificates_.final_view();
  status.final_height = blocks_.root().height;
  const auto tip = certificates_.certified_in(tip_view_);
  if (const BlockRef* block = tip ? blocks_.find(*tip) : nullptr; block != nullptr)
    status.certified_above_final = block->height.value - blocks_.root().height.value;
  status.has_work = has_work_;
  status.rolled_back = rolled_back_;
  for (std::uint64_t turn = 0; turn < validators_; ++turn)
    if (const View view{view_.value + turn}; skips_leader(view)) status.skipped.push_back(leader_of(view));
  std::sort(status.skipped.begin(), status.skipped.end());
  status.why = why();
  return status;
}

std::string Replica::Impl::why() const {
  const std::string leader = "validator " + std::to_string(leader_of(view_));
  if (blocks_.root().closes_epoch) return "storing the block that closed the epoch";
  if (rolled_back_) return "this key signed votes that the journal does not hold: it must not vote again";
  if (catching_up_) return "catching up with the final log";
  if (!missing_.empty()) return "fetching the bodies of " + std::to_string(missing_.size()) + " certified blocks";
  if (round_.wanted_above) return "fetching certificates above view " + std::to_string(round_.wanted_above->value);
  if (!working()) return "quiet: nothing to order";
  if (own_.nullified(view_)) return "waiting for votes to give up the view of " + leader;
  const auto proposal = proposals_.find(view_);
  if (proposal == proposals_.end()) return "waiting for the proposal of " + leader;
  if (verifying_.contains(proposal->second.block.digest)) return "verifying the proposal of " + leader;
  return "waiting for votes on the proposal of " + leader;
}

}  // namespace kimberlite::consensus
