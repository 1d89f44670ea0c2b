// What an audit found wrong: the link that fails, where, both values, and the likely cause. Thread-safe: plain values.
#pragma once

#include <string>

#include "proto/reason.h"

namespace kimberlite::cli {

struct Finding {
  Reason reason{};
  std::string link;      ///< "checkpoint", "genesis", "entry bundle", "hash tile", "envelope", "rule", "block record"
  std::string place;     ///< "leaf 17", "tile/1/000 hash 3", "block 4 state_root", ...
  std::string expected;  ///< what the other links say; may be empty
  std::string found;     ///< what this copy says
  std::string cause;     ///< one sentence: what most likely happened, and whom it accuses
};

}  // namespace kimberlite::cli
