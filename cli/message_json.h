// Protobuf messages of the ledger <-> JSON, by reflection: one naming rule for events, state records and scenario
// files. weight_centicarats -> "carats" ("8.00"), value_cents -> "usd", *_day -> *_date ("2007-01-31"), *_ms -> * (RFC
// 3339), hs_lines and HsLine.code -> "hs", technical -> "tech", bytes -> hex, enums -> lower case without their prefix.
// Thread-safe.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace kimberlite::cli {

/// The JSON name of a field.
std::string json_name(const google::protobuf::FieldDescriptor& field);

/// A field as help shows it.
struct FieldHelp {
  std::string name;   ///< in JSON
  std::string value;  ///< what it looks like: "text", "list, each: date: \"2007-01-31\""
};
/// All fields of a type, in field order.
std::vector<FieldHelp> fields_of(const google::protobuf::Descriptor& type);

/// All fields that are set (defaults are left out), in field order.
boost::json::object message_to_json(const google::protobuf::Message& message);

/// Sets the message's fields from an object; every key must be a field's JSON name. Numbers may be given as text.
/// Errors: UNKNOWN_FIELD, BAD_AMOUNT, BAD_DATES, FIELD_OUT_OF_RANGE or BAD_REQUEST with the key's path.
Result<void> message_from_json(const boost::json::object& object, google::protobuf::Message& message,
                               const std::string& path = {});

/// A scalar as people read it in a table: text without quotes, lists joined by ", ".
std::string json_text(const boost::json::value& value);

/// The text under a key; empty if there is none, or something that is no text.
std::string text_at(const boost::json::object& object, std::string_view key);

}  // namespace kimberlite::cli
