// What every command gets: the global options and where to write. Owned by run(); one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "cli/exit_code.h"
#include "proto/error.h"

namespace CLI {
class App;
}

namespace kimberlite::cli {

/// Options that stand before or after any command.
struct GlobalOptions {
  std::string node;             ///< HOST:PORT of a node's gRPC; empty: the home's default node
  std::string http;             ///< HOST:PORT of a node's HTTP; empty: that of the node
  std::string home = ".";       ///< folder with genesis.json, client.toml and keys/
  bool json = false;            ///< JSON on standard output instead of tables
  std::int64_t timeout_s = 10;  ///< for one answer of a node
};

/// A command sets `action` when the parser has chosen it; run() carries it out after parsing.
struct Context {
  GlobalOptions options;
  std::ostream& out;
  std::ostream& err;
  std::function<ExitCode()> action;

  /// Milliseconds to wait for one answer.
  [[nodiscard]] std::int64_t timeout_ms() const { return options.timeout_s * 1000; }
  /// Writes "error: REASON field: message. remedy" and returns the exit status that fits.
  ExitCode report(const Error& error) const;
  /// The same with a status of the caller's choice.
  ExitCode report(const Error& error, ExitCode code) const;
};

}  // namespace kimberlite::cli
