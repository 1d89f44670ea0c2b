// From finalizations to final blocks: committing a chain in order, fetching bodies, catching up, forgetting what is
// decided. Rule numbers: README.md.
#include <algorithm>
#include <utility>

#include "consensus/internal/replica_impl.h"

namespace kimberlite::consensus {

// ---- committing (rules 8, 16) -------------------------------------------------------------------------------------

void Replica::Impl::commit_final() {
  if (catching_up_) return;
  if (certificates_.final_block() == blocks_.root().digest) {
    commit_stuck_since_.reset();
    return;
  }
  const auto path = blocks_.path(certificates_.final_block());
  if (path &&
      std::all_of(path->begin(), path->end(), [&](const BlockRef& block) { return blocks_.ready(block.digest); }))
    return commit(*path);
  if (!commit_stuck_since_) commit_stuck_since_ = now_;
  const Certificate& finalization = *certificates_.finalization();
  // The hint is not trusted: it only chooses the way.
  const std::uint64_t height = path ? path->back().height.value : finalization.height.value;
  const bool too_far = too_high(Height{height});
  const std::int64_t patience_ms = path ? kFetchPatienceDeltas * config_.delta_ms : config_.delta_ms;
  if (!too_far && now_ < later(*commit_stuck_since_, patience_ms)) return;
  actions_.catch_up = finalization;
  catching_up_ = true;
}

void Replica::Impl::commit(const std::vector<BlockRef>& path) {
  actions_.finalized.insert(actions_.finalized.end(), path.begin(), path.end());
  actions_.finalization = *certificates_.finalization();
  actions_.finalization->height = path.back().height;
  blocks_.set_root(path.back());
  commit_stuck_since_.reset();
  keep_anew();
  changed_ = true;
}

void Replica::Impl::on(const CaughtUp& input) {
  catching_up_ = false;
  commit_stuck_since_.reset();
  if (input.block.height > blocks_.root().height) blocks_.set_root(input.block);
  accept(input.finalization);
  keep_anew();  // as commit()
  if (input.finalization.view < certificates_.final_view()) keep_finalization();
}

// ---- forgetting (rule 15) -----------------------------------------------------------------------------------------

void Replica::Impl::forget_decided() {
  const View decided = certificates_.final_view();
  votes_.erase(votes_.begin(), votes_.upper_bound(decided));
  const auto wanted = wanted_bodies();  // rule 16: a proposal is one
  std::erase_if(proposals_,
                [&](const auto& one) { return one.first <= decided && !wanted.contains(one.second.block.digest); });
  own_.close(decided);
}

void Replica::Impl::forget_old_views() {
  if (view_.value <= 2 * validators_) return;
  const View oldest{view_.value - 2 * validators_};
  votes_.erase(votes_.begin(), votes_.lower_bound(oldest));
  proposals_.erase(proposals_.begin(), proposals_.lower_bound(oldest));
  std::set<Digest> proposed;
  for (const auto& [view, proposal] : proposals_) proposed.insert(proposal.block.digest);
  std::erase_if(verifying_, [&](const Digest& digest) { return !proposed.contains(digest); });
  std::set<Digest> certified{certificates_.final_block()};
  for (const auto& [view, notarization] : certificates_.notarizations()) certified.insert(notarization.block);
  blocks_.forget_if([&](const BlockRef& block) { return block.view < oldest && !certified.contains(block.digest); });
}

// ---- fetching bodies (rule 16) ------------------------------------------------------------------------------------

std::map<Digest, std::vector<ValidatorIndex>> Replica::Impl::wanted_bodies() const {
  std::map<Digest, std::vector<ValidatorIndex>> wanted;
  for (const auto& [view, notarization] : certificates_.notarizations())
    if (!blocks_.ready(notarization.block)) wanted.emplace(notarization.block, notarization.validators);
  const Digest& last = certificates_.final_block();
  if (catching_up_ || last == blocks_.root().digest) return wanted;
  const auto& voters = certificates_.finalization()->validators;
  if (!blocks_.ready(last)) wanted.emplace(last, voters);
  if (const auto path = blocks_.path(last); path)
    for (const BlockRef& block : *path)
      if (!blocks_.ready(block.digest)) wanted.emplace(block.digest, voters);
  return wanted;
}

// A proposal that came after its block was certified has no turn any more, but it is the body (rule 16).
void Replica::Impl::try_proposal(const Digest& digest, Missing& missing) {
  const BlockRef* block = blocks_.find(digest);
  if (missing.tried || block == nullptr || !blocks_.ready(block->parent) || too_high(block->height)) return;
  const auto found = proposals_.find(block->view);
  if (found == proposals_.end() || found->second.block.digest != digest) return;
  if (!verifying_.insert(digest).second) return;
  missing.tried = true;
  actions_.verify.push_back(VerifyRequest{found->first, found->second.block, found->second.vote.validator});
}

void Replica::Impl::plan_fetches() {
  const auto wanted = wanted_bodies();
  std::erase_if(missing_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  for (const auto& [digest, voters] : wanted) {
    Missing& missing = missing_.try_emplace(digest, Missing{now_, std::nullopt}).first->second;
    try_proposal(digest, missing);
    // Its verification is under way: that is no reason to fetch, unless the leader gave out envelopes that it keeps to
    // itself, to take the next leader's time.
    const bool in_turn = verifying_.contains(digest) && !missing.tried;
    const std::int64_t patience_ms = in_turn ? std::max<std::int64_t>(1, config_.delta_ms / 2) : short_delay_ms();
    const TimeMs due = missing.asked ? later(*missing.asked, retry_ms()) : later(missing.since, patience_ms);
    if (now_ >= due) {
      missing.asked = now_;
      actions_.fetch.push_back(FetchBlock{digest, voters});
    }
    note_deadline(missing.asked ? later(*missing.asked, retry_ms()) : due);
  }
}

}  // namespace kimberlite::consensus
