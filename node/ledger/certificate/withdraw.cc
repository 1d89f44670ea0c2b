// Certificates that never ship: void and expire. Both give the draws of a re-export back; the number stays used.
#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/dates.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/certificate/sources.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"

namespace kimberlite::ledger {
namespace {

Result<v1::CertificateRecord> load_unshipped(const Context& context, std::string_view number) {
  Result<v1::CertificateRecord> certificate = load_as_exporter(context, number);
  if (!certificate) return certificate;
  if (Result<void> state =
          require_state(*certificate, {v1::CERTIFICATE_STATE_PENDING_COAPPROVAL, v1::CERTIFICATE_STATE_ISSUED});
      !state)
    return std::unexpected(state.error());
  return certificate;
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateVoid& event) {
  Result<v1::CertificateRecord> certificate = load_unshipped(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  return_draws(context, *certificate);
  certificate->set_state(v1::CERTIFICATE_STATE_VOIDED);
  store_certificate(context, *certificate, event.cause());
  return {};
}

Result<void> apply(Context& context, const v1::CertificateExpire& event) {
  Result<v1::CertificateRecord> certificate = load_unshipped(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (today(context) <= certificate->expiry_day())
    return fail(Reason::NOT_EXPIRED, "number",
                concat({"the certificate is good until ", format_date(certificate->expiry_day()), " inclusive"}));
  return_draws(context, *certificate);
  certificate->set_state(v1::CERTIFICATE_STATE_EXPIRED);
  store_certificate(context, *certificate, event.cause());
  return {};
}

}  // namespace kimberlite::ledger
