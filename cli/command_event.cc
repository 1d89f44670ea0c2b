// The commands that submit one event, made from the table in event_commands.h; and send, for any event as JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/event_commands.h"
#include "cli/event_json.h"
#include "cli/home.h"
#include "cli/message_json.h"
#include "cli/signer_choice.h"
#include "cli/state_record.h"
#include "cli/submitter.h"
#include "cli/table.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "proto/civil_time.h"
#include "proto/decimal.h"
#include "proto/event_name.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

/// What the parser fills in for one command.
struct EventArguments {
  std::string number;
  std::string party;  ///< --as
  std::string body;   ///< --body
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<std::string>> lists;
  std::map<std::string, bool> flags;
  std::string raw;  ///< send: the event as JSON
};

/// One submission from the command line: the home's parts, opened once.
class Submission {
 public:
  Submission(const Context& context, ClientConfig config, GenesisDocument genesis)
      : context_(context),
        genesis_(std::move(genesis)),
        wallet_(std::filesystem::path(context.options.home) / "keys"),
        choice_(wallet_, genesis_),
        config_(config),
        submitter_(std::move(config), context.timeout_ms(), context.timeout_ms() * kPatienceFactor) {}

  Result<Verdict> run(const EventCommand& command, const EventArguments& arguments);
  Result<Verdict> run_raw(const EventArguments& arguments);
  [[nodiscard]] const std::string& action() const { return action_; }
  [[nodiscard]] const std::string& number() const { return number_; }

 private:
  Result<std::string> party_for(const EventCommand& command, const EventArguments& arguments);
  Result<json::object> fields_for(const EventCommand& command, const EventArguments& arguments);
  Result<void> fill_dates(json::object& fields) const;
  Result<void> learn_certificate();
  Result<Verdict> sign_and_submit(const std::string& party, const v1::Event& event, const std::string& holder);
  Result<void> learn_ledger_time();

  const Context& context_;
  GenesisDocument genesis_;
  Wallet wallet_;
  SignerChoice choice_;
  ClientConfig config_;
  Submitter submitter_;
  std::string action_;
  std::string number_;
  std::optional<v1::CertificateRecord> certificate_;  ///< as on the ledger, where the command needs it
  TimeMs ledger_time_;
};

Result<json::value> list_item(const EventOption& option, const std::string& text) {
  if (option.kind == OptionKind::kTexts) {
    return json::value(text);
  }
  const bool hs = option.kind == OptionKind::kHsLines;
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != (hs ? 3 : 2)) {
    return fail(Reason::BAD_REQUEST, std::string(option.flag),
                "\"" + text + "\" is not " + (hs ? "CODE:CARATS:USD" : "NUMBER:CARATS"));
  }
  json::object object{{hs ? "hs" : "number", parts[0]}, {"carats", parts[1]}};
  if (hs) {
    object["usd"] = parts[2];
  }
  return object;
}

Result<void> Submission::learn_certificate() {
  const auto key = state_key_of(number_);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto value = submitter_.state(*key, config_.default_node);
  if (!value) {
    return std::unexpected(value.error());
  }
  certificate_.emplace();
  if (!*value || !certificate_->ParseFromString(**value)) {
    return fail(Reason::NOT_FOUND, number_, "no such certificate is on the ledger");
  }
  return {};
}

Result<std::string> Submission::party_for(const EventCommand& command, const EventArguments& arguments) {
  if (command.side == Side::kImporter || command.side == Side::kTrader) {
    if (auto known = learn_certificate(); !known) {
      return std::unexpected(known.error());
    }
  }
  if (!arguments.party.empty()) {
    return arguments.party;
  }
  if (certificate_) {
    return certificate_->importer();
  }
  if (command.side == Side::kExporter) {
    for (const auto& prefix : genesis_.genesis->prefixes()) {
      if (number_.starts_with(prefix.prefix() + "-")) {
        return prefix.participant();
      }
    }
    return fail(Reason::BAD_REQUEST, number_, "the register gives this prefix to no one; name the party with --as");
  }
  return fail(Reason::BAD_REQUEST, "--as", "name the party that signs");
}

Result<json::object> Submission::fields_for(const EventCommand& command, const EventArguments& arguments) {
  json::object fields{{"action", command.action}, {"number", number_}};
  for (const auto& option : command.options) {
    const std::string flag(option.flag);
    if (option.kind == OptionKind::kFlag) {
      if (arguments.flags.at(flag)) {
        fields[option.field] = true;
      }
    } else if (option.kind == OptionKind::kText) {
      if (const std::string& text = arguments.texts.at(flag); !text.empty()) {
        fields[option.field] = text;
      }
    } else {
      json::array list;
      for (const auto& text : arguments.lists.at(flag)) {
        auto item = list_item(option, text);
        if (!item) {
          return std::unexpected(item.error());
        }
        list.push_back(std::move(*item));
      }
      fields[option.field] = std::move(list);
    }
  }
  const bool receipt = command.action == "receipt.confirm" || command.action == "receipt.acknowledge";
  if (receipt && certificate_) {
    const auto fill = [&](std::string_view key, const std::string& value) {
      if (!fields.contains(key)) {
        fields[key] = value;
      }
    };
    fill("carats", format_hundredths(certificate_->weight_centicarats()));
    fill("usd", format_hundredths(certificate_->value_cents()));
    fill("parcels", std::to_string(certificate_->parcels()));
    if (command.action == "receipt.confirm") {
      fill("exporter", certificate_->exporter());
    }
  }
  return fields;
}

Result<void> Submission::fill_dates(json::object& fields) const {
  if (fields["action"] != "cert.issue" && fields["action"] != "cert.replace") {
    return {};
  }
  std::int32_t issue_day = day_of(ledger_time_);
  if (!fields.contains("issue_date")) {
    fields["issue_date"] = format_date(issue_day);
  } else if (const auto day = parse_date(json_text(fields["issue_date"]))) {
    issue_day = *day;
  } else {
    return fail(day.error().reason, "--issue-date", day.error().message);
  }
  if (!fields.contains("expiry_date")) {
    fields["expiry_date"] = format_date(issue_day + genesis_.genesis->parameters().validity_days());
  }
  return {};
}

Result<void> Submission::learn_ledger_time() {
  const auto status = ask_any_node(config_, context_.timeout_ms(), [](NodeClient& node) { return node.status(); });
  if (!status) {
    return std::unexpected(status.error());
  }
  if (status->chain_id() != genesis_.chain_id.view()) {
    return fail(Reason::WRONG_NETWORK, "genesis.json", "the node serves another network than the home's");
  }
  ledger_time_ = TimeMs{status->ledger_time_ms()};
  return {};
}

Result<Verdict> Submission::sign_and_submit(const std::string& party, const v1::Event& event,
                                            const std::string& holder) {
  const auto signer = choice_.choose(party, event, holder);
  if (!signer) {
    return std::unexpected(signer.error());
  }
  action_ = event_name(event);
  number_ = event_certificate_number(event);
  const TimeMs not_after{ledger_time_.value + kNotAfterMs};
  return submitter_.submit(sign_event(genesis_.chain_id, *signer, event, not_after, random_nonce()), party);
}

Result<Verdict> Submission::run(const EventCommand& command, const EventArguments& arguments) {
  number_ = arguments.number;
  const auto party = party_for(command, arguments);
  if (!party) {
    return std::unexpected(party.error());
  }
  if (auto time = learn_ledger_time(); !time) {
    return std::unexpected(time.error());
  }
  auto fields = fields_for(command, arguments);
  if (!fields) {
    return std::unexpected(fields.error());
  }
  if (auto dates = fill_dates(*fields); !dates) {
    return std::unexpected(dates.error());
  }
  // Two events state the body that signs them.
  std::string holder = arguments.body;
  if (command.action == "cert.issue" || command.action == "receipt.confirm") {
    for (const auto& participant : genesis_.genesis->participants()) {
      if (participant.code() != *party || !holder.empty()) {
        continue;
      }
      for (const auto& body : participant.bodies()) {
        if (holder.empty() && (command.side == Side::kExporter ? body.exporting() : body.importing())) {
          holder = body.holder();
        }
      }
    }
    if (holder.empty()) {
      return fail(Reason::BAD_REQUEST, "--body",
                  "the genesis document gives " + *party + " no body for this; name the one that signs");
    }
    (*fields)["body"] = holder;
  } else if (command.side == Side::kTrader && holder.empty()) {
    holder = certificate_->importer_trader();
  }
  const auto event = event_from_json(*fields);
  if (!event) {
    return std::unexpected(event.error());
  }
  return sign_and_submit(*party, *event, holder);
}

Result<Verdict> Submission::run_raw(const EventArguments& arguments) {
  json::error_code error;
  const auto value = json::parse(arguments.raw, error);
  if (error || !value.is_object()) {
    return fail(Reason::BAD_REQUEST, "EVENT", error ? error.message() : "this is not a JSON object");
  }
  const auto event = event_from_json(value.get_object());
  if (!event) {
    return std::unexpected(event.error());
  }
  const auto* actor = value.get_object().if_contains("actor");
  const std::string party = !arguments.party.empty() ? arguments.party : actor == nullptr ? "" : json_text(*actor);
  if (party.empty()) {
    return fail(Reason::BAD_REQUEST, "--as", "name the party that signs");
  }
  if (auto time = learn_ledger_time(); !time) {
    return std::unexpected(time.error());
  }
  return sign_and_submit(party, *event, arguments.body);
}

/// Says what became of the event.
ExitCode tell(const Context& context, const Submission& submission, const Verdict& verdict) {
  if (context.options.json) {
    json::object object{{"outcome", verdict.refusal ? "refused" : "accepted"},
                        {"action", submission.action()},
                        {"number", submission.number()},
                        {"envelope_id", verdict.id.hex()},
                        {"node", verdict.node}};
    if (verdict.refusal) {
      object["reason"] = verdict.refusal->reason;
      object["field"] = verdict.refusal->field;
      object["message"] = verdict.refusal->message;
    } else {
      object["height"] = verdict.height;
      object["log_index"] = verdict.log_index;
    }
    context.out << object << '\n';
  }
  if (verdict.refusal) {
    const Reason reason = reason_from_name(verdict.refusal->reason).value_or(Reason::BAD_REQUEST);
    return context.report(Error{reason, verdict.refusal->field, verdict.refusal->message}, ExitCode::kRefused);
  }
  if (!context.options.json) {
    context.out << "accepted " << submission.action() << (submission.number().empty() ? "" : " of ")
                << submission.number() << ": final in block " << verdict.height << " as leaf " << verdict.log_index
                << "\nenvelope " << verdict.id.hex() << '\n';
  }
  return ExitCode::kOk;
}

ExitCode submit_one(const Context& context, const EventCommand* command, const EventArguments& arguments) {
  auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  auto genesis = load_home_genesis(context.options);
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  Submission submission(context, std::move(*config), std::move(*genesis));
  const auto verdict = command == nullptr ? submission.run_raw(arguments) : submission.run(*command, arguments);
  if (!verdict) {
    const ExitCode code = exit_code_of(verdict.error().reason);
    // Nothing was sent unless a node could not be reached: what else fails here was found on this side.
    return context.report(verdict.error(), code == ExitCode::kRefused ? ExitCode::kUsage : code);
  }
  return tell(context, submission, *verdict);
}

void add_one(CLI::App& app, Context& context, const EventCommand& command) {
  auto* sub = app.add_subcommand(std::string(command.name), std::string(command.help))->group("Certificates");
  const auto arguments = std::make_shared<EventArguments>();
  sub->add_option("NUMBER", arguments->number, "certificate number, e.g. BW-0002601")->required();
  sub->add_option("--as", arguments->party, "party on whose behalf to sign (default: by the certificate)")
      ->type_name("CODE");
  sub->add_option("--body", arguments->body,
                  command.side == Side::kTrader ? "trader that signs (default: the one that the certificate names)"
                                                : "body that signs (default: the party's first with that role)")
      ->type_name("NAME");
  for (const auto& option : command.options) {
    const std::string flag(option.flag);
    const std::string help(option.help);
    CLI::Option* added = nullptr;
    if (option.kind == OptionKind::kFlag) {
      added = sub->add_flag(flag, arguments->flags[flag], help);
    } else if (option.kind == OptionKind::kText) {
      added = sub->add_option(flag, arguments->texts[flag], help);
    } else {
      added = sub->add_option(flag, arguments->lists[flag], help)->expected(1)->take_all();
    }
    added->required(option.required);
  }
  sub->callback([&context, &command, arguments] {
    context.action = [&context, &command, arguments] { return submit_one(context, &command, *arguments); };
  });
}

}  // namespace

void add_event_commands(CLI::App& app, Context& context) {
  for (const auto& command : event_commands()) {
    add_one(app, context, command);
  }
  auto* send = app.add_subcommand("send", "Submit any event, given as JSON")->group("Certificates");
  send->footer("`kimberlite help events` lists the events, `kimberlite help cert.ship` the fields of one.");
  const auto arguments = std::make_shared<EventArguments>();
  send->add_option("EVENT", arguments->raw, R"({"action":"key.revoke","public_key":"..."})")->required();
  send->add_option("--as", arguments->party, "party on whose behalf to sign (default: \"actor\" of the event)")
      ->type_name("CODE");
  send->add_option("--body", arguments->body, "body or trader that signs")->type_name("NAME");
  send->callback([&context, arguments] {
    context.action = [&context, arguments] { return submit_one(context, nullptr, *arguments); };
  });
}

}  // namespace kimberlite::cli
