// Start: what the disk remembers becomes the replica's state before anything is sent (rules 17, 18 of README.md).
#include <algorithm>
#include <utility>

#include "consensus/internal/replica_impl.h"
#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

/// A final block that closed an epoch is the one on which this epoch begins.
BlockRef root_of(const Recovered& recovered) {
  BlockRef root = recovered.final_block;
  if (root.closes_epoch) {
    root.view = View{};
    root.closes_epoch = false;
  }
  return root;
}

View final_view_of(const Recovered& recovered) {
  return recovered.finalization ? recovered.finalization->view : root_of(recovered).view;
}

}  // namespace

Replica::Impl::Impl(Config config, Recovered recovered)
    : observer_(config, recovered),
      config_(std::move(config)),
      validators_(config_.validators.size()),
      order_(config_.leader_seed, validators_),
      back_off_(config_.delta_ms),
      certificates_(recovered.final_block.digest, final_view_of(recovered), recovered.finalization),
      blocks_(root_of(recovered)),
      peers_(validators_) {
  KIMBERLITE_ASSERT(config_.delta_ms > 0, "a positive delta");
  KIMBERLITE_ASSERT(!recovered.finalization || !recovered.final_block.closes_epoch,
                    "an epoch begins without a finalization of its own");
  KIMBERLITE_ASSERT(!config_.self || (*config_.self < validators_ && config_.signer != nullptr),
                    "a validator of the set with a signer, or a follower");
  if (recovered.finalization) {
    view_ = View{recovered.finalization->view.value + 1};
    entered_by_ = recovered.finalization;
  }
  for (const BlockRef& block : recovered.bodies) blocks_.set_ready(block);
  for (const Certificate& certificate : recovered.certificates) adopt(certificate);
  adopt_journal(recovered.journal);
  const auto later = [&](const JournalRecord& record) { return record.vote.epoch > config_.epoch; };
  if (std::ranges::any_of(recovered.journal, later)) later_journal_ = std::move(recovered.journal);
  tip_view_ = certificates_.highest_certified_below(view_);
}

Replica::Impl::Impl(Config config, BlockRef closing, const Impl& before)
    : Impl(std::move(config), Recovered{closing, std::nullopt, {}, before.later_journal_, {}}) {
  KIMBERLITE_ASSERT(config_.epoch.value == before.config_.epoch.value + 1, "epochs follow one another");
  const bool same_key = config_.self && before.config_.self &&
                        config_.validators[*config_.self].key == before.config_.validators[*before.config_.self].key;
  // Otherwise nothing was said since the journal was read back, and both go on from it already.
  if (before.later_journal_.empty()) {
    observer_ = Observer(config_, closing, before.observer_);
    own_ = OwnVotes(before.own_.last_sequence());
    decided_sequence_ = own_.last_sequence();
  }
  rolled_back_ = same_key && before.rolled_back_;
  has_work_ = before.has_work_;
  now_ = before.now_;
}

/// The view taken up is the highest for which a certificate is at hand.
void Replica::Impl::adopt(const Certificate& certificate) {
  certificates_.add(certificate);
  const View next{certificate.view.value + 1};
  if (next <= view_) return;
  view_ = next;
  entered_by_ = certificate;
}

void Replica::Impl::adopt_journal(const std::vector<JournalRecord>& journal) {
  own_ = OwnVotes(journal, config_.epoch, [this](const Digest& block) { return blocks_.ready(block); });
  for (const JournalRecord& record : journal)
    if (record.vote.epoch == config_.epoch && record.justification) adopt(*record.justification);
  own_.close(certificates_.final_view());
  decided_sequence_ = own_.last_sequence() - own_.records();
}

Actions Replica::Impl::start(TimeMs now) {
  now_ = tip_since_ = now;
  peers_.all_heard(View{view_.value - 1});
  const View first{
      std::max(certificates_.final_view().value + 1, view_.value - std::min(view_.value, 2 * validators_))};
  for (View view = first; view <= view_; ++view.value)
    for (const Vote& vote : own_.cast_in(view)) count(vote);
  restore_proposal();
  send_votes(std::nullopt);
  schedule_forward();
  settle();
  Actions actions = finish();
  observer_.check(nullptr, actions, standing());
  return actions;
}

/// A leader that had proposed when it stopped says the same again.
void Replica::Impl::restore_proposal() {
  if (leader_of(view_) != config_.self) return;
  for (const Vote& vote : own_.cast_in(view_)) {
    if (vote.kind != VoteKind::kNotarize) continue;
    const BlockRef& block = *blocks_.find(vote.block);
    const View parent_view = certificates_.highest_certified_below(view_);
    const Digest& base = block.view < view_ ? block.digest : block.parent;
    if (certificates_.certified_in(parent_view) != base || certificates_.first_gap(parent_view, view_)) continue;
    round_.own_proposal = Proposal{block, vote, parent_view};
    proposals_.emplace(view_, *round_.own_proposal);
  }
}

}  // namespace kimberlite::consensus
