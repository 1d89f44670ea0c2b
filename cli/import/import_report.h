// What an import did: counts, and every line whose verdict differs from the expected one. Thread-safe: plain values.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// How a line ended.
enum class LineOutcome { kAccepted, kRefused, kInGenesis, kNotUnderstood, kNoKey };

struct LineResult {
  std::uint64_t line{};
  std::string action;
  std::string subject;  ///< certificate number, or empty
  LineOutcome outcome{};
  std::string reason;  ///< of a refusal
  std::string message;
  bool resumed = false;  ///< known from an earlier run
  std::string expected;  ///< "accepted", "refused" or "refused REASON"
  bool differs = false;  ///< from what was expected
};

struct ImportReport {
  std::uint64_t accepted{};
  std::uint64_t refused{};
  std::uint64_t in_genesis{};
  std::uint64_t resumed{};           ///< of all these, known from an earlier run
  std::uint64_t acknowledgements{};  ///< accepted, submitted beside the file's lines
  std::uint64_t clock_advances{};
  std::uint64_t detours{};                              ///< submissions that another node had to take
  std::map<std::string, std::uint64_t> not_understood;  ///< by action
  std::map<std::string, std::uint64_t> without_key;     ///< by actor
  std::vector<LineResult> differing;
  std::uint64_t lines{};
  double seconds{};
  bool finished = false;  ///< false: stopped before the last line

  void add(LineResult result);
  [[nodiscard]] std::uint64_t done() const { return accepted + refused + in_genesis; }
  /// `stopped_by`: what kept the import from its end, if anything did.
  [[nodiscard]] ExitCode exit_code(const std::optional<Error>& stopped_by) const;
  [[nodiscard]] boost::json::object to_json() const;
  void print(std::ostream& out) const;
};

}  // namespace kimberlite::cli
