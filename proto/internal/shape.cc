#include "proto/internal/shape.h"

#include <utility>

#include "proto/internal/formats.h"

namespace kimberlite::internal {
void Shape::keep(Reason reason, std::string_view field, std::string message) {
  fault_.emplace(reason, std::string(field), std::move(message));
}

void Shape::set(std::string_view field, bool is_set) {
  if (fault_ || is_set) return;
  keep(Reason::MISSING_FIELD, field, "not set");
}

void Shape::in_range(std::string_view field, bool holds, std::string_view expected) {
  if (fault_ || holds) return;
  keep(Reason::FIELD_OUT_OF_RANGE, field, std::string(expected));
}

void Shape::bytes(std::string_view field, std::string_view value, std::size_t size) {
  set(field, !value.empty());
  optional_bytes(field, value, size);
}

void Shape::optional_bytes(std::string_view field, std::string_view value, std::size_t size) {
  if (fault_ || value.empty() || value.size() == size) return;
  keep(Reason::MALFORMED, field, std::to_string(value.size()) + " bytes instead of " + std::to_string(size));
}

void Shape::time(std::string_view field, std::int64_t ms) {
  set(field, ms != 0);
  in_range(field, ms >= 0, "a time after 1970-01-01T00:00:00Z in milliseconds");
}

void Shape::text(std::string_view field, std::string_view value) {
  set(field, !value.empty());
}

void Shape::form(std::string_view field, std::string_view value, Form is_in_form, Reason reason,
                 std::string_view expected) {
  if (fault_ || is_in_form(value)) return;
  if (value.empty()) return set(field, false);
  keep(reason, field, quoted_excerpt(value).append(" is not ").append(expected));
}

void Shape::host_port(std::string_view field, std::string_view value) {
  form(field, value, is_host_port, Reason::FIELD_OUT_OF_RANGE, "host:port");
}

void Shape::participant_code(std::string_view field, std::string_view value) {
  form(field, value, is_participant_code, Reason::FIELD_OUT_OF_RANGE, "a code of two capital letters");
}

void Shape::party_code(std::string_view field, std::string_view value) {
  form(field, value, is_party_code, Reason::FIELD_OUT_OF_RANGE, "a code of two to eight capital letters");
}

void Shape::holder_code(std::string_view field, std::string_view value) {
  form(field, value, is_holder_code, Reason::FIELD_OUT_OF_RANGE,
       "a code of at most 32 capital letters, digits and hyphens");
}

void Shape::record_id(std::string_view field, std::string_view value) {
  form(field, value, is_record_id, Reason::FIELD_OUT_OF_RANGE, "an id of at most 32 letters, digits and hyphens");
}

void Shape::hs_code(std::string_view field, std::string_view value) {
  form(field, value, is_hs_code, Reason::FIELD_OUT_OF_RANGE, "an HS code of six digits");
}

void Shape::certificate_number(std::string_view field, std::string_view value) {
  form(field, value, is_certificate_number, Reason::MALFORMED_NUMBER, "a certificate number such as BW-0002601");
}

void Shape::technical_number(std::string_view field, std::string_view value) {
  form(field, value, is_technical_number, Reason::MALFORMED_NUMBER,
       "a technical certificate's number such as IN-T000017");
}

void Shape::source_number(std::string_view field, std::string_view value) {
  form(field, value, is_holder_code, Reason::MALFORMED_NUMBER, "the number of a certificate or an opening lot");
}

void Shape::entry(std::string_view field, int index, Shape checked) {
  if (fault_ || !checked.fault_) return;
  std::string prefix(field);
  prefix.append("[").append(std::to_string(index)).append("]");
  checked.move_under(prefix);
  fault_ = std::move(checked.fault_);
}

void Shape::move_under(std::string_view prefix) {
  if (!fault_ || prefix.empty()) return;
  std::string path(prefix);
  if (!fault_->field.empty()) path.append(".").append(fault_->field);
  fault_->field = std::move(path);
}

}  // namespace kimberlite::internal
