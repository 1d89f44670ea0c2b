#include "consensus/internal/own_votes.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

/// Notarize and nullify votes are cast in ascending views, and a finalize vote never above them. So a record that the
/// ring has dropped is about a view at or below the first such vote that is left. Epochs ascend as well: while one of
/// another epoch is left, nothing of this one was dropped.
View highest_view_dropped(const std::vector<JournalRecord>& journal, Epoch epoch) {
  if (journal.empty() || journal.front().sequence == 1 || journal.front().vote.epoch != epoch) return View{};
  View highest;
  for (const JournalRecord& record : journal) {
    highest = std::max(highest, record.vote.view);
    if (record.vote.kind != VoteKind::kFinalize) break;
  }
  return highest;
}

}  // namespace

OwnVotes::OwnVotes(const std::vector<JournalRecord>& journal, Epoch epoch,
                   const std::function<bool(const Digest&)>& body_here) {
  for (const JournalRecord& record : journal) {
    KIMBERLITE_ASSERT(record.sequence > last_sequence_, "journal records in ascending sequence");
    last_sequence_ = record.sequence;
    if (record.vote.epoch != epoch) continue;
    remember(record.vote);
    const bool held = record.vote.kind == VoteKind::kNotarize && !body_here(record.vote.block);
    (held ? withheld_ : said_[record.vote.view].cast).push_back(record.vote);
  }
  // In a view given up only that is repeated: whoever could not give it up holds the notarization.
  for (auto& [view, said] : said_)
    if (said.nullified) std::erase_if(said.cast, [](const Vote& vote) { return vote.kind == VoteKind::kNotarize; });
  closed_ = highest_view_dropped(journal, epoch);
}

void OwnVotes::remember(const Vote& vote) {
  Said& said = said_[vote.view];
  switch (vote.kind) {
    case VoteKind::kNotarize:
      said.notarized = vote.block;
      return;
    case VoteKind::kNullify:
      said.nullified = true;
      return;
    case VoteKind::kFinalize:
      said.finalized = vote.block;
      return;
  }
}

bool OwnVotes::may_notarize(View view) const {
  if (view <= closed_) return false;
  const auto found = said_.find(view);
  return found == said_.end() || (!found->second.notarized && !found->second.nullified && !found->second.finalized);
}

bool OwnVotes::may_nullify(View view) const {
  if (view <= closed_) return false;
  const auto found = said_.find(view);
  return found == said_.end() || (!found->second.nullified && !found->second.finalized);
}

bool OwnVotes::may_finalize(View view, const Digest& block) const {
  if (view <= closed_) return false;
  const auto found = said_.find(view);
  if (found == said_.end()) return true;
  const Said& said = found->second;
  return !said.nullified && !said.finalized && (!said.notarized || *said.notarized == block);
}

bool OwnVotes::said(const Vote& vote) const {
  const auto found = said_.find(vote.view);
  if (found == said_.end()) return false;
  switch (vote.kind) {
    case VoteKind::kNotarize:
      return found->second.notarized == vote.block;
    case VoteKind::kNullify:
      return found->second.nullified;
    case VoteKind::kFinalize:
      return found->second.finalized == vote.block;
  }
  return false;
}

bool OwnVotes::nullified(View view) const {
  const auto found = said_.find(view);
  return found != said_.end() && found->second.nullified;
}

JournalRecord OwnVotes::record(const Vote& vote, std::optional<Certificate> justification) {
  KIMBERLITE_ASSERT(vote.kind == VoteKind::kNotarize  ? may_notarize(vote.view)
                    : vote.kind == VoteKind::kNullify ? may_nullify(vote.view)
                                                      : may_finalize(vote.view, vote.block),
                    "a vote that contradicts nothing said before");
  remember(vote);
  pending_.emplace_back(++last_sequence_, vote);
  return JournalRecord{last_sequence_, vote, std::move(justification)};
}

std::vector<Vote> OwnVotes::durable(std::uint64_t sequence) {
  std::vector<Vote> votes;
  for (; !pending_.empty() && pending_.front().first <= sequence; pending_.pop_front()) {
    const Vote& vote = votes.emplace_back(pending_.front().second);
    if (const auto found = said_.find(vote.view); found != said_.end()) found->second.cast.push_back(vote);
  }
  return votes;
}

std::vector<Vote> OwnVotes::release(const Digest& block) {
  std::vector<Vote> released;
  for (const Vote& vote : withheld_) {
    const auto found = said_.find(vote.view);
    if (vote.block != block || found == said_.end() || found->second.nullified) continue;
    found->second.cast.push_back(vote);
    released.push_back(vote);
  }
  std::erase_if(withheld_, [&](const Vote& vote) { return vote.block == block; });
  return released;
}

std::vector<Vote> OwnVotes::cast_in(View view) const {
  const auto found = said_.find(view);
  return found == said_.end() ? std::vector<Vote>{} : found->second.cast;
}

std::vector<Vote> OwnVotes::finalizes_above(View view, std::size_t limit) const {
  std::vector<Vote> votes;
  for (auto said = said_.rbegin(); said != said_.rend() && said->first > view && votes.size() < limit; ++said)
    for (const Vote& vote : said->second.cast)
      if (vote.kind == VoteKind::kFinalize) votes.push_back(vote);
  return votes;
}

void OwnVotes::close(View view) {
  closed_ = std::max(closed_, view);
  said_.erase(said_.begin(), said_.upper_bound(view));
}

std::uint64_t OwnVotes::records() const {
  std::uint64_t count = 0;
  for (const auto& [view, said] : said_)
    count += (said.notarized ? 1U : 0U) + (said.nullified ? 1U : 0U) + (said.finalized ? 1U : 0U);
  return count;
}

}  // namespace kimberlite::consensus
