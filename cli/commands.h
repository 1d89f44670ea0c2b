// The command families: each adds its subcommands to the parser. One file command_*.cc a family. REQUIRES: app and
// context outlive the parse and the action.
#pragma once

namespace CLI {
class App;
}

namespace kimberlite::cli {

struct Context;

/// keys new, keys show
void add_key_commands(CLI::App& app, Context& context);
/// network new
void add_network_commands(CLI::App& app, Context& context);
/// issue, ship, arrive, acknowledge, confirm, ... : one event each; and send for any event as JSON
void add_event_commands(CLI::App& app, Context& context);
/// show, list, tx
void add_query_commands(CLI::App& app, Context& context);
/// watch
void add_watch_command(CLI::App& app, Context& context);
/// status
void add_status_command(CLI::App& app, Context& context);
/// evidence
void add_evidence_command(CLI::App& app, Context& context);
/// prove, verify
void add_proof_commands(CLI::App& app, Context& context);
/// audit, mirror
void add_audit_commands(CLI::App& app, Context& context);
/// import
void add_import_command(CLI::App& app, Context& context);
/// completion, help
void add_help_commands(CLI::App& app, Context& context);

}  // namespace kimberlite::cli
