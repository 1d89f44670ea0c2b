#include "proto/decimal.h"

#include <algorithm>
#include <cstddef>

#include "proto/internal/formats.h"

namespace kimberlite {
namespace {

__extension__ using Int128 = __int128;

constexpr std::size_t kWholeDigitsMax = 16;
constexpr std::size_t kDecimalsMax = 2;
constexpr std::int64_t kHundredthsMax = 999'999'999'999'999'999;  // 16 nines, a point, 2 nines
static_assert(kHundredthsMax < INT64_MAX / 9);                    // so no step of the parser can overflow

std::unexpected<Error> bad_amount(std::string_view text, std::string_view why) {
  return fail(Reason::BAD_AMOUNT, "", internal::quoted_excerpt(text).append(" ").append(why));
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

std::string format(std::int64_t hundredths, bool grouped) {
  const std::uint64_t size = magnitude(hundredths);
  std::string text = std::to_string(size / 100);
  if (grouped) {
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  }
  const auto rest = static_cast<char>(size % 100);
  text.push_back('.');
  text.push_back(static_cast<char>('0' + rest / 10));
  text.push_back(static_cast<char>('0' + rest % 10));
  return hundredths < 0 ? "-" + text : text;
}

}  // namespace

Result<std::int64_t> parse_hundredths(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (!all_digits(whole) || !all_digits(decimals))
    return bad_amount(text, "has something other than digits and a point");
  if (whole.empty()) return bad_amount(text, "has no digit before the point");
  if (point != std::string_view::npos && decimals.empty()) return bad_amount(text, "has no digit after the point");
  if (decimals.size() > kDecimalsMax) return bad_amount(text, "has more than two decimals");
  if (whole.size() > 1 && whole.front() == '0') return bad_amount(text, "has a leading zero");
  if (whole.size() > kWholeDigitsMax) return bad_amount(text, "has more than 16 digits before the point");
  std::int64_t value = 0;
  for (const char digit : whole) value = value * 10 + (digit - '0');
  for (std::size_t place = 0; place < kDecimalsMax; ++place) {
    value = value * 10 + (place < decimals.size() ? decimals[place] - '0' : 0);
  }
  return value;
}

std::string format_hundredths(std::int64_t hundredths) {
  return format(hundredths, false);
}

std::string format_hundredths_grouped(std::int64_t hundredths) {
  return format(hundredths, true);
}

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> checked_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

bool exceeds_tolerance(std::int64_t received, std::int64_t declared, std::int32_t basis_points) {
  return Int128{received} * 10'000 > Int128{declared} * (Int128{10'000} + basis_points);
}

bool below_tolerance(std::int64_t received, std::int64_t declared, std::int32_t basis_points) {
  return Int128{received} * 10'000 < Int128{declared} * (Int128{10'000} - basis_points);
}

}  // namespace kimberlite
