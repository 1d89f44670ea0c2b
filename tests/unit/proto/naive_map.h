// The definition of the state map written down as it stands: the twin of proto/state_map, and a maker of proofs.
#pragma once

#include <map>
#include <string>

#include "proto/digest.h"
#include "proto/state_map.h"

namespace kimberlite::test {

using StateValues = std::map<std::string, std::string>;

/// Root of the map of these values.
Digest naive_map_root(const StateValues& values);
/// Proof of the presence or absence of `key`.
StateMapProof naive_map_proof(const StateValues& values, const std::string& key);

}  // namespace kimberlite::test
