// The scheme's invariants (section 8) as checkers of one step: the state before and after an envelope of one event.
// They read records only and share no code with the rules. Each returns what it found wrong, nothing if all is well.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {

/// A state, parsed once.
struct Snapshot {
  explicit Snapshot(const MemoryState& state);

  StateChanges records;
  std::map<std::string, v1::CertificateRecord> certificates;
  std::map<std::string, v1::LotRecord> lots;
  std::map<std::string, v1::MeasureRecord> measures;
  std::map<std::string, v1::ParticipantRecord> participants;
  std::map<std::string, v1::KeyRecord> keys;  ///< by public key
};

struct Step {
  Snapshot before;
  Snapshot after;
  Signer signer;
  v1::Event event;
  bool accepted = false;
  TimeMs now;
};

using Violations = std::vector<std::string>;

/// One invariant: its number in the scheme and its checker.
struct Invariant {
  int number;
  std::string name;
  Violations (*check)(const Step& step);
};

/// Invariants 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 17, 18, 19 and 21. (13: scenario_test.cc; 14:
/// invariants_test.cc; 15 waits for statistics, 20 is consensus'.)
const std::vector<Invariant>& invariants();

/// All violations of all invariants.
Violations check_all(const Step& step);

/// Certificates that left and were not replaced, and what they declare: the scheme's export statistics.
struct ExportTotals {
  int certificates = 0;
  std::int64_t weight_centicarats = 0;
  std::int64_t value_cents = 0;
  friend bool operator==(const ExportTotals&, const ExportTotals&) = default;
};
ExportTotals export_totals(const Snapshot& snapshot);

}  // namespace kimberlite::ledger::test
