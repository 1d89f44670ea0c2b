// Entry point of `kimberlite`: hands the arguments to run() and its answer to the shell.
#include <iostream>
#include <string>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(kimberlite::cli::run(arguments, std::cout, std::cerr));
}
