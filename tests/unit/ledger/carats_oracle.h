// An independent book of carats: it hears accepted events alone, never reads the ledger's state and shares no code with
// the rules. What it holds at the end must equal what the state says of every lot and every confirmed import.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {

class CaratsOracle {
 public:
  /// Opens the book with the genesis' lots; remembers whose importers' word suffices.
  explicit CaratsOracle(const v1::Genesis& genesis);

  /// Books an accepted event.
  void accepted(const v1::Event& event);

  /// Every lot or certificate of which book and state differ, one sentence each.
  [[nodiscard]] std::vector<std::string> differences(const MemoryState& state) const;
  /// Carats that all lots and imports still hold, in hundredths.
  [[nodiscard]] std::int64_t undrawn() const;

 private:
  struct Account {
    std::string importer;
    std::int64_t declared = 0;
    std::int64_t received = 0;
    std::int64_t drawn = 0;
    bool held = false;
    bool importer_alone = false;
    std::vector<v1::Source> sources;
  };

  void issue(const v1::CertificateIssue& event);
  void give_back(const std::string& number);
  void acknowledge(const v1::ReceiptAcknowledge& event);
  void confirm(const v1::ReceiptConfirm& event);

  std::map<std::string, Account> accounts_;
  std::map<std::string, v1::ReceiptPolicy> policies_;
};

}  // namespace kimberlite::ledger::test
