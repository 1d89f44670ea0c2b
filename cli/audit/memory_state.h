// The ledger's state in memory with the root of its sparse Merkle map (proto/state_map.h), for replaying a log.
// Independent of the node's storage on purpose: an auditor shares no code with what it audits. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/state_reader.h"

namespace kimberlite::cli {

class MemoryState : public StateReader {
 public:
  MemoryState();
  ~MemoryState() override;
  MemoryState(MemoryState&&) noexcept;
  MemoryState& operator=(MemoryState&&) noexcept;

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  void apply(const StateChanges& changes);
  /// Root of the map; zero when empty.
  [[nodiscard]] Digest root() const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& values() const { return values_; }

 private:
  struct Node;
  static void insert(std::unique_ptr<Node>& node, unsigned depth, const Digest& path, const Digest& value_digest);

  std::map<std::string, std::string, std::less<>> values_;
  std::unique_ptr<Node> root_;
};

}  // namespace kimberlite::cli
