// Recording calls: see history.h.
#include "tests/cluster/chaos/history.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kimberlite::chaos {

void Recorder::add(EnvelopeCall call) {
  const std::lock_guard lock(mutex_);
  history_.envelopes.push_back(std::move(call));
}

void Recorder::add(StatusCall call) {
  const std::lock_guard lock(mutex_);
  history_.statuses.push_back(std::move(call));
}

void Recorder::excuse(const PublicKey& key) {
  const std::lock_guard lock(mutex_);
  history_.excused.try_emplace(key, now_us());
}

History Recorder::copy() const {
  const std::lock_guard lock(mutex_);
  return history_;
}

std::size_t Recorder::size() const {
  const std::lock_guard lock(mutex_);
  return history_.envelopes.size() + history_.statuses.size();
}

std::map<std::size_t, std::vector<std::int64_t>> Recorder::finals_between(std::int64_t from_us,
                                                                          std::int64_t to_us) const {
  std::map<std::size_t, std::vector<std::int64_t>> times;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& call : history_.envelopes) {
      if (call.question != Question::kSubmit || call.answer != Answer::kFinal) continue;
      if (call.call.answered_us < from_us || call.call.answered_us > to_us) continue;
      times[call.call.node].push_back(call.call.answered_us);
    }
  }
  for (auto& [node, answered] : times) std::ranges::sort(answered);
  return times;
}

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace kimberlite::chaos
