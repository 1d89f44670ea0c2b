// Events <-> JSON objects as scenario files write them: {"action":"cert.ship","number":"BW-0002601","seals":["S1"]}.
// The action is the event's dotted name (proto/event_name.h), the rest its fields by message_json.h's naming, with the
// scenario's aliases for the traders. Thread-safe.
#pragma once

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "cli/message_json.h"
#include "proto/error.h"

namespace kimberlite {
namespace v1 {
class Event;
}

namespace cli {

/// Whether the ledger knows an event of this dotted name.
bool is_known_action(std::string_view action);
/// All dotted names, in the order of the schema.
std::vector<std::string_view> known_actions();

/// The fields of such an event. REQUIRES: is_known_action(action).
std::vector<FieldHelp> fields_of_action(std::string_view action);

/// The event of an object that has "action" and fields. Keys that scenario files add around an event (seq, t, actor,
/// expect, reason) are skipped. Errors: BAD_REQUEST for a missing or unknown action, otherwise as message_from_json.
Result<v1::Event> event_from_json(const boost::json::object& object);
/// The object of an event: "action" first, then its fields.
boost::json::object event_to_json(const v1::Event& event);

/// The registered pseudonym for a scenario's trader name: "EC trader 06" -> "EC-TRADER-06"; others unchanged.
std::string trader_pseudonym(std::string_view name);

}  // namespace cli
}  // namespace kimberlite
