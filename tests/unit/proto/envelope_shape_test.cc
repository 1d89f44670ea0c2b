// The shape of envelopes and events: each kind of wrong field has its reason and its path.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "proto/envelope.h"
#include "samples.h"

namespace kimberlite {
namespace {

struct ShapeCase {
  std::function<void(v1::Event&)> make;
  Reason reason;
  std::string field;  // relative to the event
};

Result<void> shape_of(const v1::Event& event) {
  v1::Envelope envelope = test::sample_envelope();
  *envelope.mutable_events(0) = event;
  return check_envelope_shape(envelope);
}

// Applies each case to a sound sample of its kind.
void expect_each(const v1::Event& sound, const std::vector<ShapeCase>& cases) {
  ASSERT_TRUE(shape_of(sound).has_value());
  for (const ShapeCase& each : cases) {
    v1::Event event = sound;
    each.make(event);
    const Result<void> shape = shape_of(event);
    ASSERT_FALSE(shape.has_value()) << each.field << " " << event.ShortDebugString();
    EXPECT_EQ(shape.error().reason, each.reason) << shape.error().to_string();
    EXPECT_EQ(shape.error().field, "events[0]." + each.field);
  }
}

v1::Event sample_of(v1::Event::KindCase kind) {
  for (const v1::Event& event : test::sample_events()) {
    if (event.kind_case() == kind) return event;
  }
  ADD_FAILURE() << "no sample of kind " << kind;
  return {};
}

TEST(EnvelopeShape, FieldsOfTheEnvelope) {
  const auto refusal = [](const std::function<void(v1::Envelope&)>& spoil) {
    v1::Envelope envelope = test::sample_envelope();
    spoil(envelope);
    const Result<void> shape = check_envelope_shape(envelope);
    EXPECT_FALSE(shape.has_value());
    return shape ? "" : std::string(reason_name(shape.error().reason)) + " " + shape.error().field;
  };
  EXPECT_EQ(refusal([](auto& e) { e.clear_chain_id(); }), "MISSING_FIELD chain_id");
  EXPECT_EQ(refusal([](auto& e) { e.set_chain_id("short"); }), "MALFORMED chain_id");
  EXPECT_EQ(refusal([](auto& e) { e.clear_participant(); }), "MISSING_FIELD participant");
  EXPECT_EQ(refusal([](auto& e) { e.set_participant("bw"); }), "FIELD_OUT_OF_RANGE participant");
  EXPECT_EQ(refusal([](auto& e) { e.set_participant("B"); }), "FIELD_OUT_OF_RANGE participant");
  EXPECT_EQ(refusal([](auto& e) { e.set_participant("ABCDEFGHI"); }), "FIELD_OUT_OF_RANGE participant");
  EXPECT_EQ(refusal([](auto& e) { e.clear_not_after_ms(); }), "MISSING_FIELD not_after_ms");
  EXPECT_EQ(refusal([](auto& e) { e.set_not_after_ms(-1); }), "FIELD_OUT_OF_RANGE not_after_ms");
  EXPECT_EQ(refusal([](auto& e) { e.clear_nonce(); }), "MISSING_FIELD nonce");
  EXPECT_EQ(refusal([](auto& e) { e.set_nonce("fifteen bytes.."); }), "MALFORMED nonce");
  EXPECT_EQ(refusal([](auto& e) { e.clear_events(); }), "TOO_MANY_EVENTS events");
  EXPECT_EQ(refusal([](auto& e) { e.add_events(); }), "MISSING_FIELD events[1].kind");
}

TEST(EnvelopeShape, ObserversAndOfficesSignToo) {
  v1::Envelope envelope = test::sample_envelope();
  for (const char* code : {"WDC", "UNSC", "CLOCK", "ABCDEFGH"}) {
    envelope.set_participant(code);
    EXPECT_TRUE(check_envelope_shape(envelope).has_value()) << code;
  }
}

TEST(EnvelopeShape, CertificateNumbersOfEveryEventThatHasOne) {
  for (const v1::Event& sound : test::sample_events()) {
    const auto* kind = sound.GetReflection()->GetOneofFieldDescriptor(sound, sound.GetDescriptor()->oneof_decl(0));
    const auto* number = kind->message_type()->FindFieldByName("number");
    if (number == nullptr) continue;
    for (const char* wrong : {"BW-000260", "BW-00026011", "bw-0002601", "B1-0002601", "BW 0002601", "BWA-002601",
                              "BW-000260A", "BW-0002601 ", "BW-T000017", "\xc3\x89W-002601"}) {
      v1::Event event = sound;
      google::protobuf::Message* message = event.GetReflection()->MutableMessage(&event, kind);
      message->GetReflection()->SetString(message, number, wrong);
      const Result<void> shape = shape_of(event);
      ASSERT_FALSE(shape.has_value()) << kind->name() << " " << wrong;
      EXPECT_EQ(shape.error().reason, Reason::MALFORMED_NUMBER);
      EXPECT_EQ(shape.error().field, "events[0]." + kind->name() + ".number");
      message->GetReflection()->SetString(message, number, "");
      EXPECT_EQ(shape_of(event).error().reason, Reason::MISSING_FIELD);
    }
  }
}

TEST(EnvelopeShape, CertificateIssue) {
  const auto issue = [](auto spoil) {
    return [spoil](v1::Event& event) { spoil(*event.mutable_certificate_issue()); };
  };
  expect_each(
      test::sample_issue(),
      {{issue([](auto& i) { i.clear_body(); }), Reason::MISSING_FIELD, "certificate_issue.body"},
       {issue([](auto& i) { i.set_body("bw authority"); }), Reason::FIELD_OUT_OF_RANGE, "certificate_issue.body"},
       {issue([](auto& i) { i.set_body(std::string(33, 'A')); }), Reason::FIELD_OUT_OF_RANGE, "certificate_issue.body"},
       {issue([](auto& i) { i.clear_importer(); }), Reason::MISSING_FIELD, "certificate_issue.importer"},
       {issue([](auto& i) { i.set_importer("WDC"); }), Reason::FIELD_OUT_OF_RANGE, "certificate_issue.importer"},
       {issue([](auto& i) { i.clear_basis(); }), Reason::MISSING_FIELD, "certificate_issue.basis"},
       {issue([](auto& i) { i.set_origin("Botswana"); }), Reason::FIELD_OUT_OF_RANGE, "certificate_issue.origin"},
       {issue([](auto& i) { i.clear_hs_lines(); }), Reason::MISSING_FIELD, "certificate_issue.hs_lines"},
       {issue([](auto& i) {
          for (int n = 0; n < 3; ++n) *i.add_hs_lines() = i.hs_lines(0);
        }),
        Reason::FIELD_OUT_OF_RANGE, "certificate_issue.hs_lines"},
       {issue([](auto& i) { i.mutable_hs_lines(0)->set_code("7102.31"); }), Reason::FIELD_OUT_OF_RANGE,
        "certificate_issue.hs_lines[0].code"},
       {issue([](auto& i) { i.add_hs_lines(); }), Reason::MISSING_FIELD, "certificate_issue.hs_lines[1].code"},
       {issue([](auto& i) { i.mutable_sources(0)->set_number("open lot"); }), Reason::MALFORMED_NUMBER,
        "certificate_issue.sources[0].number"},
       {issue([](auto& i) { i.add_sources(); }), Reason::MISSING_FIELD, "certificate_issue.sources[1].number"},
       {issue([](auto& i) { i.set_exporter_trader("a"); }), Reason::FIELD_OUT_OF_RANGE,
        "certificate_issue.exporter_trader"},
       {issue([](auto& i) { i.set_importer_trader("A B"); }), Reason::FIELD_OUT_OF_RANGE,
        "certificate_issue.importer_trader"},
       {issue([](auto& i) { i.set_private_digest("x"); }), Reason::MALFORMED, "certificate_issue.private_digest"}});
}

TEST(EnvelopeShape, WhatIsOptionalMayBeAbsent) {
  v1::Event event = test::sample_issue();
  v1::CertificateIssue& issue = *event.mutable_certificate_issue();
  issue.clear_origin();
  issue.clear_sources();
  issue.clear_exporter_trader();
  issue.clear_importer_trader();
  issue.clear_private_digest();
  EXPECT_TRUE(shape_of(event).has_value());
}

// BAD_AMOUNT, HS_NOT_ROUGH, BAD_DATES and the like are the ledger's answers, in the scheme's order of guards.
TEST(EnvelopeShape, AmountsDatesAndRoughnessAreNotShape) {
  v1::Event event = test::sample_issue();
  v1::CertificateIssue& issue = *event.mutable_certificate_issue();
  issue.set_weight_centicarats(-5);
  issue.set_value_cents(std::numeric_limits<std::int64_t>::min());
  issue.set_parcels(0);
  issue.set_issue_day(-1);
  issue.set_expiry_day(0);
  issue.mutable_hs_lines(0)->set_code("999999");
  issue.mutable_sources(0)->set_weight_centicarats(std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(shape_of(event).has_value());
}

TEST(EnvelopeShape, ParticipantsComeAndGo) {
  const auto admission = [](auto spoil) {
    return [spoil](v1::Event& event) { spoil(*event.mutable_participant_admit()); };
  };
  const std::string path = "participant_admit.";
  expect_each(
      sample_of(v1::Event::kParticipantAdmit),
      {{admission([](auto& a) { a.set_code("na"); }), Reason::FIELD_OUT_OF_RANGE, path + "code"},
       {admission([](auto& a) { a.clear_name(); }), Reason::MISSING_FIELD, path + "name"},
       {admission([](auto& a) { a.set_role("polisher"); }), Reason::FIELD_OUT_OF_RANGE, path + "role"},
       {admission([](auto& a) { a.clear_root_key(); }), Reason::MISSING_FIELD, path + "root_key"},
       {admission([](auto& a) { a.set_node_key("x"); }), Reason::MALFORMED, path + "node_key"},
       {admission([](auto& a) { a.clear_node_address(); }), Reason::MISSING_FIELD, path + "node_address"},
       {admission([](auto& a) { a.set_node_address("nowhere"); }), Reason::FIELD_OUT_OF_RANGE, path + "node_address"},
       {admission([](auto& a) { a.clear_decision(); }), Reason::MISSING_FIELD, path + "decision"}});
  expect_each(sample_of(v1::Event::kNodeRegister),
              {{[](auto& e) { e.mutable_node_register()->set_node_address("nowhere:0"); }, Reason::FIELD_OUT_OF_RANGE,
                "node_register.node_address"}});
  expect_each(sample_of(v1::Event::kParticipantWithdraw),
              {{[](auto& e) { e.mutable_participant_withdraw()->clear_cause(); }, Reason::MISSING_FIELD,
                "participant_withdraw.cause"}});
}

TEST(EnvelopeShape, KeysAndClock) {
  const auto key = [](auto spoil) { return [spoil](v1::Event& event) { spoil(*event.mutable_key_register()); }; };
  expect_each(sample_of(v1::Event::kKeyRegister),
              {{key([](auto& k) { k.clear_public_key(); }), Reason::MISSING_FIELD, "key_register.public_key"},
               {key([](auto& k) { k.set_public_key("x"); }), Reason::MALFORMED, "key_register.public_key"},
               {key([](auto& k) { k.clear_kind(); }), Reason::MISSING_FIELD, "key_register.kind"},
               {key([](auto& k) { k.set_kind(v1::KEY_KIND_ROOT); }), Reason::FIELD_OUT_OF_RANGE, "key_register.kind"},
               {key([](auto& k) { k.set_kind(v1::KEY_KIND_NODE); }), Reason::FIELD_OUT_OF_RANGE, "key_register.kind"},
               {key([](auto& k) { k.clear_holder(); }), Reason::MISSING_FIELD, "key_register.holder"},
               {key([](auto& k) { k.set_from_ms(-1); }), Reason::FIELD_OUT_OF_RANGE, "key_register.from_ms"},
               {key([](auto& k) { k.set_to_ms(k.from_ms()); }), Reason::FIELD_OUT_OF_RANGE, "key_register.to_ms"},
               {key([](auto& k) { k.set_private_digest("x"); }), Reason::MALFORMED, "key_register.private_digest"}});
  expect_each(sample_of(v1::Event::kKeyRevoke), {{[](auto& e) { e.mutable_key_revoke()->set_public_key("x"); },
                                                  Reason::MALFORMED, "key_revoke.public_key"}});
  expect_each(sample_of(v1::Event::kNodeRegister), {{[](auto& e) { e.mutable_node_register()->clear_public_key(); },
                                                     Reason::MISSING_FIELD, "node_register.public_key"}});
  expect_each(sample_of(v1::Event::kNodeRetire),
              {{[](auto& e) { e.mutable_node_retire()->clear_cause(); }, Reason::MISSING_FIELD, "node_retire.cause"}});
  expect_each(
      sample_of(v1::Event::kAdvanceClock),
      {{[](auto& e) { e.mutable_advance_clock()->clear_to_ms(); }, Reason::MISSING_FIELD, "advance_clock.to_ms"},
       {[](auto& e) { e.mutable_advance_clock()->set_to_ms(-1); }, Reason::FIELD_OUT_OF_RANGE, "advance_clock.to_ms"}});
}

TEST(EnvelopeShape, Measures) {
  const auto impose = [](auto spoil) { return [spoil](v1::Event& event) { spoil(*event.mutable_measure_impose()); }; };
  expect_each(
      sample_of(v1::Event::kMeasureImpose),
      {{impose([](auto& m) { m.clear_id(); }), Reason::MISSING_FIELD, "measure_impose.id"},
       {impose([](auto& m) { m.set_id("M/GH"); }), Reason::FIELD_OUT_OF_RANGE, "measure_impose.id"},
       {impose([](auto& m) { m.set_target("GHA"); }), Reason::FIELD_OUT_OF_RANGE, "measure_impose.target"},
       {impose([](auto& m) { m.clear_kind(); }), Reason::MISSING_FIELD, "measure_impose.kind"},
       {impose([](auto& m) { m.set_imposed_by("the plenary"); }), Reason::FIELD_OUT_OF_RANGE,
        "measure_impose.imposed_by"},
       {impose([](auto& m) { m.add_approvers("wdc"); }), Reason::FIELD_OUT_OF_RANGE, "measure_impose.approvers[1]"},
       {impose([](auto& m) { m.set_motion("a motion"); }), Reason::FIELD_OUT_OF_RANGE, "measure_impose.motion"}});
  expect_each(sample_of(v1::Event::kMeasureLift),
              {{[](auto& e) { e.mutable_measure_lift()->clear_id(); }, Reason::MISSING_FIELD, "measure_lift.id"}});
}

TEST(EnvelopeShape, CausesThatTheSchemeAsksFor) {
  expect_each(sample_of(v1::Event::kReceiptHold), {{[](auto& e) { e.mutable_receipt_hold()->clear_cause(); },
                                                    Reason::MISSING_FIELD, "receipt_hold.cause"}});
  expect_each(sample_of(v1::Event::kReceiptRefuse), {{[](auto& e) { e.mutable_receipt_refuse()->clear_cause(); },
                                                      Reason::MISSING_FIELD, "receipt_refuse.cause"}});
  expect_each(sample_of(v1::Event::kCertificateSeize), {{[](auto& e) { e.mutable_certificate_seize()->clear_cause(); },
                                                         Reason::MISSING_FIELD, "certificate_seize.cause"}});
  expect_each(sample_of(v1::Event::kCertificateCorrect),
              {{[](auto& e) { e.mutable_certificate_correct()->clear_cause(); }, Reason::MISSING_FIELD,
                "certificate_correct.cause"},
               {[](auto& e) { e.mutable_certificate_correct()->clear_hs_lines(); }, Reason::MISSING_FIELD,
                "certificate_correct.hs_lines"}});
}

TEST(EnvelopeShape, ShippingAndReceipts) {
  expect_each(sample_of(v1::Event::kCertificateShip), {{[](auto& e) { e.mutable_certificate_ship()->add_seals(""); },
                                                        Reason::MISSING_FIELD, "certificate_ship.seals[1]"},
                                                       {[](auto& e) {
                                                          for (int i = 0; i < 32; ++i)
                                                            e.mutable_certificate_ship()->add_seals("S");
                                                        },
                                                        Reason::FIELD_OUT_OF_RANGE, "certificate_ship.seals"}});
  expect_each(sample_of(v1::Event::kReceiptConfirm), {{[](auto& e) { e.mutable_receipt_confirm()->clear_body(); },
                                                       Reason::MISSING_FIELD, "receipt_confirm.body"},
                                                      {[](auto& e) { e.mutable_receipt_confirm()->set_exporter("bw"); },
                                                       Reason::FIELD_OUT_OF_RANGE, "receipt_confirm.exporter"}});
  expect_each(sample_of(v1::Event::kCertificateReplace),
              {{[](auto& e) { e.mutable_certificate_replace()->set_replaces("BW-1"); }, Reason::MALFORMED_NUMBER,
                "certificate_replace.replaces"},
               {[](auto& e) { e.mutable_certificate_replace()->set_importer("ec"); }, Reason::FIELD_OUT_OF_RANGE,
                "certificate_replace.importer"}});
}

TEST(EnvelopeShape, TechnicalCertificatesAndIncidents) {
  expect_each(sample_of(v1::Event::kTechnicalIssue),
              {{[](auto& e) { e.mutable_technical_issue()->set_technical("IN-0000017"); }, Reason::MALFORMED_NUMBER,
                "technical_issue.technical"},
               {[](auto& e) { e.mutable_technical_issue()->clear_technical(); }, Reason::MISSING_FIELD,
                "technical_issue.technical"}});
  expect_each(sample_of(v1::Event::kTechnicalClose),
              {{[](auto& e) { e.mutable_technical_close()->set_technical("IN-T0017"); }, Reason::MALFORMED_NUMBER,
                "technical_close.technical"}});
  expect_each(
      sample_of(v1::Event::kIncidentReport),
      {{[](auto& e) { e.mutable_incident_report()->clear_kind(); }, Reason::MISSING_FIELD, "incident_report.kind"},
       {[](auto& e) { e.mutable_incident_report()->set_claimed_exporter("Angola"); }, Reason::FIELD_OUT_OF_RANGE,
        "incident_report.claimed_exporter"}});
}

}  // namespace
}  // namespace kimberlite
