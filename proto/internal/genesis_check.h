// All the faults of a genesis document at once, each with its path. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kimberlite {

namespace v1 {
class Genesis;
}

namespace internal {

/// Something that is wrong at a path such as "participants[3].root_key".
struct GenesisFault {
  std::string path;
  std::string what;
};

/// Most faults that are reported; more are counted.
inline constexpr std::size_t kGenesisFaultsMax = 100;

/// Every fault, in order of the document. Empty: the document is sound. REQUIRES: defaults were filled in.
std::vector<GenesisFault> check_genesis(const v1::Genesis& genesis);

}  // namespace internal
}  // namespace kimberlite
