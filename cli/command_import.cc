// import: many events from a file, resumable.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/files.h"
#include "cli/import/importer.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace kimberlite::cli {

namespace {

constexpr std::int64_t kPatienceFactor = 6;  // for one envelope over all nodes, in timeouts
constexpr std::size_t kFileDigestShown = 16;

struct ImportArguments {
  std::string file;
  std::string format;
  std::string lines;
  bool check = false;
  ImportOptions options;
};

/// "A..B", "A.." or "..B".
Result<void> read_lines(const std::string& text, ImportOptions& options) {
  if (text.empty()) {
    return {};
  }
  const std::size_t dots = text.find("..");
  const auto number = [](const std::string& digits, std::uint64_t otherwise) -> std::optional<std::uint64_t> {
    if (digits.empty()) {
      return otherwise;
    }
    if (digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos) {
      return std::nullopt;
    }
    return std::stoull(digits);
  };
  const auto first = dots == std::string::npos ? std::nullopt : number(text.substr(0, dots), 1);
  const auto last = dots == std::string::npos ? std::nullopt : number(text.substr(dots + 2), UINT64_MAX);
  if (!first || !last || *first > *last) {
    return fail(Reason::BAD_REQUEST, "--lines", "\"" + text + "\" is not A..B");
  }
  options.first_line = *first;
  options.last_line = *last;
  return {};
}

/// Validates every line without sending; lists the faults by line.
ExitCode check_only(const Context& context, const ImportFile& file, const ImportOptions& options) {
  Table table({">line", "event", "reason", "field", "message"});
  std::uint64_t good = 0;
  for (const auto& line : file.lines) {
    if (line.number < options.first_line || line.number > options.last_line) {
      continue;
    }
    if (const auto fault = shape_fault(line)) {
      table.add({std::to_string(line.number), line.action, std::string(reason_name(fault->reason)), fault->field,
                 fault->message});
    } else {
      ++good;
    }
  }
  context.out << grouped(good) << " lines can be sent\n";
  if (table.empty()) {
    return ExitCode::kOk;
  }
  table.print(context.out);
  return ExitCode::kUsage;
}

std::filesystem::path journal_path(const Context& context, const ImportArguments& arguments, const ImportFile& file) {
  const std::string name = std::filesystem::path(arguments.file).filename().string() + "-" +
                           file.digest.hex().substr(0, kFileDigestShown) + ".kimberlite-import";
  return std::filesystem::path(context.options.home) / "imports" / name;
}

std::uint64_t selected_lines(const ImportFile& file, const ImportOptions& options) {
  return static_cast<std::uint64_t>(std::count_if(file.lines.begin(), file.lines.end(), [&](const ImportLine& line) {
    return line.number >= options.first_line && line.number <= options.last_line;
  }));
}

ExitCode send_all(const Context& context, const ImportArguments& arguments, const ImportFile& file) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const auto genesis = load_home_genesis(context.options);
  if (!genesis) {
    return context.report(genesis.error());
  }
  auto journal = ImportJournal::open(journal_path(context, arguments, file), file.digest, genesis->chain_id);
  if (!journal) {
    return context.report(journal.error());
  }
  const auto status = ask_any_node(*config, context.timeout_ms(), [](NodeClient& node) { return node.status(); });
  if (!status) {
    return context.report(status.error());
  }
  if (status->chain_id() != genesis->chain_id.view()) {
    return context.report(
        Error{Reason::WRONG_NETWORK, "genesis.json", "the node serves another network than the home's"});
  }
  Wallet wallet(std::filesystem::path(context.options.home) / "keys");
  Submitter submitter(*config, context.timeout_ms(), context.timeout_ms() * kPatienceFactor);
  Importer importer(*genesis, wallet, submitter, *journal, TimeMs{status->ledger_time_ms()}, arguments.options);
  Progress progress(context.err, "lines", selected_lines(file, arguments.options), Progress::terminal());
  const ImportReport report = importer.run(file, [&](std::uint64_t done) { progress.update(done); });
  progress.finish();
  if (context.options.json) {
    context.out << report.to_json() << '\n';
  } else {
    report.print(context.out);
  }
  if (importer.stopped_by()) {
    context.report(*importer.stopped_by());
  }
  return report.exit_code();
}

ExitCode import_file(const Context& context, ImportArguments& arguments) {
  if (auto lines = read_lines(arguments.lines, arguments.options); !lines) {
    return context.report(lines.error());
  }
  const auto text = read_file(arguments.file);
  if (!text) {
    return context.report(text.error(), ExitCode::kUsage);
  }
  const ImportFormat format = arguments.format.empty()    ? format_of(arguments.file)
                              : arguments.format == "csv" ? ImportFormat::kCsv
                                                          : ImportFormat::kNdjson;
  const auto file = read_import(*text, format);
  if (!file) {
    return context.report(file.error());
  }
  return arguments.check ? check_only(context, *file, arguments.options) : send_all(context, arguments, *file);
}

}  // namespace

void add_import_command(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "import", "Submit the events of a file, one a line, in order; run again, it submits only what is missing");
  const auto arguments = std::make_shared<ImportArguments>();
  command->add_option("FILE", arguments->file, "NDJSON, or CSV with a header row (event,number,...)")->required();
  command->add_option("--format", arguments->format, "format of the file (default: by its name)")
      ->check(CLI::IsMember({"ndjson", "csv"}));
  command->add_option("--lines", arguments->lines, "only these lines of the file")->type_name("A..B");
  command->add_flag("--check", arguments->check, "read and check every line, send nothing");
  command->add_option("--as", arguments->options.default_actor, "party of lines that name no actor")->type_name("CODE");
  command->add_option("--pace", arguments->options.pace, "at most so many lines a second")->type_name("N");
  command->footer(
      "On a replay network each line's time t moves the clock first. Where a participant confirms receipts after its\n"
      "importers, the importer's acknowledgement is submitted before the line. What was signed and what became of it "
      "is\n"
      "kept in HOME/imports/. CSV cells: hs as code:carats:usd;..., sources as number:carats;..., seals separated by "
      ";\n"
      "A line may say what it expects: expect (accepted, refused) and reason; differences are listed.");
  command->callback(
      [&context, arguments] { context.action = [&context, arguments] { return import_file(context, *arguments); }; });
}

}  // namespace kimberlite::cli
