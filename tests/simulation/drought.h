// A drought: votes get through and proposals do not, for so many views that every journal has dropped what was said in
// the first of them; then the power fails everywhere. Whoever leads afterwards needs the nullification of each of those
// views (rule 18). Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kimberlite::simulation {

struct DroughtResult {
  std::optional<std::string> violation;
  std::uint64_t views{};  ///< that passed without anything certified
};

/// Four replicas live through it. `keeps_certificates`: their runtime does as Actions::keep says.
DroughtResult live_through_drought(std::uint64_t seed, bool keeps_certificates);

}  // namespace kimberlite::simulation
