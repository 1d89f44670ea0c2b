// Checks of the simulation itself and of properties that need runs of their own. Not thread-safe.
#pragma once

#include "tests/simulation/program.h"

namespace kimberlite::whole_node {

/// determinism: one seed twice gives one trace, two seeds give two.
/// canary: every deliberately broken network is caught, by the property that it breaks.
/// credulous: nodes that believe any stretch of the log stop themselves.
/// evidence: members that vote twice are named by what honest nodes keep.
/// quiet: a calm network is silent but for the events, and each node signs its whole log after them.
const simulation::Checks& checks();

}  // namespace kimberlite::whole_node
