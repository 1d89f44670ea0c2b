// Carats, dollars, parcels and HS lines: what is an amount at all, and whether the lines add up (scheme, section 4).
// Units: hundredths of a carat, hundredths of a US dollar. Thread-safe: pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "kimberlite/v1/event.pb.h"
#include "proto/error.h"

namespace kimberlite::ledger {

/// decimal(14,2): the largest weight that a paper can state.
inline constexpr std::int64_t kWeightMaxCenticarats = 99'999'999'999'999;
/// decimal(16,2): the largest value that a paper can state.
inline constexpr std::int64_t kValueMaxCents = 9'999'999'999'999'999;
/// uint16: the most parcels of a shipment.
inline constexpr std::uint32_t kParcelsMax = 65'535;

using HsLines = google::protobuf::RepeatedPtrField<v1::HsLine>;

/// BAD_AMOUNT unless 0 < weight <= kWeightMaxCenticarats.
Result<void> require_weight(std::int64_t weight_centicarats, std::string_view field = "weight_centicarats");
/// BAD_AMOUNT unless 0 < value <= kValueMaxCents.
Result<void> require_value(std::int64_t value_cents, std::string_view field = "value_cents");
/// BAD_AMOUNT unless 0 <= value <= kValueMaxCents: goods that arrive may be worth nothing.
Result<void> require_received_value(std::int64_t value_cents);
/// BAD_AMOUNT unless parcels <= kParcelsMax (what arrives may be uncounted: 0).
Result<void> require_received_parcels(std::uint32_t parcels);

/// BAD_AMOUNT unless every line's weight and value is an amount.
Result<void> require_line_amounts(const HsLines& lines);
/// HS_NOT_ROUGH for a code of no rough diamond or a code twice; HS_SUM_MISMATCH unless the lines add up to the header
/// exactly; BAD_AMOUNT if a sum overflows.
Result<void> require_lines_add_up(const HsLines& lines, std::int64_t weight_centicarats, std::int64_t value_cents);

}  // namespace kimberlite::ledger
