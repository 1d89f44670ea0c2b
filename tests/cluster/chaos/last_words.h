// What a node prints from one moment on, and whether it said why it ended. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "proto/error.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

class LastWords {
 public:
  /// From now on.
  LastWords(Stage& stage, std::size_t node);
  /// Collects the node if it has ended by itself: it must have named a fault of its store or journal, and not have
  /// crashed. STORE_IO with its wait status and its words otherwise. A node that runs is fine.
  [[nodiscard]] Result<void> ended_with_reason() const;

 private:
  Stage& stage_;
  std::size_t node_;
  std::filesystem::path file_;
  std::uintmax_t begin_;
};

}  // namespace kimberlite::chaos
