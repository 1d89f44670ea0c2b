// Protobuf <-> JSON by reflection: see message_json.h.
#include "cli/message_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "proto/civil_time.h"
#include "proto/decimal.h"
#include "proto/encoding.h"

namespace kimberlite::cli {

namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

enum class Shape { kPlain, kHundredths, kDate, kTime };

Shape shape_of(const FieldDescriptor& field) {
  const std::string_view name = field.name();
  if (name.ends_with("_centicarats") || name.ends_with("_cents")) {
    return Shape::kHundredths;
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 && name.ends_with("_day")) {
    return Shape::kDate;
  }
  // Spans of time keep their unit; only instants are shown as such.
  if (name.ends_with("_ms") && name != "heartbeat_ms" && name != "view_timeout_ms") {
    return Shape::kTime;
  }
  return Shape::kPlain;
}

/// "MEASURE_KIND_" for MeasureKind.
std::string enum_prefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !prefix.empty()) {
      prefix += '_';
    }
    prefix += upper ? c : static_cast<char>(c - 'a' + 'A');
  }
  return prefix + "_";
}

std::string with_case(std::string_view text, char from, char to, int offset) {
  std::string result(text);
  for (char& c : result) {
    if (c >= from && c <= to) {
      c = static_cast<char>(c + offset);
    }
  }
  return result;
}

std::string lower(std::string_view text) {
  return with_case(text, 'A', 'Z', 'a' - 'A');
}
std::string upper(std::string_view text) {
  return with_case(text, 'a', 'z', 'A' - 'a');
}

boost::json::value number_to_json(std::int64_t number, Shape shape) {
  switch (shape) {
    case Shape::kHundredths:
      return boost::json::value(format_hundredths(number));
    case Shape::kDate:
      return boost::json::value(format_date(static_cast<std::int32_t>(number)));
    case Shape::kTime:
      return boost::json::value(format_time(TimeMs{number}));
    case Shape::kPlain:
      break;
  }
  return number;
}

/// One value of a field; `index` only for repeated fields.
boost::json::value value_to_json(const Message& message, const FieldDescriptor& field, std::optional<int> index) {
  const Reflection& reflection = *message.GetReflection();
  const Shape shape = shape_of(field);
  const FieldDescriptor* at = &field;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          index ? reflection.GetRepeatedString(message, at, *index) : reflection.GetString(message, at);
      return boost::json::value(field.type() == FieldDescriptor::TYPE_BYTES ? to_hex(text) : text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return message_to_json(index ? reflection.GetRepeatedMessage(message, at, *index)
                                   : reflection.GetMessage(message, at));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = index ? reflection.GetRepeatedEnum(message, at, *index) : reflection.GetEnum(message, at);
      return boost::json::value(lower(value->name().substr(enum_prefix(*field.enum_type()).size())));
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return boost::json::value(reflection.GetBool(message, at));
    case FieldDescriptor::CPPTYPE_INT32:
      return number_to_json(reflection.GetInt32(message, at), shape);
    case FieldDescriptor::CPPTYPE_INT64:
      return number_to_json(reflection.GetInt64(message, at), shape);
    case FieldDescriptor::CPPTYPE_UINT32:
      return boost::json::value(reflection.GetUInt32(message, at));
    case FieldDescriptor::CPPTYPE_UINT64:
      return boost::json::value(reflection.GetUInt64(message, at));
    default:
      return nullptr;
  }
}

/// Text or number, as an integer within [low, high].
Result<std::int64_t> integer_of(const boost::json::value& value, const std::string& path, std::int64_t low,
                                std::int64_t high) {
  std::int64_t number = 0;
  if (const auto* text = value.if_string()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) {
      return fail(Reason::BAD_REQUEST, path, "\"" + std::string(*text) + "\" is not a whole number");
    }
  } else if (value.is_int64()) {
    number = value.get_int64();
  } else if (value.is_uint64() &&
             value.get_uint64() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    number = static_cast<std::int64_t>(value.get_uint64());
  } else {
    return fail(Reason::BAD_REQUEST, path, "expected a whole number");
  }
  if (number < low || number > high) {
    return fail(Reason::FIELD_OUT_OF_RANGE, path, std::to_string(number) + " is out of range");
  }
  return number;
}

Result<std::string> text_of(const boost::json::value& value, const std::string& path) {
  if (const auto* text = value.if_string()) {
    return std::string(*text);
  }
  return fail(Reason::BAD_REQUEST, path, "expected text in quotes");
}

Result<std::int64_t> number_from_json(const boost::json::value& value, const FieldDescriptor& field,
                                      const std::string& path) {
  const Shape shape = shape_of(field);
  if (shape == Shape::kPlain) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return integer_of(value, path, std::numeric_limits<std::int32_t>::min(),
                          std::numeric_limits<std::int32_t>::max());
      case FieldDescriptor::CPPTYPE_UINT32:
        return integer_of(value, path, 0, std::numeric_limits<std::uint32_t>::max());
      case FieldDescriptor::CPPTYPE_UINT64:
        return integer_of(value, path, 0, std::numeric_limits<std::int64_t>::max());
      default:
        return integer_of(value, path, std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max());
    }
  }
  const auto text = text_of(value, path);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto named = [&](auto parsed) -> Result<std::int64_t> {
    if (!parsed) {
      return fail(parsed.error().reason, path, parsed.error().message);
    }
    if constexpr (requires { parsed->value; }) {
      return parsed->value;
    } else {
      return *parsed;
    }
  };
  switch (shape) {
    case Shape::kDate:
      return named(parse_date(*text));
    case Shape::kTime:
      return named(parse_time(*text));
    default:
      return named(parse_hundredths(*text));
  }
}

Result<void> set_text(const boost::json::value& value, const FieldDescriptor& field, Message& message,
                      const std::string& path) {
  auto text = text_of(value, path);
  if (!text) {
    return std::unexpected(text.error());
  }
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    auto bytes = from_hex(*text);
    if (!bytes) {
      return fail(Reason::BAD_REQUEST, path, "expected hexadecimal digits");
    }
    text = std::move(*bytes);
  }
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(&message, &field, std::move(*text));
  } else {
    reflection.SetString(&message, &field, std::move(*text));
  }
  return {};
}

/// "a, b, c".
void list(std::string& names, const std::string& name) {
  names.append(names.empty() ? "" : ", ").append(name);
}

/// All but the one that stands for none.
std::string names_of_values(const EnumDescriptor& type) {
  std::string names;
  for (int index = 0; index < type.value_count(); ++index) {
    if (type.value(index)->number() != 0)
      list(names, lower(type.value(index)->name().substr(enum_prefix(type).size())));
  }
  return names;
}

Result<void> set_enum(const boost::json::value& value, const FieldDescriptor& field, Message& message,
                      const std::string& path) {
  const auto text = text_of(value, path);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto* number = field.enum_type()->FindValueByName(enum_prefix(*field.enum_type()) + upper(*text));
  if (number == nullptr) {
    return fail(Reason::FIELD_OUT_OF_RANGE, path,
                "\"" + *text + "\" is none of " + names_of_values(*field.enum_type()));
  }
  message.GetReflection()->SetEnum(&message, &field, number);
  return {};
}

Result<void> set_number(const boost::json::value& value, const FieldDescriptor& field, Message& message,
                        const std::string& path) {
  const Reflection& reflection = *message.GetReflection();
  const auto number = number_from_json(value, field, path);
  if (!number) {
    return std::unexpected(number.error());
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      reflection.SetInt32(&message, &field, static_cast<std::int32_t>(*number));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(*number));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(*number));
      break;
    default:
      reflection.SetInt64(&message, &field, *number);
  }
  return {};
}

Result<void> set_value(const boost::json::value& value, const FieldDescriptor& field, Message& message,
                       const std::string& path) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return set_text(value, field, message, path);
    case FieldDescriptor::CPPTYPE_ENUM:
      return set_enum(value, field, message, path);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (const auto* object = value.if_object()) {
        return message_from_json(*object,
                                 field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                                     : *reflection.MutableMessage(&message, &field),
                                 path);
      }
      return fail(Reason::BAD_REQUEST, path, "expected an object");
    case FieldDescriptor::CPPTYPE_BOOL:
      if (value.is_bool()) {
        reflection.SetBool(&message, &field, value.get_bool());
        return {};
      }
      if (value.is_string() && (value.get_string() == "true" || value.get_string() == "false")) {
        reflection.SetBool(&message, &field, value.get_string() == "true");
        return {};
      }
      return fail(Reason::BAD_REQUEST, path, "expected true or false");
    default:
      return set_number(value, field, message, path);
  }
}

std::string names_of_fields(const google::protobuf::Descriptor& type) {
  std::string names;
  for (int index = 0; index < type.field_count(); ++index) list(names, json_name(*type.field(index)));
  return names.empty() ? "none" : names;
}

/// What a field's value looks like, of a list what each of its values does.
std::string describe_value(const FieldDescriptor& field) {
  switch (shape_of(field)) {
    case Shape::kHundredths:
      return "amount with at most two decimals: \"8.00\"";
    case Shape::kDate:
      return "date: \"2007-01-31\"";
    case Shape::kTime:
      return "time: \"2007-01-31T12:00:00Z\"";
    case Shape::kPlain:
      break;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "hexadecimal digits" : "text";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "one of " + names_of_values(*field.enum_type());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "object of " + names_of_fields(*field.message_type());
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    default:
      return "whole number";
  }
}

}  // namespace

std::string json_name(const FieldDescriptor& field) {
  const std::string& name = field.name();
  const auto replaced = [&](std::string_view suffix, std::string_view with) {
    return name.substr(0, name.size() - suffix.size()) + std::string(with);
  };
  if (name == "weight_centicarats") {
    return "carats";
  }
  if (name == "hs_lines" || (name == "code" && field.containing_type()->name() == "HsLine")) {
    return "hs";
  }
  if (name == "technical") {
    return "tech";
  }
  if (name.ends_with("_centicarats")) {
    return replaced("centicarats", "carats");
  }
  if (name.ends_with("value_cents")) {
    return replaced("value_cents", "usd");
  }
  switch (shape_of(field)) {
    case Shape::kDate:
      return replaced("day", "date");
    case Shape::kTime:
      return replaced("_ms", "");
    default:
      return name;
  }
}

std::vector<FieldHelp> fields_of(const google::protobuf::Descriptor& type) {
  std::vector<FieldHelp> fields;
  for (int index = 0; index < type.field_count(); ++index) {
    const FieldDescriptor& field = *type.field(index);
    fields.push_back({json_name(field), (field.is_repeated() ? "list, each: " : "") + describe_value(field)});
  }
  return fields;
}

boost::json::object message_to_json(const Message& message) {
  boost::json::object object;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated()) {
      object[json_name(*field)] = value_to_json(message, *field, std::nullopt);
      continue;
    }
    boost::json::array list;
    for (int index = 0; index < message.GetReflection()->FieldSize(message, field); ++index) {
      list.push_back(value_to_json(message, *field, index));
    }
    object[json_name(*field)] = std::move(list);
  }
  return object;
}

Result<void> message_from_json(const boost::json::object& object, Message& message, const std::string& path) {
  const auto& type = *message.GetDescriptor();
  for (const auto& [key, value] : object) {
    const std::string name(key);
    std::string here = path;
    here.append(path.empty() ? "" : ".").append(name);
    const FieldDescriptor* field = nullptr;
    for (int index = 0; index < type.field_count() && field == nullptr; ++index) {
      field = json_name(*type.field(index)) == name ? type.field(index) : nullptr;
    }
    if (field == nullptr) {
      return fail(Reason::UNKNOWN_FIELD, here, "there is no such field; there are " + names_of_fields(type));
    }
    Result<void> set;
    if (!field->is_repeated()) {
      set = set_value(value, *field, message, here);
    } else if (const auto* list = value.if_array()) {
      for (std::size_t index = 0; index < list->size() && set; ++index) {
        set = set_value((*list)[index], *field, message, here + "[" + std::to_string(index) + "]");
      }
    } else {
      set = fail(Reason::BAD_REQUEST, here, "expected a list");
    }
    if (!set) {
      return set;
    }
  }
  return {};
}

std::string json_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    return std::string(*text);
  }
  if (const auto* list = value.if_array()) {
    std::string joined;
    for (const auto& item : *list) {
      joined += (joined.empty() ? "" : ", ") + json_text(item);
    }
    return joined;
  }
  if (const auto* object = value.if_object()) {
    std::string joined;
    for (const auto& [key, item] : *object) {
      joined += (joined.empty() ? "" : " ") + json_text(item);
    }
    return joined;
  }
  return boost::json::serialize(value);
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace kimberlite::cli
