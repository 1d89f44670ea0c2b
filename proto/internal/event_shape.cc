#include "proto/internal/event_shape.h"

#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "proto/digest.h"
#include "proto/ed25519.h"

namespace kimberlite::internal {
namespace {

void optional_territory(Shape& shape, std::string_view field, const std::string& code) {
  if (!code.empty()) shape.participant_code(field, code);
}

void optional_holder(Shape& shape, std::string_view field, const std::string& code) {
  if (!code.empty()) shape.holder_code(field, code);
}

void optional_motion(Shape& shape, const std::string& motion) {
  if (!motion.empty()) shape.record_id("motion", motion);
}

template <typename Lines>
void check_hs_lines(Shape& shape, const Lines& lines) {
  shape.set("hs_lines", !lines.empty());
  shape.in_range("hs_lines", lines.size() <= kHsLinesMax, "1 to 3 lines");
  for (int index = 0; index < lines.size(); ++index) {
    Shape line;
    line.hs_code("code", lines[index].code());
    shape.entry("hs_lines", index, std::move(line));
  }
}

Shape check(const v1::AdvanceClock& event) {
  Shape shape;
  shape.time("to_ms", event.to_ms());
  return shape;
}

Shape check(const v1::KeyRegister& event) {
  Shape shape;
  shape.bytes("public_key", event.public_key(), PublicKey::kSize);
  shape.set("kind", event.kind() != v1::KEY_KIND_UNSPECIFIED);
  shape.in_range("kind", event.kind() == v1::KEY_KIND_BODY || event.kind() == v1::KEY_KIND_TRADER,
                 "a participant registers keys of bodies and traders only");
  shape.holder_code("holder", event.holder());
  shape.in_range("from_ms", event.from_ms() >= 0, "a time after 1970-01-01T00:00:00Z in milliseconds");
  shape.in_range("to_ms", event.to_ms() == 0 || event.to_ms() > event.from_ms(), "later than from_ms, or 0 for open");
  shape.optional_bytes("private_digest", event.private_digest(), Digest::kSize);
  return shape;
}

Shape check(const v1::KeyRevoke& event) {
  Shape shape;
  shape.bytes("public_key", event.public_key(), PublicKey::kSize);
  return shape;
}

Shape check(const v1::NodeRegister& event) {
  Shape shape;
  shape.bytes("public_key", event.public_key(), PublicKey::kSize);
  if (!event.node_address().empty()) shape.host_port("node_address", event.node_address());
  return shape;
}

Shape check(const v1::ParticipantAdmit& event) {
  Shape shape;
  shape.participant_code("code", event.code());
  shape.text("name", event.name());
  const auto& role = event.role();
  shape.in_range("role", role == "producer" || role == "trader" || role == "both", "producer, trader or both");
  shape.bytes("root_key", event.root_key(), PublicKey::kSize);
  shape.optional_bytes("node_key", event.node_key(), PublicKey::kSize);
  if (!event.node_key().empty()) shape.host_port("node_address", event.node_address());
  shape.text("decision", event.decision());
  return shape;
}

Shape check(const v1::MeasureImpose& event) {
  Shape shape;
  shape.record_id("id", event.id());
  shape.participant_code("target", event.target());
  shape.set("kind", event.kind() != v1::MEASURE_KIND_UNSPECIFIED);
  shape.party_code("imposed_by", event.imposed_by());
  for (int index = 0; index < event.approvers_size(); ++index) {
    Shape approver;
    approver.party_code("", event.approvers(index));
    shape.entry("approvers", index, std::move(approver));
  }
  optional_motion(shape, event.motion());
  return shape;
}

Shape check(const v1::MeasureLift& event) {
  Shape shape;
  shape.record_id("id", event.id());
  optional_motion(shape, event.motion());
  return shape;
}

Shape check(const v1::CertificateIssue& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.holder_code("body", event.body());
  shape.participant_code("importer", event.importer());
  shape.set("basis", event.basis() != v1::BASIS_UNSPECIFIED);
  optional_territory(shape, "origin", event.origin());
  check_hs_lines(shape, event.hs_lines());
  for (int index = 0; index < event.sources_size(); ++index) {
    Shape source;
    source.source_number("number", event.sources(index).number());
    shape.entry("sources", index, std::move(source));
  }
  optional_holder(shape, "exporter_trader", event.exporter_trader());
  optional_holder(shape, "importer_trader", event.importer_trader());
  shape.optional_bytes("private_digest", event.private_digest(), Digest::kSize);
  return shape;
}

Shape check(const v1::CertificateShip& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.in_range("seals", event.seals_size() <= kSealsMax, "at most 32 seals");
  for (int index = 0; index < event.seals_size(); ++index) {
    Shape seal;
    seal.text("", event.seals(index));
    shape.entry("seals", index, std::move(seal));
  }
  return shape;
}

Shape check(const v1::CertificateCorrect& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  check_hs_lines(shape, event.hs_lines());
  shape.text("cause", event.cause());
  return shape;
}

Shape check(const v1::CertificateReplace& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.certificate_number("replaces", event.replaces());
  shape.participant_code("importer", event.importer());
  return shape;
}

Shape check(const v1::ReceiptConfirm& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.holder_code("body", event.body());
  optional_territory(shape, "exporter", event.exporter());
  return shape;
}

Shape check(const v1::TechnicalIssue& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.technical_number("technical", event.technical());
  return shape;
}

Shape check(const v1::TechnicalClose& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.technical_number("technical", event.technical());
  return shape;
}

Shape check(const v1::IncidentReport& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.text("kind", event.kind());
  optional_territory(shape, "claimed_exporter", event.claimed_exporter());
  return shape;
}

// Events of which only the number has a form.
template <typename Event>
Shape check_number(const Event& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  return shape;
}

// Events of a participant about itself, that must say why.
template <typename Event>
Shape check_cause(const Event& event) {
  Shape shape;
  shape.text("cause", event.cause());
  return shape;
}

// Events on a certificate that must say why.
template <typename Event>
Shape check_number_and_cause(const Event& event) {
  Shape shape;
  shape.certificate_number("number", event.number());
  shape.text("cause", event.cause());
  return shape;
}

// The checked event and the name of its field in Event.
struct Checked {
  std::string_view field;
  Shape shape;
};

Checked check_kind(const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kAdvanceClock:
      return {"advance_clock", check(event.advance_clock())};
    case v1::Event::kKeyRegister:
      return {"key_register", check(event.key_register())};
    case v1::Event::kKeyRevoke:
      return {"key_revoke", check(event.key_revoke())};
    case v1::Event::kNodeRegister:
      return {"node_register", check(event.node_register())};
    case v1::Event::kNodeRetire:
      return {"node_retire", check_cause(event.node_retire())};
    case v1::Event::kParticipantAdmit:
      return {"participant_admit", check(event.participant_admit())};
    case v1::Event::kParticipantWithdraw:
      return {"participant_withdraw", check_cause(event.participant_withdraw())};
    case v1::Event::kMeasureImpose:
      return {"measure_impose", check(event.measure_impose())};
    case v1::Event::kMeasureLift:
      return {"measure_lift", check(event.measure_lift())};
    case v1::Event::kCertificateIssue:
      return {"certificate_issue", check(event.certificate_issue())};
    case v1::Event::kCertificateCoapprove:
      return {"certificate_coapprove", check_number(event.certificate_coapprove())};
    case v1::Event::kCertificateVoid:
      return {"certificate_void", check_number(event.certificate_void())};
    case v1::Event::kCertificateExpire:
      return {"certificate_expire", check_number(event.certificate_expire())};
    case v1::Event::kCertificateShip:
      return {"certificate_ship", check(event.certificate_ship())};
    case v1::Event::kCertificateArrive:
      return {"certificate_arrive", check_number(event.certificate_arrive())};
    case v1::Event::kCertificateCorrect:
      return {"certificate_correct", check(event.certificate_correct())};
    case v1::Event::kCertificateLost:
      return {"certificate_lost", check_number(event.certificate_lost())};
    case v1::Event::kCertificateReplace:
      return {"certificate_replace", check(event.certificate_replace())};
    case v1::Event::kCertificateSeize:
      return {"certificate_seize", check_number_and_cause(event.certificate_seize())};
    case v1::Event::kSeizureRelease:
      return {"seizure_release", check_number(event.seizure_release())};
    case v1::Event::kSeizureForfeit:
      return {"seizure_forfeit", check_number(event.seizure_forfeit())};
    case v1::Event::kReceiptAcknowledge:
      return {"receipt_acknowledge", check_number(event.receipt_acknowledge())};
    case v1::Event::kReceiptConfirm:
      return {"receipt_confirm", check(event.receipt_confirm())};
    case v1::Event::kReceiptSupplement:
      return {"receipt_supplement", check_number(event.receipt_supplement())};
    case v1::Event::kReceiptHold:
      return {"receipt_hold", check_number_and_cause(event.receipt_hold())};
    case v1::Event::kReceiptRefuse:
      return {"receipt_refuse", check_number_and_cause(event.receipt_refuse())};
    case v1::Event::kTechnicalIssue:
      return {"technical_issue", check(event.technical_issue())};
    case v1::Event::kTechnicalClose:
      return {"technical_close", check(event.technical_close())};
    case v1::Event::kIncidentReport:
      return {"incident_report", check(event.incident_report())};
    case v1::Event::KIND_NOT_SET:
      break;
  }
  Checked nothing;
  nothing.shape.set("kind", false);
  return nothing;
}

}  // namespace

Shape check_event(const v1::Event& event) {
  Checked checked = check_kind(event);
  checked.shape.move_under(checked.field);
  return std::move(checked.shape);
}

}  // namespace kimberlite::internal
