// The final state as rules read it: the store's, with a bounded memory of the values read before. The same few records
// (network, roll, keys, measures) are read for every envelope; a look-up in the store costs microseconds, here none.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/store.h"

namespace kimberlite::runtime {

/// Values remembered; when there are more, all are forgotten. At a kilobyte a value this is 16 MiB.
inline constexpr std::size_t kRememberedValuesMax = 16'384;

/// One final state. One owner (the core thread).
class FinalState final : public storage::StateSource {
 public:
  explicit FinalState(std::shared_ptr<const storage::Snapshot> snapshot);
  /// The state after `older`, reached by `changes` in this order. Takes over what `older` remembers, which goes on
  /// answering from its own snapshot. REQUIRES: `changes` are all changes between the two.
  FinalState(std::shared_ptr<const storage::Snapshot> snapshot, const FinalState& older,
             const std::vector<std::reference_wrapper<const StateChanges>>& changes);

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  [[nodiscard]] storage::MapPagePtr page(const storage::MapPageId& id) const override { return snapshot_->page(id); }
  [[nodiscard]] Digest state_root() const override { return snapshot_->state_root(); }
  [[nodiscard]] const storage::Snapshot& snapshot() const { return *snapshot_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Values = std::unordered_map<std::string, std::optional<std::string>, Hash, std::equal_to<>>;

  std::shared_ptr<const storage::Snapshot> snapshot_;
  mutable Values values_;
};

}  // namespace kimberlite::runtime
