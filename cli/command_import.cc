// import: many events from a file, resumable.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/files.h"
#include "cli/import/genesis_line.h"
#include "cli/import/importer.h"
#include "cli/progress.h"
#include "cli/table.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

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

bool is_understood(const ImportLine& line) {
  return line.event || line.fault || is_genesis_line(line);
}

/// What keeps a line from being sent; nothing for one that can be, or that stands in the genesis document.
std::optional<Error> fault_of(const ImportLine& line, const std::string& default_actor) {
  if (is_understood(line)) {
    return shape_fault(line, default_actor);
  }
  return Error{
      Reason::BAD_REQUEST, "action",
      line.action.empty() ? "the line names no event" : "there is no such event; see `kimberlite help events`"};
}

/// Validates every line without sending; lists the faults by line.
ExitCode check_only(const Context& context, const ImportFile& file, const ImportOptions& options) {
  Table table({">line", "event", "reason", "field", "message"});
  json::array faults;
  std::uint64_t good = 0;
  std::uint64_t left_out = 0;
  for (const auto& line : file.lines) {
    if (line.number < options.first_line || line.number > options.last_line) {
      continue;
    }
    if (!is_understood(line) && !line.expect.empty()) {
      ++left_out;  // as the import itself does
      continue;
    }
    const auto fault = fault_of(line, options.default_actor);
    if (!fault) {
      ++good;
      continue;
    }
    table.add({std::to_string(line.number), line.action, std::string(reason_name(fault->reason)), fault->field,
               fault->message});
    faults.push_back(json::object{{"line", line.number},
                                  {"action", line.action},
                                  {"reason", reason_name(fault->reason)},
                                  {"field", fault->field},
                                  {"message", fault->message}});
  }
  const ExitCode code = faults.empty() ? ExitCode::kOk : ExitCode::kUsage;
  if (context.options.json) {
    context.out << json::object{{"can_be_sent", good}, {"left_out", left_out}, {"faults", std::move(faults)}} << '\n';
    return code;
  }
  context.out << grouped(good) << " lines can be sent\n";
  if (left_out > 0) {
    context.out << grouped(left_out) << " are of events that this program does not know, and are left out\n";
  }
  if (!table.empty()) {
    table.print(context.out);
  }
  return code;
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
  return report.exit_code(importer.stopped_by());
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
      "A line may say what it expects: expect (accepted, refused) and reason. One that says nothing expects to be\n"
      "accepted. Differences are listed, and the exit code is then 6.");
  command->callback(
      [&context, arguments] { context.action = [&context, arguments] { return import_file(context, *arguments); }; });
}

}  // namespace kimberlite::cli
