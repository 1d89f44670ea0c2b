// Events <-> JSON objects: see event_json.h.
#include "cli/event_json.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "kimberlite/v1/event.pb.h"
#include "proto/assert.h"
#include "proto/event_name.h"

namespace kimberlite::cli {

namespace {

using google::protobuf::FieldDescriptor;

constexpr std::array<std::string_view, 6> kAround{"seq", "t", "actor", "action", "expect", "reason"};
constexpr std::string_view kTraderWord = " trader ";

/// Which member of the oneof a dotted name stands for, learned from event_name itself so that there is one table only.
struct Action {
  std::string_view name;
  const FieldDescriptor* field;
};

const std::vector<Action>& actions() {
  static const std::vector<Action> all_actions = [] {
    std::vector<Action> all;
    const auto* kinds = v1::Event::descriptor()->FindOneofByName("kind");
    for (int index = 0; index < kinds->field_count(); ++index) {
      v1::Event event;
      event.GetReflection()->MutableMessage(&event, kinds->field(index));
      all.push_back({event_name(event), kinds->field(index)});
    }
    return all;
  }();
  return all_actions;
}

const FieldDescriptor* field_of(std::string_view action) {
  const auto found =
      std::find_if(actions().begin(), actions().end(), [&](const Action& known) { return known.name == action; });
  return found == actions().end() ? nullptr : found->field;
}

}  // namespace

bool is_known_action(std::string_view action) {
  return field_of(action) != nullptr;
}

std::vector<std::string_view> known_actions() {
  std::vector<std::string_view> names;
  for (const auto& action : actions()) {
    names.push_back(action.name);
  }
  return names;
}

std::vector<FieldHelp> fields_of_action(std::string_view action) {
  const FieldDescriptor* field = field_of(action);
  KIMBERLITE_ASSERT(field != nullptr, "the ledger knows the event");
  return fields_of(*field->message_type());
}

std::string trader_pseudonym(std::string_view name) {
  const std::size_t word = name.find(kTraderWord);
  if (word == std::string_view::npos) {
    return std::string(name);
  }
  return std::string(name.substr(0, word)) + "-TRADER-" + std::string(name.substr(word + kTraderWord.size()));
}

Result<v1::Event> event_from_json(const boost::json::object& object) {
  const auto* action = object.if_contains("action");
  if (action == nullptr || !action->is_string()) {
    return fail(Reason::BAD_REQUEST, "action", "an event needs its dotted name, such as \"cert.ship\"");
  }
  const FieldDescriptor* field = field_of(std::string_view(action->get_string()));
  if (field == nullptr) {
    return fail(Reason::BAD_REQUEST, "action",
                "the ledger knows no event \"" + std::string(action->get_string()) + "\"");
  }
  boost::json::object fields;
  for (const auto& [key, value] : object) {
    if (std::find(kAround.begin(), kAround.end(), std::string_view(key)) != kAround.end()) {
      // "reason" and the others belong to the scenario line, not to the event.
      continue;
    }
    if ((key == "exporter_name" || key == "importer_name") && value.is_string()) {
      fields[key == "exporter_name" ? "exporter_trader" : "importer_trader"] =
          trader_pseudonym(std::string_view(value.get_string()));
      continue;
    }
    fields[key] = value;
  }
  v1::Event event;
  if (auto read = message_from_json(fields, *event.GetReflection()->MutableMessage(&event, field)); !read) {
    return std::unexpected(read.error());
  }
  return event;
}

boost::json::object event_to_json(const v1::Event& event) {
  boost::json::object object;
  object["action"] = std::string(event_name(event));
  if (const auto* field =
          event.GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->FindOneofByName("kind"))) {
    for (auto& [key, value] : message_to_json(event.GetReflection()->GetMessage(event, field))) {
      object[key] = std::move(value);
    }
  }
  return object;
}

}  // namespace kimberlite::cli
