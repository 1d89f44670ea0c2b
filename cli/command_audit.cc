// audit, mirror: verify a whole log from genesis on, from a node or from a copied folder.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>

#include "cli/audit/audit.h"
#include "cli/audit/mirror.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/home.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/civil_time.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

struct AuditOptions {
  std::string tiles;
  std::string genesis;
  std::string out;
};

/// --tiles, or the HTTP side of the node that the global options choose.
Result<std::unique_ptr<TileSource>> open_source(const Context& context, const AuditOptions& options) {
  if (!options.tiles.empty()) {
    return open_tiles(options.tiles, context.timeout_ms());
  }
  if (!context.options.http.empty()) {
    return open_tiles(context.options.http, context.timeout_ms());
  }
  const auto config = load_client_config(context.options);
  if (!config) {
    return std::unexpected(config.error());
  }
  const std::string& http = config->find(config->default_node)->http;
  if (http.empty()) {
    return fail(Reason::BAD_REQUEST, "--http", "name the node's HTTP address, or a folder with --tiles");
  }
  return open_tiles(http, context.timeout_ms());
}

/// --genesis, or the home's; a folder's own copy only as the last resort, with a warning.
Result<GenesisDocument> open_genesis(const Context& context, const AuditOptions& options) {
  if (!options.genesis.empty()) {
    return load_genesis(options.genesis);
  }
  const auto of_home = std::filesystem::path(context.options.home) / "genesis.json";
  const auto of_copy = std::filesystem::path(options.tiles) / "genesis.json";
  std::error_code status;
  if (!std::filesystem::exists(of_home, status) && !options.tiles.empty() && std::filesystem::exists(of_copy, status)) {
    context.err << "warning: trusting the copy's own genesis.json; give --genesis FILE from a source that you trust\n";
    return load_genesis(of_copy);
  }
  return load_genesis(of_home);
}

json::object finding_to_json(const Finding& finding) {
  return {{"reason", reason_name(finding.reason)}, {"link", finding.link},   {"place", finding.place},
          {"expected", finding.expected},          {"found", finding.found}, {"cause", finding.cause}};
}

void print_json(const Context& context, const AuditReport& report, const std::string& source, double seconds) {
  json::array findings;
  for (const auto& finding : report.findings) {
    findings.push_back(finding_to_json(finding));
  }
  json::object certificates;
  std::uint64_t total = 0;
  for (const auto& [state, count] : report.certificates) {
    certificates[state] = count;
    total += count;
  }
  json::array signers;
  for (const auto& signer : report.signers) {
    signers.push_back(json::value(signer));
  }
  context.out << json::object{{"verified", report.finding_count == 0},
                              {"source", source},
                              {"leaves", report.size.value},
                              {"envelopes", report.envelopes},
                              {"blocks", report.blocks},
                              {"tiles", report.tiles},
                              {"log_root", report.log_root.hex()},
                              {"state_root", report.state_root.hex()},
                              {"signers", std::move(signers)},
                              {"signers_needed", report.signers_needed},
                              {"certificate_count", total},
                              {"certificates", std::move(certificates)},
                              {"finding_count", report.finding_count},
                              {"findings", std::move(findings)},
                              {"seconds", seconds}}
              << '\n';
}

void print_findings(const Context& context, const AuditReport& report) {
  for (const auto& finding : report.findings) {
    context.report(Error{finding.reason, finding.link + ", " + finding.place, "the link does not hold"},
                   ExitCode::kVerificationFailed);
    context.err << "  expected: " << finding.expected << "\n  found:    " << finding.found
                << "\n  likely:   " << finding.cause << '\n';
  }
  if (report.finding_count > report.findings.size()) {
    context.err << "and " << report.finding_count - report.findings.size() << " more findings\n";
  }
}

void print_text(const Context& context, const AuditReport& report, const std::string& source,
                const Progress& progress) {
  FieldList fields;
  std::string signers;
  for (const auto& signer : report.signers) {
    signers += (signers.empty() ? "" : ", ") + signer;
  }
  std::string certificates;
  std::uint64_t total = 0;
  for (const auto& [state, count] : report.certificates) {
    certificates += (certificates.empty() ? "" : ", ") + grouped(count) + " " + state;
    total += count;
  }
  fields.add("source", source);
  fields.add("checkpoint", grouped(report.size.value) + " leaves, root " + report.log_root.hex());
  fields.add("signed by", signers + " (" + std::to_string(report.signers_needed) + " needed)");
  fields.add("tiles", grouped(report.tiles) + " read and recomputed");
  fields.add("envelopes", grouped(report.envelopes) + ": every signature and every rule");
  fields.add("blocks", grouped(report.blocks) + ": every record, to " + format_time(report.last_block_time_ms));
  fields.add("state root", report.state_root.hex());
  fields.add("certificates", total == 0 ? "none" : grouped(total) + ": " + certificates);
  fields.add("rate", grouped(static_cast<std::uint64_t>(progress.rate())) + " leaves a second");
  fields.print(context.out);
  context.out << "\nEverything holds, from genesis to the checkpoint.\n";
}

ExitCode audit(const Context& context, const AuditOptions& options) {
  const auto genesis = open_genesis(context, options);
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  const auto source = open_source(context, options);
  if (!source) {
    return context.report(source.error());
  }
  std::unique_ptr<Progress> progress = std::make_unique<Progress>(context.err, "leaves", 0, false);
  const auto report = audit_log(**source, *genesis, [&](std::uint64_t done, std::uint64_t total) {
    if (total != progress->total()) {
      progress = std::make_unique<Progress>(context.err, "leaves", total, Progress::terminal());
    }
    progress->update(done);
  });
  progress->finish();
  if (!report) {
    return context.report(report.error());
  }
  if (context.options.json) {
    print_json(context, *report, (*source)->name(), progress->seconds());
  }
  if (report->finding_count > 0) {
    print_findings(context, *report);
    return ExitCode::kVerificationFailed;
  }
  if (!context.options.json) {
    print_text(context, *report, (*source)->name(), *progress);
  }
  return ExitCode::kOk;
}

ExitCode mirror(const Context& context, const AuditOptions& options) {
  const auto genesis = open_genesis(context, options);
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  const auto source = open_source(context, options);
  if (!source) {
    return context.report(source.error());
  }
  std::unique_ptr<Progress> progress = std::make_unique<Progress>(context.err, "tiles", 0, false);
  const auto report = mirror_log(**source, *genesis, options.out, [&](std::uint64_t done, std::uint64_t total) {
    if (total != progress->total()) {
      progress = std::make_unique<Progress>(context.err, "tiles", total, Progress::terminal());
    }
    progress->update(done);
  });
  progress->finish();
  if (!report) {
    return context.report(report.error());
  }
  if (context.options.json) {
    context.out << json::object{{"folder", options.out},
                                {"leaves", report->size.value},
                                {"fetched", report->fetched},
                                {"kept", report->kept},
                                {"removed", report->removed}}
                << '\n';
  } else {
    context.out << options.out << " mirrors " << grouped(report->size.value) << " leaves: " << grouped(report->fetched)
                << " tiles fetched, " << grouped(report->kept) << " kept, " << grouped(report->removed)
                << " outgrown removed\nNext: kimberlite audit --tiles " << options.out << '\n';
  }
  return ExitCode::kOk;
}

void add_source_options(CLI::App& command, AuditOptions& options) {
  command.add_option("--tiles", options.tiles, "folder, or http://HOST:PORT (default: the node's HTTP side)")
      ->type_name("URL|DIR");
  command.add_option("--genesis", options.genesis, "genesis document to trust (default: that of the home)")
      ->type_name("FILE");
}

}  // namespace

void add_audit_commands(CLI::App& app, Context& context) {
  auto* audit_command =
      app.add_subcommand("audit", "Verify a whole log from genesis on, trusting only the genesis document")
          ->group("Verification");
  const auto audit_options = std::make_shared<AuditOptions>();
  add_source_options(*audit_command, *audit_options);
  audit_command->footer(
      "Checks the checkpoint's signatures, every leaf, every hash tile, every envelope's signature, every rule by "
      "replay,\n"
      "and every block record with its state root. What does not hold is named with both values and the likely cause.");
  audit_command->callback([&context, audit_options] {
    context.action = [&context, audit_options] { return audit(context, *audit_options); };
  });
  auto* mirror_command =
      app.add_subcommand("mirror", "Copy a log into a folder (C2SP tlog-tiles), to audit or to serve")
          ->group("Verification");
  const auto mirror_options = std::make_shared<AuditOptions>();
  add_source_options(*mirror_command, *mirror_options);
  mirror_command->add_option("--out", mirror_options->out, "folder to make or bring up to date")
      ->required()
      ->type_name("DIR");
  mirror_command->callback([&context, mirror_options] {
    context.action = [&context, mirror_options] { return mirror(context, *mirror_options); };
  });
}

}  // namespace kimberlite::cli
