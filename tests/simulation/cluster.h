// The parts of a simulated cluster that every kind of run needs: its validators, its chain id. Thread-safe: pure.
#pragma once

#include <cstdint>

#include "proto/digest.h"
#include "proto/validator_set.h"

namespace kimberlite::simulation {

/// A digest that follows from a number: the chain id of a run, and so its order of leaders.
Digest digest_of(std::uint64_t value);
/// Validators "AA", "AB", ...; index i has a key of its own. REQUIRES: 1 to 256.
ValidatorSet make_validators(std::size_t count);

}  // namespace kimberlite::simulation
