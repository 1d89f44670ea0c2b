// show, list, tx: what the ledger holds, as one node sees it. For answers that need no trust: prove and verify.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/message_json.h"
#include "cli/state_record.h"
#include "cli/table.h"
#include "kimberlite/v1/state.pb.h"
#include "proto/civil_time.h"
#include "proto/decimal.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::uint32_t kPageSize = 500;

struct ListOptions {
  std::string kind = "certificates";
  std::string state;
  std::string exporter;
  std::string importer;
  std::uint64_t limit = 0;
};

/// Kinds of records that can be listed, with their key prefixes.
const std::map<std::string, std::string>& kinds() {
  static const std::map<std::string, std::string> prefixes_by_kind{{"certificates", "certificate/"},
                                                                   {"participants", "participant/"},
                                                                   {"observers", "observer/"},
                                                                   {"keys", "key/"},
                                                                   {"lots", "lot/"},
                                                                   {"measures", "measure/"},
                                                                   {"prefixes", "prefix/"},
                                                                   {"territories", "territory/"},
                                                                   {"technical", "technical/"},
                                                                   {"incidents", "incident/"}};
  return prefixes_by_kind;
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void print_record(const Context& context, const json::object& record) {
  FieldList fields;
  for (const auto& [key, value] : record) {
    if (key != "history") {
      fields.add(spaced(std::string(key)), json_text(value));
    }
  }
  fields.print(context.out);
  const auto* history = record.if_contains("history");
  if (history == nullptr || !history->is_array()) {
    return;
  }
  context.out << '\n';
  Table table({"at", "event", "by", "signed by", "cause"});
  for (const auto& line : history->get_array()) {
    const auto at = [&](std::string_view key) {
      const auto* value = line.get_object().if_contains(key);
      return value == nullptr ? std::string() : json_text(*value);
    };
    table.add({at("at"), at("event"), at("by"), at("holder"), at("cause")});
  }
  table.print(context.out);
}

ExitCode show(const Context& context, const std::string& typed) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const auto key = state_key_of(typed);
  if (!key) {
    return context.report(key.error(), ExitCode::kUsage);
  }
  const auto value = ask_any_node(*config, context.timeout_ms(), [&](NodeClient& node) { return node.state(*key); });
  if (!value) {
    return context.report(value.error());
  }
  if (!value->found()) {
    return context.report(
        Error{Reason::NOT_FOUND, *key,
              "the ledger holds nothing under this key at height " + std::to_string(value->height())});
  }
  const auto message = parse_state_value(*key, value->value());
  if (!message) {
    return context.report(message.error());
  }
  json::object record = message_to_json(**message);
  if (context.options.json) {
    context.out << json::object{{"key", *key}, {"height", value->height()}, {"record", std::move(record)}} << '\n';
  } else {
    print_record(context, record);
  }
  return ExitCode::kOk;
}

/// Calls `each` for every record under the prefix, page by page, until it answers false.
Result<void> each_record(const ClientConfig& config, std::int64_t timeout_ms, const std::string& prefix,
                         const std::function<bool(const std::string& key, const std::string& value)>& each) {
  std::string page_token;
  do {
    const auto page =
        ask_any_node(config, timeout_ms, [&](NodeClient& node) { return node.list(prefix, page_token, kPageSize); });
    if (!page) {
      return std::unexpected(page.error());
    }
    for (const auto& item : page->items()) {
      if (!each(item.key(), item.value())) {
        return {};
      }
    }
    page_token = page->next_page_token();
  } while (!page_token.empty());
  return {};
}

bool is_wanted(const ListOptions& options, const json::object& record) {
  const auto fits = [&](const std::string& wanted, std::string_view key) {
    const auto* value = record.if_contains(key);
    return wanted.empty() || (value != nullptr && json_text(*value) == wanted);
  };
  return fits(options.state, "state") && fits(options.exporter, "exporter") && fits(options.importer, "importer");
}

std::vector<std::string> certificate_row(const std::string& value) {
  v1::CertificateRecord record;
  record.ParseFromString(value);
  const json::object fields = message_to_json(record);
  const auto text = [&](std::string_view key) {
    const auto* field = fields.if_contains(key);
    return field == nullptr ? std::string() : json_text(*field);
  };
  return {record.number(),
          text("state"),
          record.exporter(),
          record.importer(),
          record.origin().empty() ? "mixed" : record.origin(),
          format_hundredths_grouped(record.weight_centicarats()),
          format_hundredths_grouped(record.value_cents()),
          format_date(record.issue_day()),
          record.received_ms() == 0 ? "" : format_hundredths_grouped(record.received_centicarats())};
}

ExitCode list(const Context& context, const ListOptions& options) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const bool certificates = options.kind == "certificates";
  Table table(certificates ? std::vector<std::string>{"number", "state", "from", "to", "origin", ">carats", ">US$",
                                                      "issued", ">received"}
                           : std::vector<std::string>{"key", "record"});
  std::uint64_t shown = 0;
  const auto listed = each_record(*config, context.timeout_ms(), kinds().at(options.kind),
                                  [&](const std::string& key, const std::string& value) {
                                    const auto message = parse_state_value(key, value);
                                    json::object record = message ? message_to_json(**message) : json::object{};
                                    if (!is_wanted(options, record)) {
                                      return true;
                                    }
                                    ++shown;
                                    if (context.options.json) {
                                      context.out << json::object{{"key", key}, {"record", std::move(record)}} << '\n';
                                    } else if (certificates) {
                                      table.add(certificate_row(value));
                                    } else {
                                      table.add({key, json_text(record)});
                                    }
                                    return options.limit == 0 || shown < options.limit;
                                  });
  if (!listed) {
    return context.report(listed.error(), shown > 0 ? ExitCode::kPartlyDone : exit_code_of(listed.error().reason));
  }
  if (!context.options.json) {
    table.print(context.out);
    context.out << '\n' << grouped(shown) << ' ' << options.kind << '\n';
  }
  return ExitCode::kOk;
}

ExitCode what_became_of(const Context& context, const std::string& id_text) {
  const auto id = Digest::from_hex(id_text);
  if (!id) {
    return context.report(Error{Reason::BAD_REQUEST, "ID", "an envelope id has 64 hexadecimal digits"});
  }
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const auto answer = ask_any_node(*config, context.timeout_ms(), [&](NodeClient& node) { return node.envelope(*id); });
  if (!answer) {
    return context.report(answer.error());
  }
  const std::map<int, std::string> words{
      {v1::OUTCOME_FINAL, "accepted"}, {v1::OUTCOME_REFUSED, "refused"}, {v1::OUTCOME_PENDING, "pending"}};
  const auto word = words.find(answer->outcome());
  const std::string outcome = word == words.end() ? "unknown" : word->second;
  const auto& refusal = answer->refusal();
  if (context.options.json) {
    context.out << json::object{{"envelope_id", id->hex()},    {"outcome", outcome},
                                {"height", answer->height()},  {"log_index", answer->log_index()},
                                {"reason", refusal.reason()},  {"field", refusal.field()},
                                {"message", refusal.message()}}
                << '\n';
  } else {
    FieldList fields;
    fields.add("envelope", id->hex());
    fields.add("outcome", outcome);
    if (answer->outcome() == v1::OUTCOME_FINAL) {
      fields.add("block", std::to_string(answer->height()));
      fields.add("leaf", std::to_string(answer->log_index()));
    }
    fields.add("reason", refusal.reason());
    fields.add("field", refusal.field());
    fields.add("message", refusal.message());
    fields.print(context.out);
  }
  switch (answer->outcome()) {
    case v1::OUTCOME_FINAL:
      return ExitCode::kOk;
    case v1::OUTCOME_REFUSED:
      return ExitCode::kRefused;
    case v1::OUTCOME_PENDING:
      return ExitCode::kUnreachable;
    default:
      return ExitCode::kNotFound;
  }
}

}  // namespace

void add_query_commands(CLI::App& app, Context& context) {
  auto* show_command =
      app.add_subcommand("show", "Show a certificate with its history, or any record of the state")->group("Questions");
  const auto key = std::make_shared<std::string>();
  show_command->add_option("NUMBER", *key, "certificate number, or a state key such as participant/BW or clock")
      ->required();
  show_command->callback([&context, key] { context.action = [&context, key] { return show(context, *key); }; });

  auto* list_command = app.add_subcommand("list", "List records; with --json one object a line")->group("Questions");
  const auto options = std::make_shared<ListOptions>();
  std::vector<std::string> names;
  for (const auto& [name, prefix] : kinds()) {
    names.push_back(name);
  }
  list_command->add_option("KIND", options->kind, "what to list")->check(CLI::IsMember(names))->capture_default_str();
  list_command->add_option("--state", options->state, "certificates in this state, e.g. shipped");
  list_command->add_option("--exporter", options->exporter, "certificates of this exporter")->type_name("CODE");
  list_command->add_option("--importer", options->importer, "certificates to this importer")->type_name("CODE");
  list_command->add_option("--limit", options->limit, "at most so many")->type_name("N");
  list_command->callback(
      [&context, options] { context.action = [&context, options] { return list(context, *options); }; });

  auto* tx = app.add_subcommand("tx", "Tell what became of an envelope")->group("Questions");
  const auto id = std::make_shared<std::string>();
  tx->add_option("ID", *id, "envelope id, 64 hexadecimal digits")->required();
  tx->callback([&context, id] { context.action = [&context, id] { return what_became_of(context, *id); }; });
}

}  // namespace kimberlite::cli
