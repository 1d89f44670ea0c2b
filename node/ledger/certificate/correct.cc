#include <cstdint>
#include <string>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/text.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {
namespace {

/// |corrected - declared| <= declared x percent / 100, in exact arithmetic.
bool within_percent(std::int64_t corrected, std::int64_t declared, std::int32_t percent) {
  const std::int32_t basis_points = percent * 100;
  return !exceeds_tolerance(corrected, declared, basis_points) && !below_tolerance(corrected, declared, basis_points);
}

Result<void> check_correction(const Context& context, const v1::CertificateRecord& certificate,
                              const v1::CertificateCorrect& event) {
  if (Result<void> state = require_state(certificate, {v1::CERTIFICATE_STATE_HELD}); !state) return state;
  if (certificate.basis() != v1::BASIS_PRODUCTION)
    return fail(Reason::CORRECTION_NOT_ALLOWED, "number", "the carats of a re-export are tied to its sources");
  const std::int32_t percent = context.network.parameters().correction_percent();
  if (event.weight_centicarats() <= 0 ||
      !within_percent(event.weight_centicarats(), certificate.weight_centicarats(), percent))
    return fail(
        Reason::CORRECTION_TOO_LARGE, "weight_centicarats",
        concat({"at most ", std::to_string(percent), " % of ", format_hundredths(certificate.weight_centicarats()),
                " ct either way, found ", format_hundredths(event.weight_centicarats()), " ct"}));
  if (Result<void> weight = require_weight(event.weight_centicarats()); !weight) return weight;
  if (Result<void> value = require_value(event.value_cents()); !value) return value;
  if (Result<void> lines = require_line_amounts(event.hs_lines()); !lines) return lines;
  return require_lines_add_up(event.hs_lines(), event.weight_centicarats(), event.value_cents());
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateCorrect& event) {
  Result<v1::CertificateRecord> certificate = load_as_exporter(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> correction = check_correction(context, *certificate, event); !correction) return correction;

  certificate->set_weight_centicarats(event.weight_centicarats());
  certificate->set_value_cents(event.value_cents());
  *certificate->mutable_hs_lines() = event.hs_lines();
  store_certificate(context, *certificate, event.cause());
  return {};
}

}  // namespace kimberlite::ledger
