// What the program's exit status means: the one table that code, help text and tests use. Thread-safe: constants.
#pragma once

#include <array>
#include <string_view>

#include "proto/reason.h"

namespace kimberlite::cli {

/// Exit status of `kimberlite`. The numbers are stable.
enum class ExitCode {
  kOk = 0,
  kRefused = 1,
  kUsage = 2,
  kUnreachable = 3,
  kVerificationFailed = 4,
  kPartlyDone = 5,
  kVerdictsDiffer = 6,
  kNotFound = 7,
};

/// One row of `kimberlite help exit-codes`.
struct ExitCodeRow {
  ExitCode code;
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array kExitCodes{
    ExitCodeRow{ExitCode::kOk, "ok", "Done, and what was asked holds."},
    ExitCodeRow{ExitCode::kRefused, "refused", "A rule of the ledger refused the event; nothing was changed."},
    ExitCodeRow{ExitCode::kUsage, "usage", "Wrong usage, bad input or a local file at fault; nothing was sent."},
    ExitCodeRow{ExitCode::kUnreachable, "unreachable",
                "No node answered in time. With an envelope id printed: `kimberlite tx ID` tells what became of it."},
    ExitCodeRow{ExitCode::kVerificationFailed, "verification-failed",
                "A proof, a checkpoint or a copy of the log does not hold; the failing link is named."},
    ExitCodeRow{ExitCode::kPartlyDone, "partly-done", "Some was done; run the same command again for the rest."},
    ExitCodeRow{ExitCode::kVerdictsDiffer, "verdicts-differ",
                "Not every line got its expected verdict (\"accepted\" where it names none)."},
    ExitCodeRow{ExitCode::kNotFound, "not-found", "The ledger holds nothing under that number, key or id."},
};

/// The exit status that fits a failure with this reason.
ExitCode exit_code_of(Reason reason);

}  // namespace kimberlite::cli
