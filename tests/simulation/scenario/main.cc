// scenarios: plays the scenarios of a folder and compares what happened, line by line, with the trace that lies beside
// each (NAME.scenario, NAME.expected). With --rewrite the traces are written anew: look at the difference before it is
// committed. How scenarios are written: tests/simulation/scenarios/README.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/simulation/scenario/script.h"
#include "tests/simulation/scenario/stage.h"
#include "tests/simulation/violation.h"

namespace {

using namespace kimberlite::scenario;
namespace fs = std::filesystem;

/// Lines shown before and after the first difference.
constexpr std::size_t kContextLines = 4;

std::vector<std::string> read_lines(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Where two traces part, for a reader; empty if they do not.
std::string difference(const std::vector<std::string>& expected, const std::vector<std::string>& seen) {
  const auto [at, other] = std::mismatch(expected.begin(), expected.end(), seen.begin(), seen.end());
  if (at == expected.end() && other == seen.end()) return {};
  const auto line = static_cast<std::size_t>(at - expected.begin());
  std::string words = "the traces part in line " + std::to_string(line + 1) + "\n";
  const auto show = [&](const char* mark, const std::vector<std::string>& lines, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, lines.size()); ++i) words += mark + lines[i] + "\n";
  };
  show("    ", expected, line - std::min(line, kContextLines), line);
  show("  - ", expected, line, line + kContextLines);
  show("  + ", seen, line, line + kContextLines);
  return words;
}

/// Plays one scenario; what is wrong with it, or nothing.
std::string play(const fs::path& file, bool rewrite) {
  Stage stage;
  std::string failure;
  try {
    for (const Line& line : read_script(file)) stage.play(line);
  } catch (const std::exception& error) {
    failure = std::string(error.what()) + "\n";
  }
  const fs::path expected = fs::path(file).replace_extension(".expected");
  if (rewrite && failure.empty()) {
    std::ofstream out(expected);
    for (const std::string& line : stage.trace()) out << line << "\n";
    return {};
  }
  return failure + difference(read_lines(expected), stage.trace());
}

std::vector<fs::path> scenarios_of(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(place))
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Scenarios of consensus with their expected traces."};
  fs::path place;
  bool rewrite = false;
  app.add_option("PLACE", place, "A folder of scenarios, or one of them")->required()->check(CLI::ExistingPath);
  app.add_flag("--rewrite", rewrite, "Write the expected traces anew");
  CLI11_PARSE(app, argc, argv);
  std::size_t failed = 0;
  const auto files = scenarios_of(place);
  for (const fs::path& file : files) {
    const std::string failure = play(file, rewrite);
    std::printf("%s: %s\n", failure.empty() ? "ok" : "FAILED", file.filename().c_str());
    if (failure.empty()) continue;
    ++failed;
    std::printf("%s", failure.c_str());
  }
  std::printf("%zu scenarios, %zu failed\n", files.size(), failed);
  return failed == 0 && !files.empty() ? 0 : 1;
}
