// The state before the first block, from the genesis document. Thread-safe: pure.
#pragma once

#include "proto/genesis.h"
#include "proto/state_reader.h"

namespace kimberlite::ledger {

/// Every record that the document defines: network, clock, chair, roll, keys, prefixes, territories, measures, lots.
/// REQUIRES: a document accepted by parse_genesis.
StateChanges genesis_state(const GenesisDocument& document);

}  // namespace kimberlite::ledger
