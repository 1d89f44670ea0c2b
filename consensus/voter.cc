// The rules of a view: votes become certificates, certificates end views, proposals are checked, votes are cast.
// Rule numbers: README.md.
#include <algorithm>
#include <utility>

#include "consensus/internal/replica_impl.h"
#include "proto/assert.h"

namespace kimberlite::consensus {
namespace {

/// Records of the journal since the last finality to which certificates are left: a fraction of what it holds, where a
/// record with the signatures of 57 validators takes several blocks.
constexpr std::uint64_t kRecordsAloneMax = 64;

}  // namespace

// ---- certificates and entering views (rules 1, 12) ----------------------------------------------------------------

void Replica::Impl::count(const Vote& vote) {
  if (vote.view <= certificates_.final_view() || vote.view > horizon() || too_old(vote.view)) return;
  VoteSet& set = votes_.try_emplace(vote.view, validators_).first->second;
  const VoteSet::Added added = set.add(vote);
  if (added.contradicts) actions_.evidence.push_back(Evidence{vote.validator, *added.contradicts, vote});
  if (!added.fresh) return;
  changed_ = true;
  auto certificate = set.certificate(vote.kind, vote.block);
  if (!certificate) return;
  if (const BlockRef* block = blocks_.find(vote.block); block != nullptr) certificate->height = block->height;
  accept(*certificate);
}

void Replica::Impl::accept(const Certificate& certificate) {
  count_signers(certificate);
  const bool again = certificate.block == certificates_.final_block();
  if (!certificates_.add(certificate)) return;
  changed_ = true;
  if (certificate.kind != VoteKind::kNullify && certificate.view > tip_view_) {
    tip_view_ = certificate.view;
    tip_since_ = now_;
  }
  if (certificate.kind == VoteKind::kFinalize) {
    back_off_.reset();  // rule 12
    lost_with_work_ = false;
    forget_decided();
    decided_sequence_ = own_.last_sequence() - own_.records();
    if (again) keep_finalization();
  } else if (keeping_) {
    actions_.keep.push_back(certificate);  // rule 18
  }
  if (certificate.view >= view_) enter(View{certificate.view.value + 1}, certificate);  // rule 1
}

void Replica::Impl::count_signers(const Certificate& certificate) {
  const bool recent =
      certificate.view > certificates_.final_view() && certificate.view <= horizon() && !too_old(certificate.view);
  for (std::size_t i = 0; i < certificate.validators.size(); ++i) {
    const ValidatorIndex signer = certificate.validators[i];
    peers_.heard(signer, certificate.view);
    const Vote vote{certificate.kind, certificate.epoch,        certificate.view, certificate.block,
                    signer,           certificate.signatures[i]};
    if (signer == config_.self) notice_rollback(vote);
    if (!recent || signer == config_.self) continue;
    const auto added = votes_.try_emplace(vote.view, validators_).first->second.add(vote);
    if (added.contradicts) actions_.evidence.push_back(Evidence{signer, *added.contradicts, vote});
  }
}

// Without work a leader has nothing to propose, and one that got no time could not; what comes in a turn without time
// shows no more than that.
void Replica::Impl::judge_turn(const Certificate& ended_by) {
  const ValidatorIndex leader = leader_of(ended_by.view);
  if (ended_by.view == view_ && round_.skipped) return;
  if (ended_by.kind != VoteKind::kNullify)
    peers_.used_turn(leader);
  else if (ended_by.view == view_ && has_work_)
    peers_.lost_turn(leader);
}

void Replica::Impl::enter(View view, const Certificate& by) {
  judge_turn(by);  // rule 22
  const bool lost = by.kind == VoteKind::kNullify || (by.kind == VoteKind::kNotarize && own_.nullified(by.view));
  if (lost && !round_.skipped) {
    back_off_.lengthen();  // rule 12
    lost_with_work_ = lost_with_work_ || has_work_ || tip_view_ > certificates_.final_view();
  }
  if (view.value > view_.value + validators_)
    peers_.all_heard(View{view.value - 1});  // rule 11: we have not listened to what we jumped over
  view_ = view;
  entered_by_ = by;
  round_ = Round{};
  round_.entered_at = now_;
  timers_.stop();
  retry_at_.reset();
  schedule_forward();  // rule 10
  forget_old_views();
  changed_ = true;
}

// ---- work and clocks (rules 11, 13, 22)
// -------------------------------------------------------------------------------

bool Replica::Impl::others_voted() const {
  const auto votes = votes_.find(view_);
  return votes != votes_.end() && votes->second.heard_other_than(config_.self);
}

bool Replica::Impl::tip_late(std::int64_t after_ms) const {
  return tip_view_ > certificates_.final_view() && now_ >= later(tip_since_, after_ms);
}

bool Replica::Impl::working() const {
  return has_work_ || tip_late(config_.delta_ms) || others_voted();
}

bool Replica::Impl::skips_leader(View view) const {
  const ValidatorIndex leader = leader_of(view);
  if (view.value <= validators_ || leader == config_.self) return false;
  const View its_last_turn{view.value - validators_};
  return peers_.silent_alone(leader, its_last_turn, quorum(validators_)) ||           // rule 11
         peers_.in_doubt(leader, view.value / validators_, max_faulty(validators_));  // rule 22
}

void Replica::Impl::refresh_clocks() {
  if (!may_vote() || !working()) {
    timers_.stop();
    retry_at_.reset();
    return;
  }
  if (!timers_.running()) {
    round_.skipped = skips_leader(view_);
    timers_.start(now_, back_off_.current_ms(), round_.skipped);
  }
  if (proposals_.contains(view_)) timers_.proposal_seen();
  if (!retry_at_) retry_at_ = later(now_, retry_ms());
  if (timers_.take_halfway(now_) && has_work_ && leader_of(view_) != config_.self)
    actions_.forward_pool_to = leader_of(view_);
}

// ---- leading (rules 2, 3) -----------------------------------------------------------------------------------------

void Replica::Impl::lead() {
  if (!may_vote() || leader_of(view_) != config_.self || !own_.may_notarize(view_)) return;
  if (round_.building || !working()) return;
  const View parent_view = certificates_.highest_certified_below(view_);
  if (const auto gap = certificates_.first_gap(parent_view, view_); gap) {
    round_.wanted_above = View{gap->value - 1};
    return;
  }
  const Digest parent = *certificates_.certified_in(parent_view);
  if (!blocks_.ready(parent)) return;
  const BlockRef tip = *blocks_.find(parent);
  const bool undecided = parent_view > certificates_.final_view();
  const bool crowded = tip.height.value - blocks_.root().height.value >= kCertifiedAboveFinalMax;  // rule 20
  const bool may_build = !round_.build_again_at || now_ >= *round_.build_again_at;
  if (has_work_ && !crowded && !tip.closes_epoch && may_build) {  // rules 2, 21
    round_.building = BuildRequest{view_, tip};
    round_.building_on = parent_view;
    actions_.build = round_.building;
  } else if (undecided && (crowded || tip_late(config_.delta_ms + config_.delta_ms / 2))) {  // rule 3
    propose(tip, parent_view);
  }
}

void Replica::Impl::propose(const BlockRef& block, View parent_view) {
  blocks_.learn(block);
  const JournalRecord& record = cast(VoteKind::kNotarize, view_, block.digest);
  const Proposal proposal{block, record.vote, parent_view};
  round_.own_proposal = proposal;
  round_.proposal_handled = true;
  proposals_.insert_or_assign(view_, proposal);
  actions_.send_after_persist.push_back(Outgoing{std::nullopt, proposal});
}

// ---- following (rules 4, 5, 6) ------------------------------------------------------------------------------------

void Replica::Impl::consider_proposal() {
  const auto found = proposals_.find(view_);
  if (found == proposals_.end() || round_.proposal_handled || !may_vote() || !own_.may_notarize(view_)) return;
  const Proposal& proposal = found->second;
  switch (check(proposal)) {
    case Check::kWaiting:
      return;
    case Check::kInvalid:
      round_.proposal_handled = round_.invalid = true;
      changed_ = true;
      return;
    case Check::kReady:
      break;
  }
  round_.proposal_handled = true;
  if (!blocks_.ready(proposal.block.digest)) {  // rule 4
    verifying_.insert(proposal.block.digest);
    actions_.verify.push_back(VerifyRequest{view_, proposal.block, proposal.vote.validator});
    return;
  }
  const Vote vote = cast(VoteKind::kNotarize, view_, proposal.block.digest).vote;  // rule 5
  actions_.send_after_persist.push_back(Outgoing{std::nullopt, VoteMessage{vote, certificates_.final_view()}});
}

// Rule 20. Whoever is that far behind waits for a finalization, or catches up.
bool Replica::Impl::too_high(Height height) const {
  return height.value > blocks_.root().height.value + kCertifiedAboveFinalMax;
}

Replica::Impl::Check Replica::Impl::check(const Proposal& proposal) {
  const bool again = proposal.block.view < view_;
  const Digest& base = again ? proposal.block.digest : proposal.block.parent;
  // A view below the last final one has no place: that one was never nullified.
  if (proposal.parent_view < certificates_.final_view() || proposal.parent_view >= view_) return Check::kInvalid;
  const auto certified = certificates_.certified_in(proposal.parent_view);
  if (certified && *certified != base) return Check::kInvalid;
  const auto gap = certificates_.first_gap(proposal.parent_view, view_);
  if (!certified || gap) {
    // certified_in(0) is genesis or something newer is final: an uncertified parent view is at least 1.
    round_.wanted_above = View{(certified ? gap->value : proposal.parent_view.value) - 1};
    return Check::kWaiting;
  }
  if (!blocks_.ready(base)) return Check::kWaiting;
  if (!again && proposal.block.height.value != blocks_.find(base)->height.value + 1) return Check::kInvalid;
  if (!again && blocks_.find(base)->closes_epoch) return Check::kInvalid;  // rule 21
  if (too_high(proposal.block.height)) {
    round_.wants_finalization = true;
    return Check::kWaiting;
  }
  return Check::kReady;
}

bool Replica::Impl::leader_nullified() const {
  const auto votes = votes_.find(view_);
  return votes != votes_.end() && votes->second.has(VoteKind::kNullify, leader_of(view_));
}

// At once; but where views were lost before, what back-off adds to the leader's time: if all refuse what every leader
// proposes, as with clocks that were set back, views must not pass as fast as the network is.
TimeMs Replica::Impl::invalid_due() const {
  return later(round_.entered_at, 2 * (back_off_.current_ms() - config_.delta_ms));
}

void Replica::Impl::nullify_if_due() {
  if (!may_vote() || !own_.may_nullify(view_)) return;
  const bool invalid = round_.invalid && now_ >= invalid_due();
  const bool due = invalid || leader_nullified() || timers_.leader_late(now_) || timers_.view_late(now_);
  if (!due) return;
  const Vote vote = cast(VoteKind::kNullify, view_, Digest{}).vote;  // rule 6
  actions_.send_after_persist.push_back(Outgoing{std::nullopt, VoteMessage{vote, certificates_.final_view()}});
}

// ---- finalize votes (rule 7) --------------------------------------------------------------------------------------

bool Replica::Impl::leader_contradicted(View view) const {
  const auto votes = votes_.find(view);
  return votes != votes_.end() && votes->second.contradicted(leader_of(view));
}

void Replica::Impl::finalize_votes() {
  if (!may_vote()) return;
  for (const auto& [view, notarization] : certificates_.notarizations()) {
    const Digest block = notarization.block;
    if (!blocks_.ready(block) || !own_.may_finalize(view, block) || leader_contradicted(view)) continue;
    const Vote vote = cast(VoteKind::kFinalize, view, block).vote;
    actions_.send_after_persist.push_back(Outgoing{std::nullopt, VoteMessage{vote, certificates_.final_view()}});
  }
}

// ---- casting (rule 17) --------------------------------------------------------------------------------------------

JournalRecord& Replica::Impl::cast(VoteKind kind, View view, const Digest& block) {
  Vote vote{kind, config_.epoch, view, block, *config_.self, {}};
  vote.signature = config_.signer->sign(vote);
  std::optional<Certificate> justification;
  if (kind == VoteKind::kFinalize)
    justification = *certificates_.notarization(view);
  else if (!own_.spoke_in(view))
    justification = entered_by_;
  changed_ = true;
  JournalRecord& record = actions_.persist.emplace_back(own_.record(vote, std::move(justification)));
  keep_certificates();
  return record;
}

// Rule 18. Whoever leads needs the nullification of every view since the last that was certified. After a power cut of
// everybody none would be left of those that all journals have dropped, and nothing could be proposed ever again.
void Replica::Impl::keep_certificates() {
  if (keeping_ || own_.last_sequence() - decided_sequence_ <= kRecordsAloneMax) return;
  keeping_ = true;
  for (Certificate& certificate : certificates_.above(certificates_.final_view(), certificates_.size()))
    actions_.keep.push_back(std::move(certificate));
}

// A commit drops from the disk what was kept, also of views above its own.
void Replica::Impl::keep_anew() {
  keeping_ = false;
  keep_certificates();
}

// Of a block that is committed no commit stores a later finalization. Without it, and once the journals have dropped
// the view's notarization, nobody could show that anything was certified there, and its nullification never was.
void Replica::Impl::keep_finalization() {
  if (certificates_.final_block() == blocks_.root().digest) actions_.keep.push_back(*certificates_.finalization());
}

}  // namespace kimberlite::consensus
