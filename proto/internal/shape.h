// Checks of a message's shape, one line a field. The first fault is kept; checks after it cost a comparison and nothing
// is formatted before there is a fault. Not thread-safe: a local value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::internal {

/// The result of checking one message. Field names are relative to it.
class Shape {
 public:
  /// MISSING_FIELD unless `is_set`.
  void set(std::string_view field, bool is_set);
  /// FIELD_OUT_OF_RANGE unless `holds`; `expected` says in words what should be true.
  void in_range(std::string_view field, bool holds, std::string_view expected);
  /// MISSING_FIELD if empty, MALFORMED unless of exactly `size` bytes.
  void bytes(std::string_view field, std::string_view value, std::size_t size);
  /// The same, but the field may be absent.
  void optional_bytes(std::string_view field, std::string_view value, std::size_t size);
  /// MISSING_FIELD if zero, FIELD_OUT_OF_RANGE if negative.
  void time(std::string_view field, std::int64_t ms);
  /// MISSING_FIELD if empty.
  void text(std::string_view field, std::string_view value);

  /// MISSING_FIELD if empty, FIELD_OUT_OF_RANGE unless in the form (proto/internal/formats.h).
  void host_port(std::string_view field, std::string_view value);
  void participant_code(std::string_view field, std::string_view value);
  void party_code(std::string_view field, std::string_view value);
  void holder_code(std::string_view field, std::string_view value);
  void record_id(std::string_view field, std::string_view value);
  void hs_code(std::string_view field, std::string_view value);
  /// MISSING_FIELD if empty, MALFORMED_NUMBER unless in the form.
  void certificate_number(std::string_view field, std::string_view value);
  void technical_number(std::string_view field, std::string_view value);
  void source_number(std::string_view field, std::string_view value);

  /// Takes over the fault of entry `index` of the repeated field, if there is one.
  void entry(std::string_view field, int index, Shape checked);
  /// Puts `prefix` before the path of the fault, if there is one.
  void move_under(std::string_view prefix);
  /// The first fault.
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  using Form = bool (*)(std::string_view);
  void form(std::string_view field, std::string_view value, Form is_in_form, Reason reason, std::string_view expected);
  void keep(Reason reason, std::string_view field, std::string message);

  std::optional<Error> fault_;
};

}  // namespace kimberlite::internal
