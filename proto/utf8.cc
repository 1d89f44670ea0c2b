#include "proto/utf8.h"

#include <cstdint>

namespace kimberlite {
namespace {

constexpr char32_t kSmallestOfLength[] = {0, 0, 0x80, 0x800, 0x10000};

std::size_t length_from_lead(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = length_from_lead(lead);
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {lead, 1};
  char32_t value = lead & (0x7fU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    const auto next = static_cast<std::uint8_t>(text[at]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3fU);
  }
  if (value < kSmallestOfLength[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

bool is_unicode_space(char32_t code_point) {
  return (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x20 || code_point == 0x85 || code_point == 0xa0 ||
         code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x2028 ||
         code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f || code_point == 0x3000;
}

}  // namespace kimberlite
