// Builds the parser from the command families, parses, and carries the chosen command out.
#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>

#include "cli/commands.h"
#include "cli/context.h"

namespace kimberlite::cli {

namespace {

constexpr std::int64_t kTimeoutSecondsMax = 3600;

void add_global_options(CLI::App& app, Context& context) {
  app.add_option("--node", context.options.node, "gRPC address of a node (default: the home's default node)")
      ->type_name("HOST:PORT");
  app.add_option("--http", context.options.http, "HTTP address of a node, for audit and mirror")
      ->type_name("HOST:PORT");
  app.add_option("--home", context.options.home, "folder with genesis.json, client.toml and keys/")
      ->envname("KIMBERLITE_HOME")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_flag("--json", context.options.json, "JSON on standard output, for programs");
  app.add_option("--timeout", context.options.timeout_s, "seconds to wait for one answer of a node")
      ->check(CLI::Range(std::int64_t{1}, kTimeoutSecondsMax))
      ->capture_default_str();
}

void add_all_commands(CLI::App& app, Context& context) {
  add_network_commands(app, context);
  add_key_commands(app, context);
  add_event_commands(app, context);
  add_import_command(app, context);
  add_query_commands(app, context);
  add_watch_command(app, context);
  add_status_command(app, context);
  add_evidence_command(app, context);
  add_proof_commands(app, context);
  add_audit_commands(app, context);
  add_help_commands(app, context);
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  Context context{.options = {}, .out = out, .err = err, .action = {}};
  CLI::App app("A ledger for Kimberley Process certificates: submit events, ask nodes, verify without trusting them.",
               "kimberlite");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer("Exit codes: `kimberlite help exit-codes`. Reasons of refusals: `kimberlite help reasons`.");
  app.set_version_flag("--version", "kimberlite 0.1.0");
  app.get_formatter()->column_width(44);
  add_global_options(app, context);
  add_all_commands(app, context);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(problem, out, err);
      return ExitCode::kOk;
    }
    std::string what = problem.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    if (!arguments.empty() && !arguments.front().starts_with('-') &&
        app.get_subcommands([&](const CLI::App* known) { return known->get_name() == arguments.front(); }).empty()) {
      what = "there is no command \"" + arguments.front() + "\"";
    }
    return context.report(Error{Reason::BAD_REQUEST, "arguments", what + " (see `kimberlite --help`)"},
                          ExitCode::kUsage);
  }
  try {
    return context.action ? context.action() : ExitCode::kUsage;
  } catch (const std::exception& problem) {
    return context.report(Error{Reason::BAD_REQUEST, "", problem.what()}, ExitCode::kUsage);
  }
}

}  // namespace kimberlite::cli
