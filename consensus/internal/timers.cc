#include "consensus/internal/timers.h"

#include <algorithm>

namespace kimberlite::consensus {

BackOff::BackOff(std::int64_t delta_ms) : delta_ms_(delta_ms), current_ms_(delta_ms) {}

void BackOff::lengthen() {
  const std::int64_t longest = std::max(delta_ms_, kViewTimeMaxMs / 3);
  current_ms_ = std::min(longest, current_ms_ + (current_ms_ + 1) / 2);
}

void ViewTimers::start(TimeMs now, std::int64_t delta_ms, bool skip_leader) {
  leader_deadline_ = later(now, skip_leader ? 0 : 2 * delta_ms);
  view_deadline_ = later(now, skip_leader ? 0 : 3 * delta_ms);
  forward_at_.reset();
  if (!skip_leader) forward_at_ = later(now, delta_ms);
}

void ViewTimers::stop() {
  leader_deadline_.reset();
  view_deadline_.reset();
  forward_at_.reset();
}

bool ViewTimers::take_halfway(TimeMs now) {
  if (!forward_at_ || *forward_at_ > now) return false;
  forward_at_.reset();
  return true;
}

std::optional<TimeMs> ViewTimers::next(TimeMs now) const {
  std::optional<TimeMs> soonest;
  for (const auto& deadline : {leader_deadline_, view_deadline_, forward_at_})
    if (deadline && *deadline > now) soonest = earlier(soonest, deadline);
  return soonest;
}

}  // namespace kimberlite::consensus
