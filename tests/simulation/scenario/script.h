// The text of a scenario: one command a line, '#' begins a comment. Thread-safe: plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kimberlite::scenario {

struct Line {
  std::size_t number{};  ///< from 1
  std::string text;      ///< without comment and outer spaces
  std::vector<std::string> words;
};

/// The commands of a file in order. Throws std::runtime_error if it cannot be read.
std::vector<Line> read_script(const std::filesystem::path& file);

}  // namespace kimberlite::scenario
