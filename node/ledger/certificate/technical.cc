// The way back of a refused shipment: a technical certificate of its own number series carries the goods home; when the
// exporter has them again, the draws of a re-export are given back (rows 19 and 20).
#include <optional>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/certificate/sources.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::TechnicalIssue& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_REFUSED}); !state) return state;
  if (context.transaction.contains(technical_key(event.technical())))
    return fail(Reason::DUPLICATE_NUMBER, "technical",
                concat({"the technical certificate ", event.technical(), " is on the ledger"}));

  v1::TechnicalRecord technical;
  technical.set_technical(event.technical());
  technical.set_number(event.number());
  technical.set_issued_by(context.signer.party());
  technical.set_cause(event.cause());
  context.transaction.store(technical_key(event.technical()), technical);

  certificate->set_state(v1::CERTIFICATE_STATE_RETURNING);
  certificate->set_technical(event.technical());
  store_certificate(context, *certificate, event.cause());
  return {};
}

Result<void> apply(Context& context, const v1::TechnicalClose& event) {
  Result<v1::CertificateRecord> certificate = load_as_exporter(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  std::optional<v1::TechnicalRecord> technical =
      context.transaction.load<v1::TechnicalRecord>(technical_key(event.technical()));
  if (!technical || technical->number() != event.number())
    return fail(Reason::WRONG_STATE, "technical",
                concat({"no technical certificate ", event.technical(), " belongs to ", event.number()}));
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_RETURNING}); !state) return state;

  technical->set_closed(true);
  context.transaction.store(technical_key(event.technical()), *technical);
  return_draws(context, *certificate);
  certificate->set_state(v1::CERTIFICATE_STATE_RETURNED);
  store_certificate(context, *certificate);
  return {};
}

}  // namespace kimberlite::ledger
