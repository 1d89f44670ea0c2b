#include "node/runtime/final_state.h"

#include <utility>

namespace kimberlite::runtime {

FinalState::FinalState(std::shared_ptr<const storage::Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

FinalState::FinalState(std::shared_ptr<const storage::Snapshot> snapshot, const FinalState& older,
                       const std::vector<std::reference_wrapper<const StateChanges>>& changes)
    : snapshot_(std::move(snapshot)), values_(std::exchange(older.values_, {})) {
  for (const StateChanges& step : changes) {
    for (const auto& [key, value] : step) {
      if (const auto it = values_.find(key); it != values_.end()) it->second = value;
    }
  }
}

std::optional<std::string> FinalState::get(std::string_view key) const {
  if (const auto it = values_.find(key); it != values_.end()) return it->second;
  auto value = snapshot_->get(key);
  if (values_.size() >= kRememberedValuesMax) values_.clear();
  values_.emplace(key, value);
  return value;
}

}  // namespace kimberlite::runtime
