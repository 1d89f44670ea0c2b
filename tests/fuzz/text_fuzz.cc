// Texts of people: decimals, dates, instants, hex, base64. What parses formats back to what was written, and any number
// formats.
#include <cstring>

#include "edits.h"
#include "proto/assert.h"
#include "proto/civil_time.h"
#include "proto/decimal.h"
#include "proto/encoding.h"

namespace {

using namespace kimberlite;

void check_decimal(const std::string& text) {
  const auto value = parse_hundredths(text);
  if (!value) {
    KIMBERLITE_ASSERT(value.error().reason == Reason::BAD_AMOUNT, "there is one reason to refuse an amount");
    return;
  }
  std::string full = text.find('.') == std::string::npos ? text + "." : text;
  while (full.size() - full.find('.') < 3) full += "0";
  KIMBERLITE_ASSERT(format_hundredths(*value) == full, "the number is the one written");
}

void check_time(const std::string& text) {
  if (const auto day = parse_date(text)) KIMBERLITE_ASSERT(format_date(*day) == text, "a day has one text");
  if (const auto time = parse_time(text)) {
    KIMBERLITE_ASSERT(parse_time(format_time(*time)).value() == *time, "an instant reads back");
    KIMBERLITE_ASSERT(format_date(day_of(*time)) == text.substr(0, 10), "an instant lies in its day");
  }
}

void check_encoding(const std::string& text) {
  KIMBERLITE_ASSERT(from_hex(to_hex(text)) == text && from_base64(to_base64(text)) == text, "bytes read back");
  if (const auto bytes = from_base64(text)) KIMBERLITE_ASSERT(to_base64(*bytes) == text, "base64 has one form");
}

void check_number(std::int64_t number) {
  KIMBERLITE_ASSERT(!format_time(TimeMs{number}).empty() && !format_date(day_of(TimeMs{number})).empty(),
                    "any instant formats");
  const std::string text = format_hundredths(number);
  KIMBERLITE_ASSERT(format_hundredths_grouped(number).size() >= text.size(), "any amount formats");
  if (number >= 0 && text.size() <= 19)
    KIMBERLITE_ASSERT(parse_hundredths(text).value() == number, "an amount reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  check_decimal(text);
  check_time(text);
  check_encoding(text);
  std::int64_t number = 0;
  if (size >= sizeof number) {
    std::memcpy(&number, data, sizeof number);
    check_number(number);
  }
  return 0;
}
