// Sets the wall clock of one node off, while it runs, through a library that is preloaded into it (shifted_clock.cc).
// Not thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "proto/error.h"

namespace kimberlite::chaos {

class NodeClock {
 public:
  /// Keeps the offset in `file`. BAD_CONFIGURATION: it cannot be made.
  static Result<NodeClock> make(const std::filesystem::path& file);
  ~NodeClock();
  NodeClock(NodeClock&&) noexcept;
  NodeClock& operator=(NodeClock&&) = delete;

  /// What the node's environment needs.
  [[nodiscard]] std::vector<std::string> environment() const;
  /// From now on the clock is ahead by so much; negative: behind.
  void set_ahead(std::int64_t ms) { offset_->store(ms); }

 private:
  NodeClock(std::filesystem::path file, std::atomic<std::int64_t>* offset);
  std::filesystem::path file_;
  std::atomic<std::int64_t>* offset_;  // in memory that is shared with the node
};

}  // namespace kimberlite::chaos
