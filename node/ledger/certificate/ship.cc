#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/dates.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/measures/active.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"

namespace kimberlite::ledger {
namespace {

/// Since issue either party may have left the roll, and measures may have come: on the exporter, on the importer, or on
/// the origin (row 31). What was shipped before may still be received.
Result<void> check_parties(const Context& context, const v1::CertificateRecord& certificate) {
  if (!on_roll(context, certificate.exporter()))
    return fail(Reason::NOT_A_PARTICIPANT, "number",
                concat({certificate.exporter(), " is not on the roll at this time"}));
  if (const auto bar = trade_bar(context, certificate.exporter()))
    return fail(Reason::EXPORTER_EMBARGOED, "number",
                concat({"the measure ", bar->id(), " bars ", certificate.exporter(), " from trade"}));
  if (!on_roll(context, certificate.importer()))
    return fail(Reason::IMPORTER_NOT_PARTICIPANT, "number",
                concat({certificate.importer(), " is not on the roll at this time"}));
  if (const auto bar = trade_bar(context, certificate.importer()))
    return fail(Reason::IMPORTER_EMBARGOED, "number",
                concat({"the measure ", bar->id(), " bars ", certificate.importer(), " from trade"}));
  if (!certificate.origin().empty())
    if (const auto embargo = origin_embargo(context, certificate.origin()))
      return fail(Reason::ORIGIN_EMBARGOED, "number",
                  concat({"the measure ", embargo->id(), " embargoes stones of ", certificate.origin()}));
  return {};
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateShip& event) {
  Result<v1::CertificateRecord> certificate = load_as_exporter(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (certificate->state() == v1::CERTIFICATE_STATE_PENDING_COAPPROVAL)
    return fail(Reason::CO_APPROVAL_MISSING, "number", "the exporter is monitored: an expert must co-approve first");
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_ISSUED}); !state) return state;
  if (today(context) > certificate->expiry_day())
    return fail(Reason::CERT_EXPIRED, "number",
                concat({"the certificate expired on ", format_date(certificate->expiry_day())}));
  if (Result<void> parties = check_parties(context, *certificate); !parties) return parties;

  certificate->set_state(v1::CERTIFICATE_STATE_SHIPPED);
  certificate->set_shipped_ms(context.now.value);
  *certificate->mutable_seals() = event.seals();
  store_certificate(context, *certificate);
  return {};
}

}  // namespace kimberlite::ledger
