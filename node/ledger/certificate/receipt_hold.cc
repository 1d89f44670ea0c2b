// Goods that the destination does not take, for now (hold) or at all (refuse).
#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/receipt.h"
#include "node/ledger/certificate/record.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::ReceiptHold& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (can_hold_unchecked(*certificate)) {
    hold_unchecked(*certificate);
  } else {
    if (Result<void> state =
            require_state(*certificate, {v1::CERTIFICATE_STATE_SHIPPED, v1::CERTIFICATE_STATE_ARRIVED});
        !state)
      return state;
    certificate->set_state(v1::CERTIFICATE_STATE_HELD);
  }
  store_certificate(context, *certificate, event.cause());
  return {};
}

Result<void> apply(Context& context, const v1::ReceiptRefuse& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(
          *certificate, {v1::CERTIFICATE_STATE_SHIPPED, v1::CERTIFICATE_STATE_ARRIVED, v1::CERTIFICATE_STATE_HELD});
      !state)
    return state;
  certificate->set_state(v1::CERTIFICATE_STATE_REFUSED);
  store_certificate(context, *certificate, event.cause());
  return {};
}

}  // namespace kimberlite::ledger
