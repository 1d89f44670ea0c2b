// Checks of the simulation itself and of properties that need runs of their own. Not thread-safe.
#pragma once

#include "tests/simulation/program.h"

namespace kimberlite::simulation {

/// determinism: one seed twice gives one trace, two seeds give two.
/// crash-points: a node may crash at every single place of the life of a block.
/// canary: every deliberately broken cluster is caught, by the property that it breaks.
/// quiet: a calm cluster is silent before the first event and after the last.
/// evidence: an equivocating leader is named by evidence, nobody else is.
/// silent-leader: a dead validator's first turn costs time, and none after it.
/// idle-leader: of one that votes and proposes nothing, fewer and fewer turns cost time.
const Checks& checks();

}  // namespace kimberlite::simulation
