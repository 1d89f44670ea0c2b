// The state as rules see it: a map from readable keys to canonical values, read by key. Storage implements it, rules
// use it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kimberlite {

/// Writes of an envelope or a block, in key order. There are no deletions: nothing on the ledger is ever removed.
using StateChanges = std::map<std::string, std::string, std::less<>>;

/// Reads values. Implementations say whether they are thread-safe.
class StateReader {
 public:
  virtual ~StateReader() = default;
  /// The value of a key, e.g. "certificate/BW-0002601"; nullopt if there is none.
  [[nodiscard]] virtual std::optional<std::string> get(std::string_view key) const = 0;
};

}  // namespace kimberlite
