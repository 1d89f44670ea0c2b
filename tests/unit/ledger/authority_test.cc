// Keys, measures, clock and the envelope's own checks: who may sign at all, what participants delegate and take back,
// which organ imposes and lifts, and how time passes on the two kinds of network. Invariants 17 and 18 by example.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/civil_time.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

v1::Event good_issue(const World& world) {
  return event_of(production(world, kNumber, "EC"));
}

v1::Event issue_by(const World& world, const std::string& holder) {
  v1::CertificateIssue issue = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}});
  issue.set_body(holder);
  return event_of(issue);
}

TEST(Envelope, NotAfterIsCheckedByTheLedgersClock) {
  World world;
  const std::int64_t now = world.now().value;
  const auto verdict = [&world](std::int64_t not_after_ms) {
    return world.submit_until(root("BW"), {register_body("BW", "NEW-" + std::to_string(not_after_ms))}, not_after_ms);
  };
  EXPECT_EQ(verdict(now - 1).verdict(), "ENVELOPE_EXPIRED");
  EXPECT_EQ(verdict(now - 1).refusal->field, "not_after_ms");
  EXPECT_EQ(verdict(INT64_MIN).verdict(), "ENVELOPE_EXPIRED");
  EXPECT_EQ(verdict(now + 7 * kDayMs + 1).verdict(), "NOT_AFTER_TOO_FAR");
  EXPECT_EQ(verdict(INT64_MAX).verdict(), "NOT_AFTER_TOO_FAR");
  EXPECT_EQ(verdict(now).verdict(), "accepted");
  EXPECT_EQ(verdict(now + 7 * kDayMs).verdict(), "accepted");
}

TEST(Envelope, NotAfterComesBeforeTheKey) {
  World world;
  const Outcome outcome = world.submit_until({"BW", key_named("stranger")}, {good_issue(world)}, 0);
  EXPECT_EQ(outcome.verdict(), "ENVELOPE_EXPIRED");
}

TEST(Envelope, KeyMustBeKnownInForceAndOfTheParty) {
  World world;
  expect_refused(world, {"BW", key_named("stranger")}, good_issue(world), Reason::UNKNOWN_KEY, "public_key");
  expect_refused(world, body("EC", "EC-COMING"), issue_by(world, "EC-COMING"), Reason::KEY_NOT_YET_VALID, "public_key");
  expect_refused(world, body("EC", "EC-ENDED"), issue_by(world, "EC-ENDED"), Reason::KEY_EXPIRED, "public_key");
  expect_refused(world, {"ZA", body("BW").key}, good_issue(world), Reason::WRONG_PARTY, "participant");
  accept(world, root("EC"), revoke(body("EC", "EC-COMING")));
  accept(world, root("EC"), revoke(body("EC", "EC-ENDED")));
  expect_refused(world, body("EC", "EC-COMING"), issue_by(world, "EC-COMING"), Reason::KEY_REVOKED);
  expect_refused(world, {"ZA", body("EC", "EC-ENDED").key}, issue_by(world, "EC-ENDED"), Reason::KEY_REVOKED);
}

TEST(Envelope, DelegationIsHalfOpen) {
  World world;
  world.set_time(TimeMs{world.now().value - 1});
  accept(world, body("EC", "EC-ENDED"), issue_by(world, "EC-ENDED"));
  World later;
  later.set_time(TimeMs{later.now().value + 1});
  accept(later, body("EC", "EC-COMING"), issue_by(later, "EC-COMING"));
}

TEST(Envelope, IsAtomic) {
  World world;
  const StateChanges before = world.state().records();
  const Outcome outcome = world.submit(body("BW"), {good_issue(world), ship(kNumber), ship(kNumber)});
  EXPECT_EQ(outcome.verdict(), "WRONG_STATE");
  EXPECT_EQ(outcome.refusal->event_index, 2U);
  EXPECT_EQ(outcome.refusal->field, "events[2].certificate_ship.number");
  EXPECT_EQ(world.state().changed_since(before), std::vector<std::string>{});
  EXPECT_TRUE(world.submit(body("BW"), {good_issue(world), ship(kNumber)}).accepted());
  EXPECT_EQ(world.state().certificate(kNumber).history_size(), 2);
}

TEST(Envelope, EventWithoutKindIsRefused) {
  World world;
  expect_refused(world, body("BW"), v1::Event(), Reason::MISSING_FIELD, "events[0].kind");
}

TEST(KeyRegister, BodySignsUntilItIsRevoked) {
  World world;
  accept(world, root("EC"), register_body("EC", "EC-NEW"));
  const auto record = world.state().record<v1::KeyRecord>("key/" + body("EC", "EC-NEW").key.hex());
  EXPECT_EQ(record.kind(), v1::KEY_KIND_BODY);
  EXPECT_EQ(record.party(), "EC");
  EXPECT_EQ(record.holder(), "EC-NEW");
  accept(world, body("EC", "EC-NEW"), issue_by(world, "EC-NEW"));
  accept(world, root("EC"), revoke(body("EC", "EC-NEW")));
  expect_refused(world, body("EC", "EC-NEW"), ship("EC-0000001"), Reason::KEY_REVOKED);
  accept(world, body("EC"), ship("EC-0000001"));  // what the key signed before stays
}

TEST(KeyRegister, TraderOfItsParticipant) {
  World world;
  v1::Event event = register_body("EC", "EC-TRADER-03");
  v1::KeyRegister& registration = *event.mutable_key_register();
  registration.set_public_key(std::string(trader("EC", "EC-TRADER-03").key.view()));
  registration.set_kind(v1::KEY_KIND_TRADER);
  expect_refused(world, root("EC"), event, Reason::FIELD_OUT_OF_RANGE, "events[0].key_register.exporting");
  registration.set_exporting(false);
  expect_refused(world, root("EC"), event, Reason::FIELD_OUT_OF_RANGE, "events[0].key_register.importing");
  registration.set_importing(false);
  accept(world, root("EC"), event);
}

TEST(KeyRegister, Guards) {
  World world;
  const v1::Event good = register_body("EC", "EC-NEW");
  expect_refused(world, body("EC"), good, Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, trader("EC", "EC-TRADER-01"), good, Reason::SIGNER_NOT_AUTHORISED);
  for (const v1::KeyKind kind : {v1::KEY_KIND_UNSPECIFIED, v1::KEY_KIND_ROOT, v1::KEY_KIND_NODE, v1::KEY_KIND_OBSERVER,
                                 v1::KEY_KIND_CLOCK, v1::KEY_KIND_SANCTIONS}) {
    v1::Event event = good;
    event.mutable_key_register()->set_kind(kind);
    expect_refused(world, root("EC"), event, Reason::FIELD_OUT_OF_RANGE, "events[0].key_register.kind");
  }
  v1::Event event = good;
  event.mutable_key_register()->set_exporting(false);
  event.mutable_key_register()->set_importing(false);
  expect_refused(world, root("EC"), event, Reason::FIELD_OUT_OF_RANGE);
  event = good;
  event.mutable_key_register()->set_from_ms(1000);
  event.mutable_key_register()->set_to_ms(1000);
  expect_refused(world, root("EC"), event, Reason::BAD_DATES);
}

TEST(KeyRegister, AKeyIsRegisteredOnceForEver) {
  World world;
  accept(world, root("EC"), register_body("EC", "EC-NEW"));
  expect_refused(world, root("EC"), register_body("EC", "EC-NEW"), Reason::KEY_EXISTS);
  accept(world, root("EC"), revoke(body("EC", "EC-NEW")));
  expect_refused(world, root("EC"), register_body("EC", "EC-NEW"), Reason::KEY_EXISTS);
  v1::Event event = register_body("EC", "EC-NEW");
  expect_refused(world, root("ZA"), event, Reason::KEY_EXISTS);
  event.mutable_key_register()->set_public_key(std::string(node("BW").key.view()));
  expect_refused(world, root("ZA"), event, Reason::KEY_EXISTS);
}

TEST(KeyRevoke, Guards) {
  World world;
  expect_refused(world, body("EC"), revoke(body("EC", "EC-EXPORT")), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("EC"), revoke({"EC", key_named("stranger")}), Reason::UNKNOWN_KEY);
  expect_refused(world, root("EC"), revoke(body("BW")), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("EC"), revoke(root("EC")), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("EC"), revoke(node("EC")), Reason::SIGNER_NOT_AUTHORISED);
  accept(world, root("EC"), revoke(trader("EC", "EC-TRADER-01")));
  expect_refused(world, root("EC"), revoke(trader("EC", "EC-TRADER-01")), Reason::KEY_REVOKED);
}

TEST(MeasureImpose, EmbargoOnAnOriginIsTheSecurityCouncils) {
  World world;
  const v1::Event embargo = impose("M-ZA-1", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  expect_refused(world, root("EC"), embargo, Reason::SIGNER_NOT_AUTHORISED);  // not even the Chair's
  expect_refused(world, root("ZA"), embargo, Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, sanctions(), impose("M-ZA-1", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "PLENARY"),
                 Reason::SIGNER_NOT_AUTHORISED, "events[0].measure_impose.imposed_by");
  expect_refused(world, sanctions(), impose("M-CI-1643", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC"),
                 Reason::DUPLICATE_MEASURE);
  accept(world, sanctions(), embargo);
  const auto record = world.state().record<v1::MeasureRecord>("measure/M-ZA-1");
  EXPECT_EQ(record.target(), "ZA");
  EXPECT_EQ(record.imposed_by(), "UNSC");
  EXPECT_EQ(record.from_ms(), world.now().value);
  EXPECT_EQ(record.to_ms(), 0);
  expect_refused(world, body("ZA"), event_of(production(world, "ZA-0000001", "EC")), Reason::EXPORTER_EMBARGOED);
}

TEST(MeasureImpose, OthersNeedTheChairAndAMotion) {
  for (const v1::MeasureKind kind : {v1::MEASURE_KIND_SUSPENSION, v1::MEASURE_KIND_REMOVAL,
                                     v1::MEASURE_KIND_MONITORED_EXPORT, v1::MEASURE_KIND_SELF_SUSPENSION}) {
    World world;
    v1::Event event = impose("M-X", "ZA", kind, "PLENARY");
    event.mutable_measure_impose()->set_motion("MO-2007-06");
    expect_refused(world, root("BW"), event, Reason::NOT_CHAIR);
    expect_refused(world, body("EC"), event, Reason::NOT_CHAIR);  // the Chair's body is not the Chair
    expect_refused(world, sanctions(), event, Reason::NOT_CHAIR);
    expect_refused(world, root("EC"), impose("M-CI-1643", "ZA", kind, "PLENARY"), Reason::DUPLICATE_MEASURE);
    expect_refused(world, root("EC"), event, Reason::NO_ADOPTED_MOTION, "events[0].measure_impose.motion");
  }
}

TEST(MeasureImpose, ParticipantSuspendsItself) {
  World world;
  expect_refused(world, root("ZA"), impose("M-X", "BW", v1::MEASURE_KIND_SELF_SUSPENSION, "ZA"), Reason::NOT_CHAIR);
  expect_refused(world, body("ZA"), impose("M-X", "ZA", v1::MEASURE_KIND_SELF_SUSPENSION, "ZA"), Reason::NOT_CHAIR);
  expect_refused(world, root("ZA"), impose("M-X", "ZA", v1::MEASURE_KIND_SELF_SUSPENSION, "PLENARY"),
                 Reason::SIGNER_NOT_AUTHORISED);
  accept(world, root("ZA"), impose("M-X", "ZA", v1::MEASURE_KIND_SELF_SUSPENSION, "ZA"));
  expect_refused(world, root("ZA"), impose("M-Y", "ZA", v1::MEASURE_KIND_SELF_SUSPENSION, "ZA"),
                 Reason::DUPLICATE_MEASURE, "events[0].measure_impose.target");
  expect_refused(world, body("ZA"), event_of(production(world, "ZA-0000001", "EC")), Reason::EXPORTER_EMBARGOED);
  expect_refused(world, body("ZA"), lift("M-X"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("BW"), lift("M-X"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("ZA"), lift("M-X"), Reason::NO_ADOPTED_MOTION);  // back only by decision
  expect_refused(world, root("EC"), lift("M-X"), Reason::NO_ADOPTED_MOTION);
}

TEST(MeasureLift, BySameOrganOnly) {
  World world;
  expect_refused(world, sanctions(), lift("M-NONE"), Reason::NO_SUCH_MEASURE);
  expect_refused(world, root("EC"), lift("M-CI-1643"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("CI"), lift("M-CI-1643"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, sanctions(), lift("M-GH-2006A"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("GH"), lift("M-GH-2006A"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("EC"), lift("M-GH-2006A"), Reason::NO_ADOPTED_MOTION);
  accept(world, sanctions(), lift("M-CI-1643"));
  EXPECT_EQ(world.state().record<v1::MeasureRecord>("measure/M-CI-1643").decision(), "S/RES/1753 (2007)");
  expect_refused(world, sanctions(), lift("M-CI-1643"), Reason::NO_SUCH_MEASURE);
  accept(world, body("CI"), event_of(production(world, "CI-0000001", "EC")));
}

TEST(MeasureLift, Invariant17MeasuresActFromTheirOwnLogPosition) {
  World world;
  // All in one instant: order in the log decides, not time.
  accept(world, body("ZA"), event_of(production(world, "ZA-0000001", "EC")));
  accept(world, sanctions(), impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC"));
  expect_refused(world, body("ZA"), ship("ZA-0000001"), Reason::EXPORTER_EMBARGOED);
  accept(world, sanctions(), lift("M-X"));
  EXPECT_EQ(world.state().certificate("ZA-0000001").state(), v1::CERTIFICATE_STATE_ISSUED);  // nothing is revived
  accept(world, body("ZA"), ship("ZA-0000001"));
}

v1::Genesis replay_genesis() {
  v1::Genesis genesis = small_genesis();
  genesis.set_clock(v1::CLOCK_REPLAY);
  genesis.set_clock_key(std::string(clock_signer().key.view()));
  return genesis;
}

TEST(ClockAdvance, MovesTheRulesClockOfAReplayNetwork) {
  World world(replay_genesis());
  world.set_time(*parse_time("2026-01-01T00:00:00Z"));  // block time is not what rules see
  EXPECT_EQ(format_time(world.now()), "2007-01-01T00:00:00Z");
  const TimeMs march = *parse_time("2007-03-01T09:30:00Z");
  accept(world, clock_signer(), advance_clock(march));
  EXPECT_EQ(world.now(), march);
  accept(world, body("BW"), good_issue(world));
  EXPECT_EQ(world.state().certificate(kNumber).issued_ms(), march.value);
}

TEST(ClockAdvance, NeverGoesBack) {
  World world(replay_genesis());
  const TimeMs march = *parse_time("2007-03-01T09:30:00Z");
  accept(world, clock_signer(), advance_clock(march));
  accept(world, clock_signer(), advance_clock(march));
  expect_refused(world, clock_signer(), advance_clock(TimeMs{march.value - 1}), Reason::CLOCK_GOES_BACK,
                 "events[0].advance_clock.to_ms");
  expect_refused(world, clock_signer(), advance_clock(TimeMs{INT64_MIN}), Reason::CLOCK_GOES_BACK);
  expect_refused(world, clock_signer(), advance_clock(TimeMs{INT64_MAX}), Reason::FIELD_OUT_OF_RANGE);
}

TEST(ClockAdvance, ByTheClockKeyAlone) {
  World world(replay_genesis());
  const v1::Event later = advance_clock(TimeMs{world.now().value + 1});
  for (const Signer& signer : {root("EC"), body("EC"), node("EC"), sanctions(), observer("WDC")})
    expect_refused(world, signer, later, Reason::CLOCK_NOT_ALLOWED);
  World wall;
  expect_refused(wall, root("EC"), advance_clock(TimeMs{wall.now().value + 1}), Reason::CLOCK_NOT_ALLOWED);
}

TEST(ClockAdvance, TheClockKeyDoesNothingElse) {
  World world(replay_genesis());
  expect_refused(world, clock_signer(), good_issue(world), Reason::NOT_A_PARTICIPANT);
  expect_refused(world, clock_signer(), register_body("EC", "EC-NEW"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, clock_signer(), impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC"),
                 Reason::SIGNER_NOT_AUTHORISED);
}

TEST(GenesisState, ParametersWithoutValueTakeTheirDefaults) {
  const World world;
  const auto network = world.state().record<v1::NetworkRecord>("network");
  EXPECT_EQ(network.parameters().validity_days(), 60);
  EXPECT_EQ(network.parameters().tolerance_basis_points(), 50);
  EXPECT_EQ(network.parameters().confirmation_clock_days(), 30);
  EXPECT_EQ(network.parameters().correction_percent(), 10);
  EXPECT_EQ(network.network_name(), "test.example/small");
}

TEST(GenesisState, HoldsEveryRecordOfTheDocument) {
  const World world;
  const auto key_kind = [&world](const PublicKey& key) {
    return world.state().record<v1::KeyRecord>("key/" + key.hex()).kind();
  };
  EXPECT_EQ(key_kind(root("BW").key), v1::KEY_KIND_ROOT);
  EXPECT_EQ(key_kind(node("BW").key), v1::KEY_KIND_NODE);
  EXPECT_EQ(key_kind(body("BW").key), v1::KEY_KIND_BODY);
  EXPECT_EQ(key_kind(trader("BW", "BW-TRADER-01").key), v1::KEY_KIND_TRADER);
  EXPECT_EQ(key_kind(observer("WDC").key), v1::KEY_KIND_OBSERVER);
  EXPECT_EQ(key_kind(sanctions().key), v1::KEY_KIND_SANCTIONS);
  EXPECT_EQ(world.state().record<v1::ChairRecord>("chair").chair(), "EC");
  EXPECT_EQ(world.state().record<v1::ParticipantRecord>("participant/LR").admitted_ms(),
            parse_time("2007-05-04T00:00:00Z")->value);
  EXPECT_EQ(world.state().record<v1::ObserverRecord>("observer/GW").code(), "GW");
  EXPECT_EQ(world.state().record<v1::DatedRegister>("prefix/EC").holders(0).participant(), "EC");
  EXPECT_EQ(world.state().record<v1::DatedRegister>("territory/GL").holders(0).participant(), "EC");
  EXPECT_EQ(world.state().record<v1::MeasureRecord>("measure/M-GH-2006A").approvers(0), "WDC");
  EXPECT_EQ(world.state().record<v1::MeasureIndex>("measures-on/GH").measures(0), "M-GH-2006A");
  EXPECT_EQ(world.state().lot("OPEN-EC-ZA").origin(), "ZA");
  EXPECT_FALSE(world.state().contains("clock"));  // a wall network has none
  EXPECT_EQ(World(replay_genesis()).state().record<v1::ClockRecord>("clock").now_ms(),
            parse_time("2007-01-01T00:00:00Z")->value);
}

}  // namespace
}  // namespace kimberlite::ledger::test
