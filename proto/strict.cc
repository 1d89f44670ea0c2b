#include "proto/strict.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <climits>
#include <cstdio>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proto/assert.h"
#include "proto/utf8.h"

namespace kimberlite {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::LogLevel;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Protobuf logs each text that is not UTF-8 to standard error.
void log_fatal_only(LogLevel level, const char* file, int line, const std::string& message) {
  if (level == google::protobuf::LOGLEVEL_FATAL) std::fprintf(stderr, "%s:%d: %s\n", file, line, message.c_str());
}

void quiet_protobuf() {
  static const bool quiet = (google::protobuf::SetLogHandler(&log_fatal_only), true);
  KIMBERLITE_ASSERT(quiet, "protobuf's log handler is set");
}

bool needs_check(const FieldDescriptor& field) {
  return field.is_repeated() || field.type() == FieldDescriptor::TYPE_STRING ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The fields of a message type that can break a rule, found once.
struct Plan {
  std::vector<const FieldDescriptor*> fields;  // outside of oneofs
  std::vector<const OneofDescriptor*> oneofs;
};

Plan make_plan(const Descriptor& type) {
  Plan plan;
  for (int index = 0; index < type.field_count(); ++index) {
    const FieldDescriptor* field = type.field(index);
    if (field->real_containing_oneof() == nullptr && needs_check(*field)) plan.fields.push_back(field);
  }
  for (int index = 0; index < type.real_oneof_decl_count(); ++index) plan.oneofs.push_back(type.oneof_decl(index));
  return plan;
}

const Plan& plan_of(const Descriptor* type) {
  thread_local std::unordered_map<const Descriptor*, Plan> plans;  // at most one entry a message type
  const auto found = plans.find(type);
  if (found != plans.end()) return found->second;
  return plans.emplace(type, make_plan(*type)).first->second;
}

using Fault = std::optional<Error>;

Fault fault(Reason reason, std::string field, std::string message) {
  return Error{reason, std::move(field), std::move(message)};
}

// Walks a parsed message. Paths are put together on the way back from a fault only.
class Walk {
 public:
  explicit Walk(const StrictLimits& limits) : limits_(limits) {}

  Fault check_message(const Message& message, int depth) const {
    if (depth > kNestingMax) {
      return fault(Reason::MALFORMED, "", "messages are nested deeper than " + std::to_string(kNestingMax));
    }
    const Reflection& reflection = *message.GetReflection();
    const auto& unknown = reflection.GetUnknownFields(message);
    if (!unknown.empty()) {
      return fault(Reason::UNKNOWN_FIELD, std::to_string(unknown.field(0).number()),
                   message.GetDescriptor()->name() + " has no field of this number");
    }
    const Plan& plan = plan_of(message.GetDescriptor());
    for (const FieldDescriptor* field : plan.fields) {
      if (Fault found = check_field(message, reflection, *field, depth)) return found;
    }
    for (const OneofDescriptor* oneof : plan.oneofs) {
      const FieldDescriptor* field = reflection.GetOneofFieldDescriptor(message, oneof);
      if (field == nullptr || !needs_check(*field)) continue;
      if (Fault found = check_field(message, reflection, *field, depth)) return found;
    }
    return {};
  }

 private:
  static Fault prefixed(Fault found, const std::string& prefix) {
    if (found) found->field = found->field.empty() ? prefix : prefix + "." + found->field;
    return found;
  }

  Fault check_field(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
                    int depth) const {
    if (!field.is_repeated()) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (!reflection.HasField(message, &field)) return {};
        Fault found = check_message(reflection.GetMessage(message, &field), depth + 1);
        return found ? prefixed(std::move(found), field.name()) : Fault{};
      }
      Fault found = check_scalar(message, reflection, field, kSingular);
      return found ? prefixed(std::move(found), field.name()) : Fault{};
    }
    const int size = reflection.FieldSize(message, &field);
    if (static_cast<std::size_t>(size) > limits_.repeated_max) {
      return fault(Reason::FIELD_OUT_OF_RANGE, field.name(),
                   std::to_string(size) + " entries, at most " + std::to_string(limits_.repeated_max) + " are allowed");
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE && field.type() != FieldDescriptor::TYPE_STRING &&
        field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) {
      return {};
    }
    for (int index = 0; index < size; ++index) {
      Fault found = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE
                        ? check_message(reflection.GetRepeatedMessage(message, &field, index), depth + 1)
                        : check_scalar(message, reflection, field, index);
      if (found) return prefixed(std::move(found), field.name() + "[" + std::to_string(index) + "]");
    }
    return {};
  }

  Fault check_scalar(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
                     int index) const {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const int value = index == kSingular ? reflection.GetEnumValue(message, &field)
                                           : reflection.GetRepeatedEnumValue(message, &field, index);
      if (field.enum_type()->FindValueByNumber(value) != nullptr) return {};
      return fault(Reason::FIELD_OUT_OF_RANGE, "",
                   field.enum_type()->name() + " has no value " + std::to_string(value));
    }
    std::string scratch;
    const std::string& text = index == kSingular
                                  ? reflection.GetStringReference(message, &field, &scratch)
                                  : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
    if (!is_utf8(text)) return fault(Reason::NOT_UTF8, "", "the text is not UTF-8");
    if (text.size() > limits_.text_bytes_max) {
      return fault(
          Reason::TEXT_TOO_LONG, "",
          std::to_string(text.size()) + " bytes, at most " + std::to_string(limits_.text_bytes_max) + " are allowed");
    }
    return {};
  }

  static constexpr int kSingular = -1;
  const StrictLimits& limits_;
};

bool is_canonical(std::string_view bytes, const Message& message) {
  if (message.ByteSizeLong() != bytes.size()) return false;
  thread_local std::string again;
  again.clear();
  return message.AppendPartialToString(&again) && again == bytes;
}

}  // namespace

Result<void> parse_strict(std::string_view bytes, Message& message, const StrictLimits& limits) {
  quiet_protobuf();
  if (bytes.size() > INT_MAX) return fail(Reason::MALFORMED, "", "longer than any message can be");
  const bool parsed = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  Fault found = Walk(limits).check_message(message, 1);
  if (!parsed) {
    // The parser stops at text that is not UTF-8 without saying so; the field is then the last one it filled.
    if (found && found->reason == Reason::NOT_UTF8) return std::unexpected(std::move(*found));
    return fail(Reason::MALFORMED, "",
                "these " + std::to_string(bytes.size()) + " bytes are not a " + message.GetDescriptor()->name());
  }
  if (found) return std::unexpected(std::move(*found));
  if (!is_canonical(bytes, message)) {
    return fail(Reason::MALFORMED, "",
                "not the canonical encoding of this " + message.GetDescriptor()->name() +
                    ": fields in number order, defaults omitted, shortest varints");
  }
  return {};
}

std::string serialize_canonical(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    const bool written = message.SerializePartialToCodedStream(&output);
    KIMBERLITE_ASSERT(written, "a message in memory serialises");
  }
  return bytes;
}

}  // namespace kimberlite
