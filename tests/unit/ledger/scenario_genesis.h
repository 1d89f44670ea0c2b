// The genesis of the scenario's network: the roll of 2007 with its bodies, traders and observers from the CSV files,
// and measures, lots, prefixes and chair from the scenario's opening lines. Keys are digests of names (see
// ledger_world.h).
#pragma once

#include "kimberlite/v1/genesis.pb.h"
#include "tests/unit/ledger/scenario_file.h"

namespace kimberlite::ledger::test {

/// How many traders each participant registers: "EC-TRADER-01" to "EC-TRADER-12".
inline constexpr int kTradersEach = 12;

/// A replay network of the 46 participants, Liberia admitted on 2007-05-04. India's receipts follow
/// importer_then_authority, all others authority_only.
v1::Genesis scenario_genesis(const Scenario& scenario);

}  // namespace kimberlite::ledger::test
