#include "tests/unit/ledger/event_builders.h"

#include <gtest/gtest.h>

#include "node/ledger/certificate/record.h"
#include "proto/event_name.h"

namespace kimberlite::ledger::test {
namespace {

constexpr int kValidityDays = 60;

/// Fills in what all events about one number and a cause have.
template <typename Message>
void set_cause(Message& message, const std::string& number) {
  message.set_number(number);
  message.set_cause("TEST");
}

void set_one_line(google::protobuf::RepeatedPtrField<v1::HsLine>& lines, std::int64_t weight, std::int64_t value) {
  v1::HsLine& line = *lines.Add();
  line.set_code("710231");
  line.set_weight_centicarats(weight);
  line.set_value_cents(value);
}

v1::CertificateIssue issue(const World& world, const std::string& number, const std::string& importer,
                           std::int64_t weight) {
  const std::string exporter = number.substr(0, 2);
  v1::CertificateIssue event;
  event.set_number(number);
  event.set_body(usual_body(exporter));
  event.set_importer(importer);
  event.set_weight_centicarats(weight);
  event.set_value_cents(kValue);
  event.set_parcels(2);
  set_one_line(*event.mutable_hs_lines(), weight, kValue);
  event.set_issue_day(world.today());
  event.set_expiry_day(world.today() + kValidityDays);
  event.set_exporter_trader(exporter + "-TRADER-01");
  event.set_importer_trader(importer + "-TRADER-01");
  return event;
}

}  // namespace

v1::CertificateIssue production(const World& world, const std::string& number, const std::string& importer,
                                std::int64_t weight) {
  v1::CertificateIssue event = issue(world, number, importer, weight);
  event.set_basis(v1::BASIS_PRODUCTION);
  event.set_origin(number.substr(0, 2));
  return event;
}

v1::CertificateIssue reexport(const World& world, const std::string& number, const std::string& importer,
                              const std::vector<Draw>& draws, const std::string& origin) {
  std::int64_t weight = 0;
  for (const Draw& draw : draws) weight += draw.weight_centicarats;
  v1::CertificateIssue event = issue(world, number, importer, weight);
  event.set_basis(v1::BASIS_REEXPORT);
  event.set_origin(origin);
  for (const Draw& draw : draws) {
    v1::Source& source = *event.add_sources();
    source.set_number(draw.number);
    source.set_weight_centicarats(draw.weight_centicarats);
  }
  return event;
}

v1::Event event_of(const v1::CertificateIssue& issue) {
  v1::Event event;
  *event.mutable_certificate_issue() = issue;
  return event;
}

v1::Event coapprove(const std::string& number) {
  v1::Event event;
  event.mutable_certificate_coapprove()->set_number(number);
  event.mutable_certificate_coapprove()->set_finding("CONSISTENT");
  return event;
}

v1::Event void_certificate(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_certificate_void(), number);
  return event;
}

v1::Event expire(const std::string& number) {
  v1::Event event;
  event.mutable_certificate_expire()->set_number(number);
  return event;
}

v1::Event ship(const std::string& number) {
  v1::Event event;
  event.mutable_certificate_ship()->set_number(number);
  event.mutable_certificate_ship()->add_seals("S000001");
  return event;
}

v1::Event arrive(const std::string& number) {
  v1::Event event;
  event.mutable_certificate_arrive()->set_number(number);
  return event;
}

v1::Event correct(const std::string& number, std::int64_t weight, std::int64_t value) {
  v1::Event event;
  v1::CertificateCorrect& correction = *event.mutable_certificate_correct();
  set_cause(correction, number);
  correction.set_weight_centicarats(weight);
  correction.set_value_cents(value);
  set_one_line(*correction.mutable_hs_lines(), weight, value);
  return event;
}

v1::Event lost(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_certificate_lost(), number);
  return event;
}

v1::Event replace(const World& world, const std::string& number, const std::string& replaces,
                  const std::string& importer, std::int64_t weight, std::int64_t value) {
  v1::Event event;
  v1::CertificateReplace& replacement = *event.mutable_certificate_replace();
  replacement.set_number(number);
  replacement.set_replaces(replaces);
  replacement.set_importer(importer);
  replacement.set_weight_centicarats(weight);
  replacement.set_value_cents(value);
  replacement.set_issue_day(world.today());
  replacement.set_expiry_day(world.today() + kValidityDays);
  return event;
}

v1::Event seize(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_certificate_seize(), number);
  return event;
}

v1::Event release(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_seizure_release(), number);
  return event;
}

v1::Event forfeit(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_seizure_forfeit(), number);
  return event;
}

v1::Event acknowledge(const std::string& number, std::int64_t weight) {
  v1::Event event;
  v1::ReceiptAcknowledge& acknowledgement = *event.mutable_receipt_acknowledge();
  acknowledgement.set_number(number);
  acknowledgement.set_weight_centicarats(weight);
  acknowledgement.set_value_cents(kValue);
  acknowledgement.set_parcels(2);
  acknowledgement.set_seals_intact(true);
  return event;
}

v1::Event confirm(const std::string& number, const std::string& importer, std::int64_t weight) {
  v1::Event event;
  v1::ReceiptConfirm& confirmation = *event.mutable_receipt_confirm();
  confirmation.set_number(number);
  confirmation.set_body(usual_body(importer));
  confirmation.set_weight_centicarats(weight);
  confirmation.set_value_cents(kValue);
  confirmation.set_parcels(2);
  confirmation.set_exporter(number.substr(0, 2));
  return event;
}

v1::Event supplement(const std::string& number, std::int64_t weight) {
  v1::Event event;
  v1::ReceiptSupplement& more = *event.mutable_receipt_supplement();
  more.set_number(number);
  more.set_weight_centicarats(weight);
  more.set_value_cents(1000);
  more.set_parcels(1);
  return event;
}

v1::Event hold(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_receipt_hold(), number);
  return event;
}

v1::Event refuse(const std::string& number) {
  v1::Event event;
  set_cause(*event.mutable_receipt_refuse(), number);
  return event;
}

v1::Event technical_issue(const std::string& number, const std::string& technical) {
  v1::Event event;
  set_cause(*event.mutable_technical_issue(), number);
  event.mutable_technical_issue()->set_technical(technical);
  return event;
}

v1::Event technical_close(const std::string& number, const std::string& technical) {
  v1::Event event;
  event.mutable_technical_close()->set_number(number);
  event.mutable_technical_close()->set_technical(technical);
  return event;
}

v1::Event incident(const std::string& number) {
  v1::Event event;
  v1::IncidentReport& report = *event.mutable_incident_report();
  report.set_number(number);
  report.set_kind("FORGED_CERTIFICATE");
  report.set_claimed_exporter(number.substr(0, 2));
  report.set_weight_centicarats(kWeight);
  report.set_value_cents(kValue);
  report.set_goods("SEIZED");
  return event;
}

v1::Event impose(const std::string& id, const std::string& target, v1::MeasureKind kind, const std::string& by) {
  v1::Event event;
  v1::MeasureImpose& measure = *event.mutable_measure_impose();
  measure.set_id(id);
  measure.set_target(target);
  measure.set_kind(kind);
  measure.set_imposed_by(by);
  return event;
}

v1::Event lift(const std::string& id) {
  v1::Event event;
  event.mutable_measure_lift()->set_id(id);
  event.mutable_measure_lift()->set_decision("S/RES/1753 (2007)");
  return event;
}

v1::Event advance_clock(TimeMs to) {
  v1::Event event;
  event.mutable_advance_clock()->set_to_ms(to.value);
  return event;
}

v1::Event register_body(const std::string& participant, const std::string& holder) {
  v1::Event event;
  v1::KeyRegister& registration = *event.mutable_key_register();
  registration.set_public_key(std::string(body(participant, holder).key.view()));
  registration.set_kind(v1::KEY_KIND_BODY);
  registration.set_holder(holder);
  registration.set_exporting(true);
  registration.set_importing(true);
  return event;
}

v1::Event revoke(const Signer& signer) {
  v1::Event event;
  event.mutable_key_revoke()->set_public_key(std::string(signer.key.view()));
  return event;
}

std::string key_bytes(const std::string& name) {
  return std::string(key_named(name).view());
}

v1::Event register_node(const std::string& key_name, const std::string& address) {
  v1::Event event;
  event.mutable_node_register()->set_public_key(key_bytes(key_name));
  event.mutable_node_register()->set_node_address(address);
  return event;
}

v1::Event retire_node() {
  v1::Event event;
  event.mutable_node_retire()->set_cause("moved to the regional office");
  return event;
}

v1::Event withdraw() {
  v1::Event event;
  event.mutable_participant_withdraw()->set_cause("note verbale of 3 May");
  return event;
}

v1::Event admit(const std::string& code, bool with_node) {
  v1::Event event;
  v1::ParticipantAdmit& admission = *event.mutable_participant_admit();
  admission.set_code(code);
  admission.set_name("Participant " + code);
  admission.set_member_states(1);
  admission.set_role("producer");
  admission.set_root_key(key_bytes(code + "/root"));
  admission.set_decision("Plenary, administrative decision on admission");
  if (with_node) {
    admission.set_node_key(key_bytes(code + "/node"));
    admission.set_node_address("node." + code + ".example:7000");
  }
  return event;
}

void accept(World& world, const Signer& signer, const v1::Event& event) {
  const Outcome outcome = world.submit(signer, event);
  ASSERT_TRUE(outcome.accepted()) << event_name(event) << " by " << signer.party << ": " << outcome.verdict() << ", "
                                  << outcome.refusal->message;
}

void expect_refused(World& world, const Signer& signer, const v1::Event& event, Reason reason,
                    const std::string& field) {
  const StateChanges before = world.state().records();
  const Outcome outcome = world.submit(signer, event);
  EXPECT_EQ(outcome.verdict(), reason_name(reason)) << event_name(event) << " by " << signer.party;
  EXPECT_EQ(world.state().changed_since(before), std::vector<std::string>{});
  if (outcome.accepted()) return;
  EXPECT_FALSE(outcome.refusal->message.empty());
  if (!field.empty()) {
    EXPECT_EQ(outcome.refusal->field, field);
  }
}

std::vector<v1::CertificateState> all_states() {
  std::vector<v1::CertificateState> states;
  for (int state = v1::CERTIFICATE_STATE_PENDING_COAPPROVAL; state <= v1::CertificateState_MAX; ++state)
    states.push_back(static_cast<v1::CertificateState>(state));
  return states;
}

std::string certificate_in(World& world, v1::CertificateState state) {
  if (state == v1::CERTIFICATE_STATE_PENDING_COAPPROVAL) {
    accept(world, body("GH"), event_of(production(world, "GH-0000001", "EC")));
    return "GH-0000001";
  }
  const std::string number = "BW-0000001";
  const auto by_exporter = [&world](const v1::Event& event) { accept(world, body("BW"), event); };
  const auto by_importer = [&world](const v1::Event& event) { accept(world, body("EC"), event); };
  by_exporter(event_of(production(world, number, "EC")));
  if (state == v1::CERTIFICATE_STATE_VOIDED) by_exporter(void_certificate(number));
  if (state == v1::CERTIFICATE_STATE_EXPIRED) {
    world.advance_days(kValidityDays + 1);
    by_exporter(expire(number));
  }
  if (state < v1::CERTIFICATE_STATE_SHIPPED) return number;

  by_exporter(ship(number));
  switch (state) {
    case v1::CERTIFICATE_STATE_ARRIVED:
      by_importer(arrive(number));
      break;
    case v1::CERTIFICATE_STATE_HELD:
      by_importer(hold(number));
      break;
    case v1::CERTIFICATE_STATE_CONFIRMED:
      by_importer(confirm(number, "EC"));
      break;
    case v1::CERTIFICATE_STATE_CONFIRMED_SHORT:
      by_importer(confirm(number, "EC", kWeight * 9 / 10));
      break;
    case v1::CERTIFICATE_STATE_LOST:
    case v1::CERTIFICATE_STATE_REPLACED:
      by_exporter(lost(number));
      break;
    case v1::CERTIFICATE_STATE_SEIZED:
    case v1::CERTIFICATE_STATE_FORFEITED:
      by_importer(seize(number));
      break;
    case v1::CERTIFICATE_STATE_REFUSED:
    case v1::CERTIFICATE_STATE_RETURNING:
    case v1::CERTIFICATE_STATE_RETURNED:
      by_importer(refuse(number));
      break;
    default:
      break;
  }
  if (state == v1::CERTIFICATE_STATE_RETURNING || state == v1::CERTIFICATE_STATE_RETURNED)
    by_importer(technical_issue(number, "EC-T000001"));
  if (state == v1::CERTIFICATE_STATE_RETURNED) by_exporter(technical_close(number, "EC-T000001"));
  if (state == v1::CERTIFICATE_STATE_REPLACED) by_exporter(replace(world, "BW-0000002", number, "EC"));
  if (state == v1::CERTIFICATE_STATE_FORFEITED) by_importer(forfeit(number));
  EXPECT_EQ(world.state().certificate(number).state(), state) << state_name(state);
  return number;
}

}  // namespace kimberlite::ledger::test
