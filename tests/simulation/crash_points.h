// The life of one block on four replicas, over and over: each time one node crashes at another place, until every place
// of every node was tried: between any two of its duties, before and after every sync, before every message. It comes
// back, and everything must become final. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kimberlite::simulation {

struct CrashPointsResult {
  std::uint64_t places{};                ///< tried
  std::optional<std::string> violation;  ///< the first, with node and place
};

/// The seed decides the timing, the leader, and what of the unsynced writes survives.
CrashPointsResult crash_at_every_point(std::uint64_t seed);

}  // namespace kimberlite::simulation
