#include "node/ledger/dispatch.h"

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/clock/events.h"
#include "node/ledger/measures/events.h"
#include "node/ledger/roll/events.h"

namespace kimberlite::ledger {
namespace {

Result<void> apply_receipt_or_later(Context& context, const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kReceiptAcknowledge:
      return apply(context, event.receipt_acknowledge());
    case v1::Event::kReceiptConfirm:
      return apply(context, event.receipt_confirm());
    case v1::Event::kReceiptSupplement:
      return apply(context, event.receipt_supplement());
    case v1::Event::kReceiptHold:
      return apply(context, event.receipt_hold());
    case v1::Event::kReceiptRefuse:
      return apply(context, event.receipt_refuse());
    case v1::Event::kTechnicalIssue:
      return apply(context, event.technical_issue());
    case v1::Event::kTechnicalClose:
      return apply(context, event.technical_close());
    case v1::Event::kIncidentReport:
      return apply(context, event.incident_report());
    default:
      return fail(Reason::MISSING_FIELD, "kind", "an event sets one of the kinds that this release knows");
  }
}

}  // namespace

Result<void> apply_event(Context& context, const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kAdvanceClock:
      return apply(context, event.advance_clock());
    case v1::Event::kKeyRegister:
      return apply(context, event.key_register());
    case v1::Event::kKeyRevoke:
      return apply(context, event.key_revoke());
    case v1::Event::kNodeRegister:
      return apply(context, event.node_register());
    case v1::Event::kNodeRetire:
      return apply(context, event.node_retire());
    case v1::Event::kParticipantAdmit:
      return apply(context, event.participant_admit());
    case v1::Event::kParticipantWithdraw:
      return apply(context, event.participant_withdraw());
    case v1::Event::kMeasureImpose:
      return apply(context, event.measure_impose());
    case v1::Event::kMeasureLift:
      return apply(context, event.measure_lift());
    case v1::Event::kCertificateIssue:
      return apply(context, event.certificate_issue());
    case v1::Event::kCertificateCoapprove:
      return apply(context, event.certificate_coapprove());
    case v1::Event::kCertificateVoid:
      return apply(context, event.certificate_void());
    case v1::Event::kCertificateExpire:
      return apply(context, event.certificate_expire());
    case v1::Event::kCertificateShip:
      return apply(context, event.certificate_ship());
    case v1::Event::kCertificateArrive:
      return apply(context, event.certificate_arrive());
    case v1::Event::kCertificateCorrect:
      return apply(context, event.certificate_correct());
    case v1::Event::kCertificateLost:
      return apply(context, event.certificate_lost());
    case v1::Event::kCertificateReplace:
      return apply(context, event.certificate_replace());
    case v1::Event::kCertificateSeize:
      return apply(context, event.certificate_seize());
    case v1::Event::kSeizureRelease:
      return apply(context, event.seizure_release());
    case v1::Event::kSeizureForfeit:
      return apply(context, event.seizure_forfeit());
    default:
      return apply_receipt_or_later(context, event);
  }
}

}  // namespace kimberlite::ledger
