// Exact decimals with two places, as text on the outside and int64 hundredths inside (scheme, section 4).
// No floating point. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite {

/// Hundredths of "0", "1234.5" or "1234.50". Refused with BAD_AMOUNT: signs, exponents, separators, leading zeros, more
/// than two decimals, a bare point, more than 16 digits before the point, anything above INT64_MAX hundredths.
Result<std::int64_t> parse_hundredths(std::string_view text);
/// "1234.50"; negative values with a leading minus.
std::string format_hundredths(std::int64_t hundredths);
/// "1,234.50" for people.
std::string format_hundredths_grouped(std::int64_t hundredths);
/// a + b; nullopt on overflow.
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b);
/// a - b; nullopt on overflow.
std::optional<std::int64_t> checked_subtract(std::int64_t a, std::int64_t b);
/// True if received > declared x (1 + basis_points / 10,000), in exact 128-bit arithmetic. Both non-negative.
bool exceeds_tolerance(std::int64_t received, std::int64_t declared, std::int32_t basis_points);
/// True if received < declared x (1 - basis_points / 10,000).
bool below_tolerance(std::int64_t received, std::int64_t declared, std::int32_t basis_points);

}  // namespace kimberlite
