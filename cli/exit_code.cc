// Which exit status a reason leads to: by the reason's group, see exit_code.h.
#include "cli/exit_code.h"

namespace kimberlite::cli {

ExitCode exit_code_of(Reason reason) {
  switch (reason) {
    case Reason::UNAVAILABLE:
    case Reason::OVERLOADED:
      return ExitCode::kUnreachable;
    case Reason::NOT_FOUND:
      return ExitCode::kNotFound;
    case Reason::BAD_REQUEST:
    case Reason::BAD_CONFIGURATION:
    case Reason::STORE_IO:
      return ExitCode::kUsage;
    case Reason::PROOF_TRUNCATED:
    case Reason::PROOF_INVALID:
    case Reason::NOTE_MALFORMED:
    case Reason::NOT_ENOUGH_SIGNATURES:
    case Reason::LOG_INCONSISTENT:
    case Reason::LEAF_ALTERED:
    case Reason::STATE_ROOT_DIFFERS:
      return ExitCode::kVerificationFailed;
    default:
      return ExitCode::kRefused;
  }
}

}  // namespace kimberlite::cli
