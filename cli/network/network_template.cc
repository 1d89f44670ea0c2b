// Templates of networks: see network_template.h.
#include "cli/network/network_template.h"

#include <toml++/toml.h>

#include <array>
#include <chrono>
#include <optional>
#include <sstream>
#include <utility>

#include "cli/message_json.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/assert.h"
#include "proto/types.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::uint32_t kGenesisFormat = 1;
constexpr std::size_t kSimpleTraders = 3;
constexpr std::int64_t kSimpleLotCenticarats = 100'000'000;
constexpr std::string_view kMidnight = "T00:00:00Z";

/// TOML's values as JSON: dates become instants at midnight UTC, numbers and text stay.
json::value to_json(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    json::object object;
    for (const auto& [key, value] : *table) {
      object[std::string(key.str())] = to_json(value);
    }
    return object;
  }
  if (const auto* list = node.as_array()) {
    json::array array;
    for (const auto& value : *list) {
      array.push_back(to_json(value));
    }
    return array;
  }
  if (const auto* text = node.as_string()) {
    return json::value(text->get());
  }
  if (const auto* number = node.as_integer()) {
    return json::value(number->get());
  }
  if (const auto* flag = node.as_boolean()) {
    return json::value(flag->get());
  }
  std::ostringstream text;
  if (const auto* date = node.as_date()) {
    text << date->get() << kMidnight;
  } else if (const auto* instant = node.as_date_time()) {
    text << instant->get();
  }
  return json::value(text.str());
}

std::string trader_name(const std::string& code, std::size_t number) {
  const std::string digits = std::to_string(number);
  return code + "-TRADER-" + (digits.size() < 2 ? "0" + digits : digits);
}

json::object holder(const std::string& name) {
  return json::object{{"holder", name}};
}

/// Takes a shortcut key out of a participant's table.
std::optional<json::value> take(json::object& table, std::string_view key) {
  const auto found = table.find(key);
  if (found == table.end()) {
    return std::nullopt;
  }
  json::value value = std::move(found->value());
  table.erase(found);
  return value;
}

/// A participant's table with the shortcuts replaced by what the genesis document has.
class ParticipantReader {
 public:
  ParticipantReader(json::object table, std::string path) : table_(std::move(table)), path_(std::move(path)) {}

  Result<void> read(v1::Genesis& genesis, std::set<std::string>& validators, bool own_prefixes) {
    const auto* code = table_.if_contains("code");
    code_ = code == nullptr ? "" : json_text(*code);
    const auto prefix = take(table_, "prefix");
    const auto validator = take(table_, "validator");
    if (auto expanded = expand_bodies(); !expanded) {
      return expanded;
    }
    if (auto expanded = expand_traders(); !expanded) {
      return expanded;
    }
    if (auto policy = take(table_, "receipt_policy")) {
      table_["receipt_policies"] = json::array{json::object{{"policy", std::move(*policy)}}};
    }
    auto& participant = *genesis.add_participants();
    if (auto set = message_from_json(table_, participant, path_); !set) {
      return set;
    }
    if (validator && validator->is_bool() && validator->get_bool()) {
      validators.insert(code_);
    }
    if (own_prefixes || prefix) {
      auto& entry = *genesis.add_prefixes();
      entry.set_prefix(prefix ? json_text(*prefix) : code_);
      entry.set_participant(code_);
      entry.set_from_ms(participant.admitted_ms());
    }
    return {};
  }

 private:
  Result<void> expand_bodies() {
    auto* bodies = table_.if_contains("bodies");
    if (bodies == nullptr) {
      return {};
    }
    if (!bodies->is_array()) {
      return fail(Reason::BAD_CONFIGURATION, path_ + ".bodies", "expected a list of {code, exporting, importing}");
    }
    for (auto& body : bodies->get_array()) {
      if (auto* entry = body.if_object()) {
        if (auto name = take(*entry, "code")) {
          (*entry)["holder"] = std::move(*name);
        }
      }
    }
    return {};
  }

  Result<void> expand_traders() {
    const auto traders = take(table_, "traders");
    json::array list;
    if (traders && traders->is_int64()) {
      if (traders->get_int64() < 0 || traders->get_int64() > kTradersMax) {
        return fail(Reason::FIELD_OUT_OF_RANGE, path_ + ".traders", "a count from 0 to 99");
      }
      for (std::size_t number = 1; number <= static_cast<std::size_t>(traders->get_int64()); ++number) {
        list.push_back(holder(trader_name(code_, number)));
      }
    } else if (traders && traders->is_array()) {
      for (const auto& name : traders->get_array()) {
        list.push_back(holder(json_text(name)));
      }
    } else if (traders) {
      return fail(Reason::BAD_CONFIGURATION, path_ + ".traders", "expected a count or a list of names");
    }
    table_["traders"] = std::move(list);
    return {};
  }

  json::object table_;
  std::string path_;
  std::string code_;
};

TimeMs now() {
  return TimeMs{
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

struct KnownParticipant {
  std::string_view code;
  std::string_view name;
  std::string_view role;
};

constexpr std::array<KnownParticipant, kSimpleNodesMax> kKnown{{
    {"BW", "Botswana", "producer"},
    {"EC", "European Community", "trader"},
    {"IN", "India", "both"},
    {"AE", "United Arab Emirates", "trader"},
    {"ZA", "South Africa", "both"},
    {"RU", "Russian Federation", "producer"},
    {"CA", "Canada", "producer"},
    {"AO", "Angola", "producer"},
    {"AU", "Australia", "producer"},
    {"IL", "Israel", "trader"},
    {"US", "United States of America", "trader"},
    {"CH", "Switzerland", "trader"},
    {"CN", "China", "both"},
    {"NA", "Namibia", "producer"},
    {"SL", "Sierra Leone", "producer"},
    {"LS", "Lesotho", "producer"},
    {"GH", "Ghana", "producer"},
    {"GN", "Guinea", "producer"},
    {"GY", "Guyana", "producer"},
    {"TZ", "Tanzania", "producer"},
    {"ZW", "Zimbabwe", "producer"},
    {"BR", "Brazil", "producer"},
    {"CD", "Democratic Republic of the Congo", "producer"},
    {"CF", "Central African Republic", "producer"},
    {"AM", "Armenia", "trader"},
    {"BD", "Bangladesh", "trader"},
    {"BY", "Belarus", "trader"},
    {"CI", "Cote d'Ivoire", "producer"},
    {"HR", "Croatia", "trader"},
    {"ID", "Indonesia", "producer"},
    {"JP", "Japan", "trader"},
    {"KR", "Republic of Korea", "trader"},
    {"LA", "Lao People's Democratic Republic", "trader"},
    {"LB", "Lebanon", "trader"},
    {"LK", "Sri Lanka", "trader"},
    {"LR", "Liberia", "producer"},
    {"MU", "Mauritius", "trader"},
    {"MY", "Malaysia", "trader"},
    {"NO", "Norway", "trader"},
    {"NZ", "New Zealand", "trader"},
    {"SG", "Singapore", "trader"},
    {"TG", "Togo", "producer"},
    {"TH", "Thailand", "trader"},
    {"UA", "Ukraine", "trader"},
    {"VE", "Venezuela", "producer"},
    {"VN", "Viet Nam", "trader"},
}};

void add_simple_participant(v1::Genesis& genesis, const KnownParticipant& known) {
  const std::string code(known.code);
  auto& participant = *genesis.add_participants();
  participant.set_code(code);
  participant.set_name(std::string(known.name));
  participant.set_member_states(1);
  participant.set_role(std::string(known.role));
  auto& body = *participant.add_bodies();
  body.set_holder(code + "-AUTHORITY");
  body.set_exporting(true);
  body.set_importing(true);
  for (std::size_t number = 1; number <= kSimpleTraders; ++number) {
    participant.add_traders()->set_holder(trader_name(code, number));
  }
  participant.add_receipt_policies()->set_policy(v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  auto& prefix = *genesis.add_prefixes();
  prefix.set_prefix(code);
  prefix.set_participant(code);
  auto& lot = *genesis.add_lots();
  lot.set_lot("OPEN-" + code);
  lot.set_holder(code);
  lot.set_weight_centicarats(kSimpleLotCenticarats);
}

}  // namespace

Result<NetworkTemplate> parse_network_template(std::string_view toml_text, const std::string& file) {
  toml::table tables;
  try {
    tables = toml::parse(toml_text, file);
  } catch (const toml::parse_error& problem) {
    return fail(Reason::BAD_CONFIGURATION, file + ":" + std::to_string(problem.source().begin.line),
                std::string(problem.description()));
  }
  json::object document = to_json(tables).get_object();
  const auto participants = take(document, "participants");
  if (!participants || !participants->is_array()) {
    return fail(Reason::BAD_CONFIGURATION, "participants", "a template needs [[participants]]");
  }
  NetworkTemplate result{.genesis = std::make_shared<v1::Genesis>(), .validators = {}};
  const bool own_prefixes = !document.contains("prefixes");
  if (auto set = message_from_json(document, *result.genesis); !set) {
    return std::unexpected(set.error());
  }
  for (std::size_t index = 0; index < participants->get_array().size(); ++index) {
    const std::string path = "participants[" + std::to_string(index) + "]";
    const auto* table = participants->get_array()[index].if_object();
    if (table == nullptr) {
      return fail(Reason::BAD_CONFIGURATION, path, "expected a table");
    }
    if (auto read = ParticipantReader(*table, path).read(*result.genesis, result.validators, own_prefixes); !read) {
      return std::unexpected(read.error());
    }
  }
  result.genesis->set_format(kGenesisFormat);
  if (result.genesis->genesis_time_ms() == 0) {
    result.genesis->set_genesis_time_ms(now().value);
  }
  for (auto& measure : *result.genesis->mutable_measures()) {
    if (measure.from_ms() == 0) {
      measure.set_from_ms(result.genesis->genesis_time_ms());
    }
  }
  return result;
}

NetworkTemplate simple_network(std::size_t nodes, const std::string& clock) {
  KIMBERLITE_ASSERT(nodes >= 1 && nodes <= kSimpleNodesMax, "the caller checked the number of nodes");
  constexpr std::size_t kByzantineMin = 4;
  constexpr std::uint32_t kSimpleTerm = 2007;
  NetworkTemplate result{.genesis = std::make_shared<v1::Genesis>(), .validators = {}};
  v1::Genesis& genesis = *result.genesis;
  genesis.set_format(kGenesisFormat);
  genesis.set_network_name("kimberlite.example/local");
  genesis.set_genesis_time_ms(now().value);
  genesis.set_clock(clock == "replay" ? v1::CLOCK_REPLAY : v1::CLOCK_WALL);
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  genesis.set_development(nodes < kByzantineMin);
  for (std::size_t index = 0; index < nodes; ++index) {
    add_simple_participant(genesis, kKnown.at(index));
    result.validators.insert(std::string(kKnown.at(index).code));
  }
  auto& observer = *genesis.add_observers();
  observer.set_code("WDC");
  observer.set_name("World Diamond Council");
  observer.set_kind("industry");
  genesis.mutable_chair()->set_chair(std::string(kKnown.at(nodes > 1 ? 1 : 0).code));
  genesis.mutable_chair()->set_term(kSimpleTerm);
  return result;
}

}  // namespace kimberlite::cli
