// Strict reading of protobuf: a message is taken only if it parses whole, has no unknown field at any depth, only UTF-8
// text of bounded length, only known enum values, and serialises back to the same bytes (so one value has one
// encoding). Thread-safe. The first reading silences protobuf's own log in this process, except for fatal errors:
// whoever sends text that is not UTF-8 could otherwise fill the log with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace google::protobuf {
class Message;
}

namespace kimberlite {

/// Longest text of one string field, in bytes, unless a rule is tighter.
inline constexpr std::size_t kTextBytesMax = 512;
/// Most entries of one repeated field.
inline constexpr std::size_t kRepeatedMax = 256;
/// Deepest nesting of messages.
inline constexpr int kNestingMax = 16;

/// Limits of one reading, for messages that by design hold more than an event may: proof files, peer messages.
struct StrictLimits {
  std::size_t text_bytes_max = kTextBytesMax;
  std::size_t repeated_max = kRepeatedMax;
};

/// Fills `message` from `bytes`. Errors: MALFORMED, UNKNOWN_FIELD, FIELD_OUT_OF_RANGE (enum, number of entries),
/// NOT_UTF8, TEXT_TOO_LONG, each with the field's path such as "events[3].certificate_issue.hs_lines[0].code". An
/// unknown field's path ends in its number.
Result<void> parse_strict(std::string_view bytes, google::protobuf::Message& message, const StrictLimits& limits = {});

/// Canonical bytes of a message without maps: fields in number order, defaults omitted.
std::string serialize_canonical(const google::protobuf::Message& message);

}  // namespace kimberlite
