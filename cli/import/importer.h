// Submits a file's lines in order, each waited to its final verdict: moves a replay network's clock to each line's
// time, has the importer acknowledge before an authority confirms where the policy asks for it, and compares verdicts
// with what the file expects. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/import/import_file.h"
#include "cli/import/import_report.h"
#include "cli/import/journal.h"
#include "cli/signer_choice.h"
#include "cli/submitter.h"
#include "proto/genesis.h"

namespace kimberlite::cli {

struct ImportOptions {
  std::string default_actor;     ///< for lines without one
  std::uint64_t first_line = 1;  ///< lines outside [first, last] are left out
  std::uint64_t last_line = UINT64_MAX;
  std::uint64_t pace = 0;  ///< lines a second at most; 0: as fast as they become final
};

class Importer {
 public:
  /// All references must outlive this object. `ledger_time`: the clock that rules see, now.
  Importer(const GenesisDocument& genesis, Wallet& wallet, Submitter& submitter, ImportJournal& journal,
           TimeMs ledger_time, ImportOptions options);

  /// Works through the file; `progress` is told how many lines are done. The report says whether it got to the end; an
  /// error that stopped it is kept in `stopped_by`.
  ImportReport run(const ImportFile& file, const std::function<void(std::uint64_t)>& progress);
  [[nodiscard]] const std::optional<Error>& stopped_by() const { return stopped_by_; }

 private:
  Result<LineResult> take(const ImportLine& line);
  LineResult genesis_result(const ImportLine& line, LineResult result) const;
  Result<LineResult> send(const ImportLine& line, LineResult result);
  /// Signs, and notes it in the journal before anything is sent.
  Result<SignedBytes> sign(std::uint64_t line, ImportStep step, const Signer& signer, const v1::Event& event);
  Result<Verdict> submit_step(std::uint64_t line, ImportStep step, const Signer& signer, const v1::Event& event);
  Result<void> advance_clock(TimeMs to, const std::string& party);
  Result<void> acknowledge_first(const ImportLine& line, const std::string& party, v1::Event& event);
  [[nodiscard]] bool importer_goes_first(const std::string& party) const;
  [[nodiscard]] TimeMs not_after() const;
  [[nodiscard]] std::string nonce(std::uint64_t line, std::string_view step) const;

  const GenesisDocument& genesis_;
  Wallet& wallet_;
  Submitter& submitter_;
  ImportJournal& journal_;
  SignerChoice choice_;
  TimeMs ledger_time_;
  ImportOptions options_;
  Digest file_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  ImportReport report_;
  std::optional<Error> stopped_by_;
};

}  // namespace kimberlite::cli
