#include "proto/internal/formats.h"

#include <algorithm>
#include <cstddef>

namespace kimberlite::internal {
namespace {

constexpr std::size_t kCodeBytesMax = 32;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_code_character(char c) {
  return is_capital(c) || is_digit(c) || c == '-';
}
bool is_id_character(char c) {
  return is_code_character(c) || (c >= 'a' && c <= 'z');
}

template <typename Predicate>
bool all_of(std::string_view text, std::size_t least, std::size_t most, Predicate predicate) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, predicate);
}

bool starts_with_prefix(std::string_view text, std::string_view separator) {
  return is_participant_code(text.substr(0, 2)) && text.substr(2).starts_with(separator);
}

}  // namespace

bool is_participant_code(std::string_view text) {
  return all_of(text, 2, 2, is_capital);
}

bool is_party_code(std::string_view text) {
  return all_of(text, 2, 8, is_capital);
}

bool is_certificate_number(std::string_view text) {
  return text.size() == 10 && starts_with_prefix(text, "-") && all_of(text.substr(3), 7, 7, is_digit);
}

bool is_technical_number(std::string_view text) {
  return text.size() == 10 && starts_with_prefix(text, "-T") && all_of(text.substr(4), 6, 6, is_digit);
}

bool is_holder_code(std::string_view text) {
  return all_of(text, 1, kCodeBytesMax, is_code_character);
}

bool is_record_id(std::string_view text) {
  return all_of(text, 1, kCodeBytesMax, is_id_character);
}

bool is_hs_code(std::string_view text) {
  return all_of(text, 6, 6, is_digit);
}

bool is_host_port(std::string_view text) {
  constexpr std::size_t kHostBytesMax = 255;
  constexpr int kPortMax = 65'535;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon > kHostBytesMax) return false;
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');  // an IPv6 address
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const std::string_view none_of = in_brackets ? "/[]" : "/[]:";
  if (!std::ranges::all_of(host, [&](char c) { return c > ' ' && c < '\x7f' && !none_of.contains(c); })) return false;
  const std::string_view port = text.substr(colon + 1);
  if (!all_of(port, 1, 5, is_digit) || port.front() == '0') return false;
  int value = 0;
  for (const char digit : port) value = value * 10 + (digit - '0');
  return value <= kPortMax;
}

std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t kBytesMax = 40;
  std::string quoted = "'";
  quoted.append(text.substr(0, kBytesMax)).append(text.size() > kBytesMax ? "...'" : "'");
  return quoted;
}

}  // namespace kimberlite::internal
