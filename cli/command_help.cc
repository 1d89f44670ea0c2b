// completion, help: what shells and people want to know about the program itself.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/event_json.h"
#include "cli/table.h"
#include "proto/reason.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::array kReasonNames{
#define KIMBERLITE_CLI_REASON(name, remedy) Reason::name,
    KIMBERLITE_REASONS(KIMBERLITE_CLI_REASON)
#undef KIMBERLITE_CLI_REASON
};

void show_table(const Context& context, const Table& table, const json::array& list) {
  if (context.options.json) {
    context.out << list << '\n';
  } else {
    table.print(context.out);
  }
}

ExitCode help(const Context& context, const CLI::App& app, const std::string& topic) {
  json::array list;
  if (topic == "exit-codes") {
    Table table({">code", "name", "meaning"});
    for (const auto& row : kExitCodes) {
      table.add({std::to_string(static_cast<int>(row.code)), std::string(row.name), std::string(row.meaning)});
      list.push_back(json::object{{"code", static_cast<int>(row.code)}, {"name", row.name}, {"meaning", row.meaning}});
    }
    show_table(context, table, list);
  } else if (topic == "reasons") {
    Table table({"reason", "what to do"});
    for (const Reason reason : kReasonNames) {
      table.add({std::string(reason_name(reason)), std::string(reason_remedy(reason))});
      list.push_back(json::object{{"reason", reason_name(reason)}, {"remedy", reason_remedy(reason)}});
    }
    show_table(context, table, list);
  } else if (topic == "events") {
    Table table({"event"});
    for (const auto name : known_actions()) {
      table.add({std::string(name)});
      list.push_back(json::object{{"event", name}});
    }
    show_table(context, table, list);
  } else if (is_known_action(topic)) {
    Table table({"field", "value"});
    for (const auto& [name, value] : fields_of_action(topic)) {
      table.add({name, value});
      list.push_back(json::object{{"field", name}, {"value", value}});
    }
    show_table(context, table, list);
  } else {
    context.out << app.help();
  }
  return ExitCode::kOk;
}

}  // namespace

void add_help_commands(CLI::App& app, Context& context) {
  auto* completion =
      app.add_subcommand("completion", "Print a completion script, e.g. source <(kimberlite completion bash)");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, &context, shell] {
    context.action = [&app, &context, shell] {
      context.out << completion_script(app, *shell);
      return ExitCode::kOk;
    };
  });
  auto* help_command = app.add_subcommand("help", "Explain exit-codes, reasons, events, or an event's fields");
  const auto topic = std::make_shared<std::string>();
  const std::string topics = "exit-codes, reasons, events, or the name of an event, such as cert.ship";
  help_command->add_option("TOPIC", *topic, topics)->check([topics](const std::string& name) {
    const bool known = name == "exit-codes" || name == "reasons" || name == "events" || is_known_action(name);
    return known ? std::string() : "\"" + name + "\" is none of " + topics;
  });
  help_command->callback(
      [&app, &context, topic] { context.action = [&app, &context, topic] { return help(context, app, *topic); }; });
}

}  // namespace kimberlite::cli
