#include "node/runtime/first_vote.h"

#include <algorithm>
#include <functional>

#include "proto/validator_set.h"

namespace kimberlite::runtime {

bool as_far_as_others(std::size_t validators, Height tip, std::vector<Height> told) {
  if (told.size() + 1 < quorum(validators)) return false;
  if (told.empty()) return true;  // nobody else votes
  const std::size_t liars_max = max_faulty(validators);
  std::ranges::sort(told, std::greater());
  // A quorum is 2f + 1 at least, so that f + 1 others are among those who spoke.
  const std::size_t passed_over = std::min(liars_max, told.size() - (liars_max + 1));
  return tip >= told[passed_over];
}

void VotedSpan::add(const consensus::JournalRecord& record) {
  const std::pair at(record.vote.epoch, record.vote.view);
  if (record.sequence == 1) first_ = at;
  newest_ = std::max(newest_, at);
}

bool VotedSpan::covers(Epoch epoch, View view) const {
  const std::pair at(epoch, view);
  return first_ <= at && at <= newest_;
}

}  // namespace kimberlite::runtime
