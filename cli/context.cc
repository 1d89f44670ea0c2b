// How errors reach people: one line on standard error with reason, place, sentence and remedy.
#include "cli/context.h"

namespace kimberlite::cli {

ExitCode Context::report(const Error& error) const {
  return report(error, exit_code_of(error.reason));
}

ExitCode Context::report(const Error& error, ExitCode code) const {
  err << "error: " << error.to_string() << '\n';
  return code;
}

}  // namespace kimberlite::cli
