// Checks of the simulation itself and of properties that need runs of their own. Each prints what it saw and returns
// whether it is as it must be. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kimberlite::whole_node {

/// Names that `run_check` knows.
std::vector<std::string> check_names();
/// determinism: one seed twice gives one trace, two seeds give two.
/// canary: every deliberately broken network is caught, by the property that it breaks.
/// quiet: a calm network is silent but for the events.
bool run_check(const std::string& name, std::uint64_t first_seed);

}  // namespace kimberlite::whole_node
