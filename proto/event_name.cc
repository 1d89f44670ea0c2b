#include "proto/event_name.h"

#include "kimberlite/v1/event.pb.h"

namespace kimberlite {

std::string_view event_name(const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kAdvanceClock:
      return "clock.advance";
    case v1::Event::kKeyRegister:
      return "key.register";
    case v1::Event::kKeyRevoke:
      return "key.revoke";
    case v1::Event::kNodeRegister:
      return "node.register";
    case v1::Event::kNodeRetire:
      return "node.retire";
    case v1::Event::kParticipantAdmit:
      return "participant.admit";
    case v1::Event::kParticipantWithdraw:
      return "participant.withdraw";
    case v1::Event::kMeasureImpose:
      return "measure.impose";
    case v1::Event::kMeasureLift:
      return "measure.lift";
    case v1::Event::kCertificateIssue:
      return "cert.issue";
    case v1::Event::kCertificateCoapprove:
      return "cert.coapprove";
    case v1::Event::kCertificateVoid:
      return "cert.void";
    case v1::Event::kCertificateExpire:
      return "cert.expire";
    case v1::Event::kCertificateShip:
      return "cert.ship";
    case v1::Event::kCertificateArrive:
      return "cert.arrive";
    case v1::Event::kCertificateCorrect:
      return "cert.correct";
    case v1::Event::kCertificateLost:
      return "cert.lost";
    case v1::Event::kCertificateReplace:
      return "cert.replace";
    case v1::Event::kCertificateSeize:
      return "cert.seize";
    case v1::Event::kSeizureRelease:
      return "seizure.release";
    case v1::Event::kSeizureForfeit:
      return "seizure.forfeit";
    case v1::Event::kReceiptAcknowledge:
      return "receipt.acknowledge";
    case v1::Event::kReceiptConfirm:
      return "receipt.confirm";
    case v1::Event::kReceiptSupplement:
      return "receipt.supplement";
    case v1::Event::kReceiptHold:
      return "receipt.hold";
    case v1::Event::kReceiptRefuse:
      return "receipt.refuse";
    case v1::Event::kTechnicalIssue:
      return "tech.issue";
    case v1::Event::kTechnicalClose:
      return "tech.close";
    case v1::Event::kIncidentReport:
      return "incident.report";
    case v1::Event::KIND_NOT_SET:
      break;
  }
  return "";
}

std::string_view event_certificate_number(const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kCertificateIssue:
      return event.certificate_issue().number();
    case v1::Event::kCertificateCoapprove:
      return event.certificate_coapprove().number();
    case v1::Event::kCertificateVoid:
      return event.certificate_void().number();
    case v1::Event::kCertificateExpire:
      return event.certificate_expire().number();
    case v1::Event::kCertificateShip:
      return event.certificate_ship().number();
    case v1::Event::kCertificateArrive:
      return event.certificate_arrive().number();
    case v1::Event::kCertificateCorrect:
      return event.certificate_correct().number();
    case v1::Event::kCertificateLost:
      return event.certificate_lost().number();
    case v1::Event::kCertificateReplace:
      return event.certificate_replace().number();
    case v1::Event::kCertificateSeize:
      return event.certificate_seize().number();
    case v1::Event::kSeizureRelease:
      return event.seizure_release().number();
    case v1::Event::kSeizureForfeit:
      return event.seizure_forfeit().number();
    case v1::Event::kReceiptAcknowledge:
      return event.receipt_acknowledge().number();
    case v1::Event::kReceiptConfirm:
      return event.receipt_confirm().number();
    case v1::Event::kReceiptSupplement:
      return event.receipt_supplement().number();
    case v1::Event::kReceiptHold:
      return event.receipt_hold().number();
    case v1::Event::kReceiptRefuse:
      return event.receipt_refuse().number();
    case v1::Event::kTechnicalIssue:
      return event.technical_issue().number();
    case v1::Event::kTechnicalClose:
      return event.technical_close().number();
    case v1::Event::kIncidentReport:
      return event.incident_report().number();
    case v1::Event::kAdvanceClock:
    case v1::Event::kKeyRegister:
    case v1::Event::kKeyRevoke:
    case v1::Event::kNodeRegister:
    case v1::Event::kNodeRetire:
    case v1::Event::kParticipantAdmit:
    case v1::Event::kParticipantWithdraw:
    case v1::Event::kMeasureImpose:
    case v1::Event::kMeasureLift:
    case v1::Event::KIND_NOT_SET:
      break;
  }
  return "";
}

}  // namespace kimberlite
