#include "node/ledger/certificate/amounts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "node/ledger/text.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {
namespace {

constexpr std::array<std::string_view, 3> kRoughCodes = {"710210", "710221", "710231"};

Result<void> require_between(std::int64_t amount, std::int64_t low, std::int64_t high, std::string_view field) {
  if (amount >= low && amount <= high) return {};
  return fail(Reason::BAD_AMOUNT, std::string(field),
              concat({"between ", format_hundredths(low), " and ", format_hundredths(high), ", found ",
                      format_hundredths(amount)}));
}

std::string line_field(int index, std::string_view field) {
  return concat({"hs_lines[", std::to_string(index), "].", field});
}

Result<void> require_rough_once(const HsLines& lines) {
  for (int index = 0; index < lines.size(); ++index) {
    const std::string& code = lines[index].code();
    if (std::ranges::find(kRoughCodes, code) == kRoughCodes.end())
      return fail(Reason::HS_NOT_ROUGH, line_field(index, "code"), concat({code, " is not a code of rough diamonds"}));
    const auto same_code = [&code](const v1::HsLine& line) { return line.code() == code; };
    if (std::any_of(lines.begin(), lines.begin() + index, same_code))
      return fail(Reason::HS_NOT_ROUGH, line_field(index, "code"), concat({"the code ", code, " stands twice"}));
  }
  return {};
}

Result<void> require_sum(const HsLines& lines, std::int64_t (v1::HsLine::*amount)() const, std::int64_t header,
                         std::string_view what) {
  std::int64_t sum = 0;
  for (const v1::HsLine& line : lines) {
    const std::optional<std::int64_t> next = checked_add(sum, (line.*amount)());
    if (!next) return fail(Reason::BAD_AMOUNT, "hs_lines", concat({"the sum of the ", what, " overflows"}));
    sum = *next;
  }
  if (sum == header) return {};
  return fail(Reason::HS_SUM_MISMATCH, "hs_lines",
              concat({"the lines add up to ", format_hundredths(sum), " ", what, ", the header states ",
                      format_hundredths(header)}));
}

}  // namespace

Result<void> require_weight(std::int64_t weight_centicarats, std::string_view field) {
  return require_between(weight_centicarats, 1, kWeightMaxCenticarats, field);
}

Result<void> require_value(std::int64_t value_cents, std::string_view field) {
  return require_between(value_cents, 1, kValueMaxCents, field);
}

Result<void> require_received_value(std::int64_t value_cents) {
  return require_between(value_cents, 0, kValueMaxCents, "value_cents");
}

Result<void> require_received_parcels(std::uint32_t parcels) {
  if (parcels <= kParcelsMax) return {};
  return fail(Reason::BAD_AMOUNT, "parcels",
              concat({"at most ", std::to_string(kParcelsMax), ", found ", std::to_string(parcels)}));
}

Result<void> require_line_amounts(const HsLines& lines) {
  for (int index = 0; index < lines.size(); ++index) {
    const v1::HsLine& line = lines[index];
    if (line.weight_centicarats() <= 0 || line.weight_centicarats() > kWeightMaxCenticarats)
      return require_weight(line.weight_centicarats(), line_field(index, "weight_centicarats"));
    if (line.value_cents() <= 0 || line.value_cents() > kValueMaxCents)
      return require_value(line.value_cents(), line_field(index, "value_cents"));
  }
  return {};
}

Result<void> require_lines_add_up(const HsLines& lines, std::int64_t weight_centicarats, std::int64_t value_cents) {
  if (Result<void> rough = require_rough_once(lines); !rough) return rough;
  if (Result<void> sum = require_sum(lines, &v1::HsLine::weight_centicarats, weight_centicarats, "carats"); !sum)
    return sum;
  return require_sum(lines, &v1::HsLine::value_cents, value_cents, "US dollars");
}

}  // namespace kimberlite::ledger
