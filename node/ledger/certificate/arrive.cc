#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::CertificateArrive& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_SHIPPED, v1::CERTIFICATE_STATE_LOST});
      !state)
    return state;
  certificate->set_state(v1::CERTIFICATE_STATE_ARRIVED);
  certificate->set_arrived_ms(context.now.value);
  store_certificate(context, *certificate);
  return {};
}

}  // namespace kimberlite::ledger
