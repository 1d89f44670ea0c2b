#include "node/runtime/submissions.h"

#include <utility>

namespace kimberlite::runtime {

void Submissions::wait(const Digest& id, SteadyTime deadline, SubmitCallback callback) {
  const auto it = waiting_.emplace(deadline, Waiter{id, std::move(callback)});
  by_id_.emplace(id, it);
}

void Submissions::resolve(const Digest& id, const SubmitResult& result) {
  if (result.outcome == Outcome::kRefused) remember(id, result.refusal);
  const auto [first, last] = by_id_.equal_range(id);
  std::vector<SubmitCallback> callbacks;
  for (auto it = first; it != last; ++it) {
    callbacks.push_back(std::move(it->second->second.callback));
    waiting_.erase(it->second);
  }
  by_id_.erase(first, last);
  for (const auto& callback : callbacks) callback(result);
}

void Submissions::expire(SteadyTime now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const auto it = waiting_.begin();
    const auto [first, last] = by_id_.equal_range(it->second.id);
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second == it) {
        by_id_.erase(entry);
        break;
      }
    }
    const auto callback = std::move(it->second.callback);
    waiting_.erase(it);
    callback(SubmitResult{});
  }
}

std::optional<SteadyTime> Submissions::next_deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

std::optional<ledger::Refusal> Submissions::remembered_refusal(const Digest& id) const {
  const auto it = refusals_.find(id);
  if (it == refusals_.end()) return std::nullopt;
  return it->second;
}

void Submissions::remember(const Digest& id, const ledger::Refusal& refusal) {
  if (!refusals_.emplace(id, refusal).second) return;
  refusals_in_order_.push_back(id);
  if (refusals_in_order_.size() > kRefusalsRemembered) {
    refusals_.erase(refusals_in_order_.front());
    refusals_in_order_.pop_front();
  }
}

}  // namespace kimberlite::runtime
