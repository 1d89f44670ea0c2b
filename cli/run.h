// The whole program as a function, so that tests can call it. Not thread-safe with regard to its streams.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace kimberlite::cli {

/// Parses the arguments (without the program's name), carries the command out and returns its exit status.
ExitCode run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace kimberlite::cli
