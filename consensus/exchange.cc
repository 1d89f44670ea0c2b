// What peers are told and asked outside the votes of a view: certificates forwarded lazily, pulled when behind,
// answered on request; retries; what a peer is known to know. Rule numbers: README.md.
#include <algorithm>
#include <utility>

#include "consensus/internal/replica_impl.h"

namespace kimberlite::consensus {

namespace {

/// Most finalize votes of earlier views repeated at a time.
constexpr std::size_t kFinalizesRepeatedMax = kCertifiedAboveFinalMax;

}  // namespace

void Replica::Impl::send(std::optional<ValidatorIndex> to, Message message) {
  // A follower has no address that a validator could answer to: it listens.
  if (validators_ > 1 && config_.self) actions_.send.push_back(Outgoing{to, std::move(message)});
}

// ---- what peers know (rules 10, 15) -------------------------------------------------------------------------------

void Replica::Impl::raise(ValidatorIndex validator, View reached) {
  Peer& peer = peers_[validator];
  if (reached <= peer.reached) return;
  peer.reached = reached;
  if (reached <= view_ || !config_.self) return;
  peer.to_be_asked = true;
  if (!pull_at_) pull_at_ = later(now_, short_delay_ms());
}

void Replica::Impl::track(const Vote& vote, View final_view, bool own_word) {
  Peer& peer = peers_[vote.validator];
  peer.final_view = final_view;
  peers_.heard(vote.validator, std::min(vote.view, horizon()));
  const bool over = vote.kind != VoteKind::kFinalize && vote.view < view_;
  if (over && own_word) {
    // It may have restarted: believe its newest word. If the word was merely late, one certificate is sent in vain.
    // What another passes on says nothing of where it stands now.
    peer.reached = vote.view;
    peer.owed_certificate = true;
    schedule_forward();
  }
  raise(vote.validator,
        View{std::max(vote.view.value + (vote.kind == VoteKind::kFinalize ? 1 : 0), final_view.value + 1)});
  if (final_view < certificates_.final_view() && vote.view > certificates_.final_view()) {
    peer.owed_finalization = true;
    schedule_forward();
  }
}

void Replica::Impl::track_certificate(ValidatorIndex from, const Certificate& certificate) {
  if (from == config_.self) return;
  raise(from, View{certificate.view.value + 1});
  if (certificate.kind == VoteKind::kFinalize)
    peers_[from].final_view = std::max(peers_[from].final_view, certificate.view);
}

void Replica::Impl::notice_rollback(const Vote& vote) {
  // Of an epoch before the journal's the journal may have dropped what was said.
  if (rolled_back_ || !later_journal_.empty() || vote.view <= own_.closed() || own_.said(vote)) return;
  rolled_back_ = actions_.rolled_back = true;  // rule 18
}

// ---- forwarding (rule 10) -----------------------------------------------------------------------------------------

void Replica::Impl::schedule_forward() {
  if (forward_at_ || !entered_by_ || !config_.self || validators_ == 1) return;
  forward_at_ = later(now_, short_delay_ms());
  forward_view_ = view_;
}

void Replica::Impl::forward_certificates() {
  if (!forward_at_ || now_ < *forward_at_) return;
  forward_at_.reset();
  const Certificate* finalization = certificates_.finalization();  // a start in mid catch-up has none
  for (ValidatorIndex validator = 0; validator < peers_.size(); ++validator) {
    if (validator == config_.self) continue;
    Peer& peer = peers_[validator];
    if (peer.reached < forward_view_ || (peer.owed_certificate && peer.reached < view_))
      send_position(validator);
    else if (peer.owed_finalization && finalization != nullptr && peer.final_view < finalization->view)
      send(validator, *finalization);
    peer.owed_certificate = peer.owed_finalization = false;
  }
  if (view_ > forward_view_) schedule_forward();
}

void Replica::Impl::send_position(ValidatorIndex to) {
  if (entered_by_) send(to, *entered_by_);
  const Certificate* finalization = certificates_.finalization();
  if (finalization != nullptr && entered_by_ != *finalization && peers_[to].final_view < finalization->view)
    send(to, *finalization);
}

// ---- pulling (rule 15) --------------------------------------------------------------------------------------------

void Replica::Impl::pull_certificates() {
  if (!pull_at_ || now_ < *pull_at_) return;
  pull_at_.reset();
  const std::size_t enough = max_faulty(validators_) + 1;
  const bool surely_behind = peers_.ahead_of(view_) >= enough;
  std::vector<ValidatorIndex> ahead;
  for (ValidatorIndex validator = 0; validator < peers_.size(); ++validator) {
    Peer& peer = peers_[validator];
    if (peer.reached > view_ && (surely_behind || peer.to_be_asked)) ahead.push_back(validator);
    peer.to_be_asked = false;
  }
  std::sort(ahead.begin(), ahead.end(), [&](ValidatorIndex a, ValidatorIndex b) {
    return peers_[a].reached != peers_[b].reached ? peers_[a].reached > peers_[b].reached : a < b;
  });
  if (ahead.size() > enough) ahead.resize(enough);
  for (const ValidatorIndex validator : ahead)
    send(validator, CertificateRequest{config_.epoch, View{view_.value - 1}, false});
  // One liar is asked once for each lie; that f + 1 are ahead is true.
  if (surely_behind) pull_at_ = later(now_, config_.delta_ms);
}

void Replica::Impl::ask_for_wanted(ValidatorIndex peer) {
  if (peer == config_.self) return;
  if (round_.wanted_above) send(peer, CertificateRequest{config_.epoch, *round_.wanted_above, false});
  if (round_.wants_finalization) send(peer, CertificateRequest{config_.epoch, certificates_.final_view(), true});
}

// An answer is many certificates, one message each: while they come, the next gap is no reason to ask again.
std::optional<TimeMs> Replica::Impl::wanted_due() const {
  if (!round_.wanted_above || round_.asked_above == round_.wanted_above) return std::nullopt;
  return round_.asked_at ? later(*round_.asked_at, short_delay_ms()) : now_;
}

void Replica::Impl::ask_once() {
  // The leader built on it, so it has it; one that leads itself asks those whose certificate brought it here.
  const bool leads = leader_of(view_) == config_.self;
  if (const auto due = wanted_due(); due && now_ >= *due) {
    round_.asked_above = round_.wanted_above;
    round_.asked_at = now_;
    const CertificateRequest request{config_.epoch, *round_.wanted_above, false};
    if (!leads) send(leader_of(view_), request);
    if (leads && entered_by_)
      for (std::size_t i = 0; i <= max_faulty(validators_) + 1 && i < entered_by_->validators.size(); ++i)
        if (entered_by_->validators[i] != config_.self) send(entered_by_->validators[i], request);
  }
  if (round_.wants_finalization && !round_.asked_finalization) {
    round_.asked_finalization = true;
    if (!leads) send(leader_of(view_), CertificateRequest{config_.epoch, certificates_.final_view(), true});
  }
  if (tip_late(config_.delta_ms) && asked_final_for_ != tip_view_) {  // rule 14
    asked_final_for_ = tip_view_;
    send(std::nullopt, CertificateRequest{config_.epoch, certificates_.final_view(), true});
  }
}

// ---- answering (rules 14, 15) -------------------------------------------------------------------------------------

void Replica::Impl::answer(const CertificateRequest& request, ValidatorIndex to) {
  const Certificate* finalization = certificates_.finalization();
  std::size_t left = kCertificatesPerAnswer;
  if (finalization != nullptr && finalization->view > request.from_view) {
    send(to, *finalization);
    --left;
  }
  if (request.finalization_only) return;
  if (entered_by_ && entered_by_->view > request.from_view && entered_by_->kind != VoteKind::kFinalize) {
    send(to, *entered_by_);
    --left;
  }
  for (Certificate& certificate : certificates_.above(request.from_view, left))
    if (certificate != entered_by_) send(to, std::move(certificate));
}

void Replica::Impl::on(const PeerConnected& input) {
  if (input.peer >= peers_.size() || input.peer == config_.self) return;
  peers_[input.peer].reached = View{};
  peers_[input.peer].final_view = View{};
  send_position(input.peer);
  send_votes(input.peer);
}

// ---- retrying (rule 9) --------------------------------------------------------------------------------------------

void Replica::Impl::send_votes(std::optional<ValidatorIndex> to) {
  if (!may_vote()) return;
  for (const Vote& vote : own_.cast_in(view_)) {
    if (vote.kind == VoteKind::kNotarize && round_.own_proposal)
      send(to, *round_.own_proposal);
    else
      send(to, VoteMessage{vote, certificates_.final_view()});
  }
  for (const Vote& vote : own_.finalizes_above(certificates_.final_view(), kFinalizesRepeatedMax))
    send(to, VoteMessage{vote, certificates_.final_view()});
}

void Replica::Impl::retry() {
  if (!retry_at_ || now_ < *retry_at_) return;
  retry_at_ = later(now_, retry_ms());
  ++retries_;
  send_votes(std::nullopt);
  for (ValidatorIndex validator = 0; validator < peers_.size(); ++validator)
    if (validator != config_.self && peers_[validator].reached < view_) send_position(validator);
  ask_for_wanted(leader_of(view_));
  ask_for_wanted(static_cast<ValidatorIndex>(retries_ % validators_));
  if (tip_late(config_.delta_ms))
    send(std::nullopt, CertificateRequest{config_.epoch, certificates_.final_view(), true});
}

}  // namespace kimberlite::consensus
