// The proof that the checkers of invariants.h can fail: each reports a state, or a signer, that was corrupted on
// purpose, and nothing before the corruption.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/ledger/carats_oracle.h"
#include "tests/unit/ledger/event_builders.h"
#include "tests/unit/ledger/invariants.h"
#include "tests/unit/ledger/random_events.h"

namespace kimberlite::ledger::test {
namespace {

/// A sound step, and a way to make its after-state (or what is said of it) unsound.
struct Corruption {
  int invariant;
  std::string what;
  std::function<Attempted(World&)> prepare;  ///< the world up to the step, and the step
  std::function<void(Step&)> corrupt;
};

v1::CertificateRecord& record_in(Snapshot& snapshot, const std::string& number) {
  return snapshot.certificates.at(number);
}

Attempted issue_step(World& world) {
  return {body("BW"), event_of(production(world, kNumber, "EC"))};
}

Attempted step_from(World& world, v1::CertificateState state, const Signer& signer, const v1::Event& event) {
  certificate_in(world, state);
  return {signer, event};
}

Attempted confirm_step(World& world) {
  return step_from(world, v1::CERTIFICATE_STATE_SHIPPED, body("EC"), confirm(kNumber, "EC"));
}

Attempted ship_step(World& world) {
  return step_from(world, v1::CERTIFICATE_STATE_ISSUED, body("BW"), ship(kNumber));
}

Attempted reexport_step(World& world) {
  return {body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-ZA", 500}}, "ZA"))};
}

void add_measure(Snapshot& snapshot, const std::string& target, v1::MeasureKind kind) {
  v1::MeasureRecord& measure = snapshot.measures["M-NEW"];
  measure.set_target(target);
  measure.set_kind(kind);
}

Attempted shipped_at_gh_step(World& world) {
  certificate_in(world, v1::CERTIFICATE_STATE_PENDING_COAPPROVAL);
  accept(world, observer("WDC"), coapprove("GH-0000001"));
  return Attempted{body("GH"), ship("GH-0000001")};
}

Attempted acknowledged_step(World& world) {
  return step_from(world, v1::CERTIFICATE_STATE_SHIPPED, trader("EC", "EC-TRADER-01"), acknowledge(kNumber));
}

Attempted imposed_step(World& world) {
  certificate_in(world, v1::CERTIFICATE_STATE_ISSUED);
  return Attempted{sanctions(), impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC")};
}

Attempted refused_ship_step(World& world) {
  return step_from(world, v1::CERTIFICATE_STATE_SHIPPED, body("BW"), ship(kNumber));
}

Attempted replaced_step(World& world) {
  certificate_in(world, v1::CERTIFICATE_STATE_LOST);
  return Attempted{body("BW"), replace(world, "BW-0000002", kNumber, "EC")};
}

/// Invariants 1 to 4: numbers and parties.
std::vector<Corruption> corrupted_issues() {
  return {
      {1, "issued twice", issue_step, [](Step& step) { step.before.certificates = step.after.certificates; }},
      {1, "vanished", ship_step, [](Step& step) { step.after.certificates.clear(); }},
      {1, "renamed", ship_step, [](Step& step) { record_in(step.after, kNumber).set_importer("AE"); }},
      {1, "history cut", ship_step, [](Step& step) { record_in(step.after, kNumber).clear_history(); }},
      {2, "another's prefix", issue_step, [](Step& step) { step.signer.party = "ZA"; }},
      {3, "domestic", issue_step, [](Step& step) { step.event.mutable_certificate_issue()->set_importer("BW"); }},
      {3, "off the roll", issue_step, [](Step& step) { step.before.participants.erase("EC"); }},
      {3, "importer embargoed", issue_step,
       [](Step& step) { add_measure(step.before, "EC", v1::MEASURE_KIND_SUSPENSION); }},
      {4, "shipped under suspension", ship_step,
       [](Step& step) { add_measure(step.before, "BW", v1::MEASURE_KIND_SELF_SUSPENSION); }},
      {4, "origin embargoed", reexport_step,
       [](Step& step) { add_measure(step.before, "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN); }},
  };
}

/// Invariants 5 to 8: amounts, lots and origins.
std::vector<Corruption> corrupted_carats() {
  return {
      {5, "carats", issue_step,
       [](Step& step) { record_in(step.after, kNumber).mutable_hs_lines(0)->set_weight_centicarats(1); }},
      {5, "dollars", issue_step, [](Step& step) { record_in(step.after, kNumber).set_value_cents(1); }},
      {6, "a draw forgotten", reexport_step,
       [](Step& step) { step.after.lots.at("OPEN-EC-ZA").set_drawn_centicarats(499); }},
      {6, "overdrawn", reexport_step, [](Step& step) { step.after.lots.at("OPEN-EC-ZA").set_weight_centicarats(499); }},
      {6, "sources are not the carats", reexport_step,
       [](Step& step) { record_in(step.after, "EC-0000001").set_weight_centicarats(501); }},
      {7, "carats out of nothing", reexport_step,
       [](Step& step) { record_in(step.after, "EC-0000001").set_weight_centicarats(501); }},
      {7, "carats lost", reexport_step,
       [](Step& step) { step.after.lots.at("OPEN-EC-2007").set_drawn_centicarats(1); }},
      {8, "mined elsewhere", issue_step, [](Step& step) { record_in(step.after, kNumber).set_origin("ZA"); }},
      {8, "origin hidden", reexport_step, [](Step& step) { record_in(step.after, "EC-0000001").clear_origin(); }},
  };
}

/// Invariants 9 to 12: who moved a certificate, and where to.
std::vector<Corruption> corrupted_lives() {
  return {
      {9, "the exporter confirms", confirm_step, [](Step& step) { step.signer = body("BW"); }},
      {9, "a root key confirms", confirm_step, [](Step& step) { step.signer = root("EC"); }},
      {9, "an exporting body confirms", confirm_step, [](Step& step) { step.signer = body("EC", "EC-EXPORT"); }},
      {10, "shipped after void", ship_step,
       [](Step& step) { record_in(step.before, kNumber).set_state(v1::CERTIFICATE_STATE_VOIDED); }},
      {10, "confirmed again", confirm_step,
       [](Step& step) { record_in(step.before, kNumber).set_state(v1::CERTIFICATE_STATE_CONFIRMED); }},
      {11, "excess", confirm_step,
       [](Step& step) { record_in(step.after, kNumber).set_received_centicarats(kWeight + 5'001); }},
      {11, "confirmed short", confirm_step,
       [](Step& step) { record_in(step.after, kNumber).set_received_centicarats(kWeight - 5'001); }},
      {11, "received before confirmation", ship_step,
       [](Step& step) { record_in(step.after, kNumber).set_received_centicarats(1); }},
      {12, "no expert", shipped_at_gh_step,
       [](Step& step) { record_in(step.after, "GH-0000001").clear_coapproved_by(); }},
      {12, "an expert of no measure", shipped_at_gh_step,
       [](Step& step) { record_in(step.after, "GH-0000001").set_coapproved_by("GW"); }},
      {12, "co-approved afterwards", shipped_at_gh_step,
       [](Step& step) { record_in(step.after, "GH-0000001").mutable_history()->SwapElements(1, 2); }},
      {12, "escaped the measure", issue_step,
       [](Step& step) { add_measure(step.before, "BW", v1::MEASURE_KIND_MONITORED_EXPORT); }},
  };
}

/// Invariants 16 to 21: refusals, measures, delegations, totals, acknowledgements.
std::vector<Corruption> corrupted_order() {
  return {
      {16, "a refusal wrote", refused_ship_step, [](Step& step) { step.after.records["lot/NEW"] = ""; }},
      {17, "backdated", imposed_step, [](Step& step) { step.after.measures.at("M-X").set_from_ms(1); }},
      {17, "moved a certificate", imposed_step,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_HELD); }},
      {17, "changed in passing", ship_step,
       [](Step& step) { step.after.measures.at("M-CI-1643").set_to_ms(step.now.value); }},
      {18, "unknown key", ship_step, [](Step& step) { step.before.keys.clear(); }},
      {18, "ended delegation", ship_step, [](Step& step) { step.signer = body("EC", "EC-ENDED"); }},
      {18, "coming delegation", ship_step, [](Step& step) { step.signer = body("EC", "EC-COMING"); }},
      {18, "another party", ship_step, [](Step& step) { step.signer.party = "ZA"; }},
      {19, "counted twice", replaced_step,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_LOST); }},
      {21, "confirmed alone", acknowledged_step,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_CONFIRMED); }},
      {21, "excess confirmed alone", acknowledged_step,
       [](Step& step) { record_in(step.after, kNumber).set_received_centicarats(kWeight * 2); }},
  };
}

std::vector<Corruption> corruptions() {
  std::vector<Corruption> all = corrupted_issues();
  for (const std::vector<Corruption>& more : {corrupted_carats(), corrupted_lives(), corrupted_order()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(InvariantCheckers, ReportWhatWasCorrupted) {
  std::map<int, int> shown;
  for (const Corruption& corruption : corruptions()) {
    SCOPED_TRACE("invariant " + std::to_string(corruption.invariant) + ": " + corruption.what);
    World world;
    const Attempted attempted = corruption.prepare(world);
    Step step = take_step(world, attempted);
    ASSERT_EQ(check_all(step), Violations{});
    corruption.corrupt(step);
    for (const Invariant& invariant : invariants()) {
      if (invariant.number != corruption.invariant) continue;
      EXPECT_FALSE(invariant.check(step).empty());
      ++shown[invariant.number];
    }
  }
  for (const Invariant& invariant : invariants())
    EXPECT_GT(shown[invariant.number], 0) << invariant.name << " was never shown to fail";
}

TEST(CaratsOracleTest, ReportsAStateThatDiffersFromTheBook) {
  World world;
  CaratsOracle oracle(small_genesis());
  const v1::Event issue = event_of(reexport(world, "EC-0000001", "ZA", {{"OPEN-EC-2007", 500}}));
  accept(world, body("EC"), issue);
  EXPECT_FALSE(oracle.differences(world.state()).empty());  // the book has not heard of it
  oracle.accepted(issue);
  EXPECT_TRUE(oracle.differences(world.state()).empty());
  v1::LotRecord lot = world.state().lot("OPEN-EC-2007");
  lot.set_drawn_centicarats(499);
  world.state().put(lot);
  EXPECT_EQ(oracle.differences(world.state()).size(), 1U);
}

}  // namespace
}  // namespace kimberlite::ledger::test
