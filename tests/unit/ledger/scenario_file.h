// Reads deploy/quickstart/data/scenario-2007.ndjson: the synthetic trading year with the verdict that each line must
// get. Lines of the first instant that GENESIS signs, and the opening lots, become entries of a genesis message; every
// other line becomes an event, or is marked as not understood where the ledger has no such event yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/types.h"

namespace kimberlite::ledger::test {

struct ScenarioLine {
  int sequence{};
  TimeMs time;
  std::string actor;               ///< participant or observer code, or "UNSC"
  std::string action;              ///< dotted name
  std::string body;                ///< the body that signs; "" where the line names none
  std::optional<v1::Event> event;  ///< nullopt: not understood
  std::string expected;            ///< "accepted" or the reason's name
};

struct Scenario {
  v1::Genesis opening;  ///< only prefixes, measures, lots and chair are set
  std::vector<ScenarioLine> lines;
};

/// Reads the file; throws std::runtime_error on what it does not know.
Scenario read_scenario();

/// The folder with the scenario and the CSV files of the roll.
std::string data_folder();

}  // namespace kimberlite::ledger::test
