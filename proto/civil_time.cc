#include "proto/civil_time.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

#include "proto/internal/formats.h"

namespace kimberlite {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kDaysIn400Years = 146'097;
constexpr std::size_t kDateBytes = 10;  // 2007-01-31

std::unexpected<Error> bad_dates(std::string_view text, std::string_view form) {
  return fail(Reason::BAD_DATES, "", internal::quoted_excerpt(text).append(" is not a ").append(form));
}

// The number that `text` shows in exactly its digits; -1 if there is anything else.
int digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

constexpr std::int64_t floor_remainder(std::int64_t a, std::int64_t b) {
  return a % b + (a % b < 0 ? b : 0);
}

// Any 64-bit day: the calendar repeats every 400 years, and <chrono> knows only years of 16 bits.
std::string format_day(std::int64_t day) {
  const std::int64_t cycle = floor_divide(day, kDaysIn400Years);
  const auto in_cycle = static_cast<int>(floor_remainder(day, kDaysIn400Years));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{in_cycle}}};
  const std::int64_t year = static_cast<int>(date.year()) + cycle * 400;
  std::string text = year < 0 ? "-" + padded(-year, 4) : padded(year, 4);
  text.append("-").append(padded(static_cast<unsigned>(date.month()), 2));
  return text.append("-").append(padded(static_cast<unsigned>(date.day()), 2));
}

}  // namespace

Result<std::int32_t> parse_date(std::string_view text) {
  constexpr std::string_view kForm = "date such as 2007-01-31";
  if (text.size() != kDateBytes || text[4] != '-' || text[7] != '-') return bad_dates(text, kForm);
  const int year = digits(text.substr(0, 4));
  const int month = digits(text.substr(5, 2));
  const int day = digits(text.substr(8, 2));
  if (year < 0 || month < 0 || day < 0) return bad_dates(text, kForm);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return bad_dates(text, "day of the calendar");
  return static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
}

std::string format_date(std::int32_t day) {
  return format_day(day);
}

std::int32_t day_of(TimeMs time) {
  const std::int64_t day = floor_divide(time.value, kDayMs);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(day, std::numeric_limits<std::int32_t>::min(),
                                                            std::numeric_limits<std::int32_t>::max()));
}

Result<TimeMs> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "time such as 2007-01-31T12:00:00Z";
  constexpr std::size_t kWithoutMs = 20;  // 2007-01-31T12:00:00Z
  constexpr std::size_t kWithMs = 24;     // 2007-01-31T12:00:00.123Z
  if ((text.size() != kWithoutMs && text.size() != kWithMs) || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z' || (text.size() == kWithMs && text[19] != '.')) {
    return bad_dates(text, kForm);
  }
  const Result<std::int32_t> day = parse_date(text.substr(0, kDateBytes));
  if (!day) return bad_dates(text, kForm);
  const int hour = digits(text.substr(11, 2));
  const int minute = digits(text.substr(14, 2));
  const int second = digits(text.substr(17, 2));
  const int ms = text.size() == kWithMs ? digits(text.substr(20, 3)) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) {
    return bad_dates(text, kForm);
  }
  return TimeMs{*day * kDayMs + ((hour * 60 + minute) * 60 + second) * 1000LL + ms};
}

std::string format_time(TimeMs time) {
  const std::int64_t day = floor_divide(time.value, kDayMs);
  const std::int64_t in_day = floor_remainder(time.value, kDayMs);
  const std::int64_t second = in_day / 1000;
  std::string text = format_day(day);
  text.append("T").append(padded(second / 3600, 2)).append(":").append(padded(second / 60 % 60, 2));
  text.append(":").append(padded(second % 60, 2));
  if (in_day % 1000 != 0) text.append(".").append(padded(in_day % 1000, 3));
  return text.append("Z");
}

}  // namespace kimberlite
