// Civil dates and UTC instants without a locale, a time zone or a clock. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite {

/// Days since 1970-01-01 of "2007-01-31". BAD_DATES for anything else, including days that do not exist.
Result<std::int32_t> parse_date(std::string_view text);
/// "2007-01-31"
std::string format_date(std::int32_t day);
/// The UTC civil day of an instant.
std::int32_t day_of(TimeMs time);
/// "2007-01-31T12:00:00Z" or with milliseconds ".123Z". BAD_DATES otherwise.
Result<TimeMs> parse_time(std::string_view text);
/// "2007-01-31T12:00:00Z"; milliseconds only if not zero.
std::string format_time(TimeMs time);

}  // namespace kimberlite
