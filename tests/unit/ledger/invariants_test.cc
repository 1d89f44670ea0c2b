// Property tests of the scheme's invariants over random histories of a small world, and the proof that each checker can
// fail: it reports a state that was corrupted on purpose. Does not cover 13 (scenario_test.cc), 15 and 20.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/ledger/certificate/record.h"
#include "proto/event_name.h"
#include "tests/unit/ledger/carats_oracle.h"
#include "tests/unit/ledger/event_builders.h"
#include "tests/unit/ledger/invariants.h"
#include "tests/unit/ledger/random_events.h"

namespace kimberlite::ledger::test {
namespace {

rc::Gen<Choice> any_choice() {
  return rc::gen::container<Choice>(rc::gen::inRange<std::uint32_t>(0, kChoiceMax));
}

rc::Gen<std::vector<Choice>> any_history() {
  return rc::gen::container<std::vector<Choice>>(any_choice());
}

/// Takes one step in the world.
Step take_step(World& world, const Attempted& attempted) {
  world.advance_days(attempted.days_later);
  Snapshot before(world.state());
  const Outcome outcome = world.submit(attempted.signer, attempted.event);
  return {std::move(before), Snapshot(world.state()), attempted.signer,
          attempted.event,   outcome.accepted(),      world.now()};
}

std::string describe(const Step& step) {
  return std::string(event_name(step.event)) + " by " + step.signer.party + (step.accepted ? " accepted" : " refused");
}

RC_GTEST_PROP(Invariants, HoldAfterEveryStepOfEveryHistory, ()) {
  const std::vector<Choice> history = *rc::gen::resize(60, any_history());
  World world;
  CaratsOracle oracle(small_genesis());
  for (const Choice& choice : history) {
    const Step step = take_step(world, attempt(world, choice));
    if (step.accepted) oracle.accepted(step.event);
    RC_LOG() << describe(step) << "\n";
    RC_ASSERT(check_all(step) == Violations{});
    RC_ASSERT(oracle.differences(world.state()) == std::vector<std::string>{});
  }
}

/// The same numbers on every machine and in every run.
class FixedChoices {
 public:
  Choice next() {
    Choice choice;
    for (std::uint32_t& number : choice) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      number = static_cast<std::uint32_t>(state_ >> 33) % kChoiceMax;
    }
    return choice;
  }

 private:
  std::uint64_t state_ = 2007;
};

// What the property above can find depends on how far random histories go: over fixed ones, every event is accepted and
// refused, and every state is reached.
TEST(Invariants, RandomHistoriesReachEveryEventAndEveryState) {
  std::map<std::string, int> accepted;
  std::map<std::string, int> refused;
  std::map<std::string, int> reached;
  FixedChoices choices;
  for (int history = 0; history < 60; ++history) {
    World world;
    CaratsOracle oracle(small_genesis());
    for (int length = 0; length < 150; ++length) {
      const Step step = take_step(world, attempt(world, choices.next()));
      ++(step.accepted ? accepted : refused)[std::string(event_name(step.event))];
      if (step.accepted) oracle.accepted(step.event);
      ASSERT_EQ(check_all(step), Violations{}) << describe(step);
      ASSERT_EQ(oracle.differences(world.state()), std::vector<std::string>{}) << describe(step);
    }
    for (const v1::CertificateRecord& certificate : world.state().certificates())
      ++reached[std::string(state_name(certificate.state()))];
  }
  const auto* kinds = v1::Event::descriptor()->FindOneofByName("kind");
  for (int index = 0; index < kinds->field_count(); ++index) {
    v1::Event event;
    event.GetReflection()->MutableMessage(&event, kinds->field(index));
    const std::string name(event_name(event));
    if (name == "clock.advance") continue;  // this world's clock is the wall
    EXPECT_GT(accepted[name], 0) << name << " was never accepted";
    EXPECT_GT(refused[name], 0) << name << " was never refused";
  }
  for (const v1::CertificateState state : all_states())
    EXPECT_GT(reached[std::string(state_name(state))], 0) << state_name(state) << " was never reached";
}

/// Events about one certificate, as random choices make them, tried in a world of their own.
std::vector<Attempted> life_of(const std::string& number, const v1::Event& issue, const std::vector<Choice>& choices) {
  World world;
  std::vector<Attempted> events = {{body(number.substr(0, 2)), issue}};
  accept(world, events.front().signer, issue);
  for (const Choice& choice : choices) {
    events.push_back(attempt_on(world, number, choice));
    if (events.back().event.has_certificate_replace())
      events.pop_back();  // would be about a second certificate
    else
      world.submit(events.back().signer, events.back().event);
  }
  return events;
}

RC_GTEST_PROP(Invariants, Invariant14UnrelatedCertificatesDoNotMeet, ()) {
  const World blank;
  const std::vector<Attempted> first =
      life_of("BW-0000001", event_of(production(blank, "BW-0000001", "EC")), *any_history());
  const std::vector<Attempted> second =
      life_of("AE-0000001", event_of(reexport(blank, "AE-0000001", "IN", {{"OPEN-AE-2007", kWeight}})), *any_history());
  const auto in_turns = [&](const std::vector<bool>& turns) {
    World world;
    auto one = first.begin();
    auto other = second.begin();
    const auto submit = [&world](const Attempted& next) { world.submit(next.signer, next.event); };
    for (const bool turn : turns) {
      if (turn && one != first.end()) submit(*one++);
      if (!turn && other != second.end()) submit(*other++);
    }
    while (one != first.end()) submit(*one++);
    while (other != second.end()) submit(*other++);
    return world.state().records();
  };
  // number.
  const auto turns = *rc::gen::arbitrary<std::vector<bool>>();
  RC_ASSERT(in_turns(turns) == in_turns({}));
}

RC_GTEST_PROP(Invariants, Invariant16RefusedEnvelopeUndoesItsEarlierEvents, ()) {
  World world;
  for (const Choice& choice : *any_history()) {
    const Attempted next = attempt(world, choice);
    const StateChanges before = world.state().records();
    const std::vector<v1::Event> twice_and_bad = {next.event, v1::Event()};
    RC_ASSERT(!world.submit(next.signer, twice_and_bad).accepted());
    RC_ASSERT(world.state().records() == before);
    world.submit(next.signer, next.event);
  }
}

RC_GTEST_PROP(Invariants, Invariant17NothingBeforeAMeasureDependsOnIt, ()) {
  const std::vector<Choice> history = *any_history();
  const auto position = *rc::gen::inRange<std::size_t>(0, history.size() + 1);
  const std::string target = *rc::gen::element<std::string>("BW", "EC", "ZA", "AE");
  const auto verdicts_until_position = [&](bool imposed) {
    World world;
    std::vector<std::string> verdicts;
    for (std::size_t index = 0; index < history.size(); ++index) {
      if (imposed && index == position)
        world.submit(sanctions(), impose("M-NEW", target, v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC"));
      const Attempted next = attempt(world, history[index]);
      const std::string verdict = world.submit(next.signer, next.event).verdict();
      if (index < position) verdicts.push_back(verdict);
    }
    return verdicts;
  };
  RC_ASSERT(verdicts_until_position(true) == verdicts_until_position(false));
}

RC_GTEST_PROP(Invariants, Invariant18OnlyTheLedgersTimeDecidesOnADelegation, ()) {
  World world;
  const std::int64_t now = world.now().value;
  const auto from = now + *rc::gen::inRange<std::int64_t>(-3, 4);
  const auto to = from + *rc::gen::inRange<std::int64_t>(1, 5);
  const auto claimed = now + *rc::gen::inRange<std::int64_t>(0, 7 * kDayMs);
  v1::Event registration = register_body("BW", "BW-NEW");
  registration.mutable_key_register()->set_from_ms(from);
  registration.mutable_key_register()->set_to_ms(to);
  accept(world, root("BW"), registration);
  v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
  issue.set_body("BW-NEW");
  const Outcome outcome = world.submit_until(body("BW", "BW-NEW"), {event_of(issue)}, claimed);
  RC_ASSERT(outcome.accepted() == (from <= now && now < to));
}

RC_GTEST_PROP(Invariants, Invariant19VoidAndReissueLeavesTheSecondAlone, ()) {
  const auto first = *rc::gen::inRange<std::int64_t>(1, 100'000'001);
  const auto second = *rc::gen::inRange<std::int64_t>(1, 100'000'001);
  World both;
  accept(both, body("EC"), event_of(reexport(both, "EC-0000001", "AE", {{"OPEN-EC-2007", first}})));
  accept(both, body("EC"), void_certificate("EC-0000001"));
  World alone;
  for (World* world : {&both, &alone}) {
    accept(*world, body("EC"), event_of(reexport(*world, "EC-0000002", "AE", {{"OPEN-EC-2007", second}})));
    accept(*world, body("EC"), ship("EC-0000002"));
  }
  const Snapshot left(both.state());
  const Snapshot right(alone.state());
  RC_ASSERT(left.lots.at("OPEN-EC-2007").drawn_centicarats() == right.lots.at("OPEN-EC-2007").drawn_centicarats());
  RC_ASSERT(export_totals(left) == export_totals(right));
}

RC_GTEST_PROP(Invariants, Invariant19ReplacementCountsOnce, ()) {
  const auto weight = *rc::gen::inRange<std::int64_t>(1, 100'000'001);
  World replaced;
  World kept;
  for (World* world : {&replaced, &kept}) {
    accept(*world, body("EC"), event_of(reexport(*world, "EC-0000001", "ZA", {{"OPEN-EC-2007", weight}})));
    accept(*world, body("EC"), ship("EC-0000001"));
  }
  accept(replaced, body("EC"), lost("EC-0000001"));
  accept(replaced, body("EC"), replace(replaced, "EC-0000002", "EC-0000001", "ZA", weight));
  accept(replaced, body("ZA"), confirm("EC-0000002", "ZA", weight));
  accept(kept, body("ZA"), confirm("EC-0000001", "ZA", weight));
  const Snapshot left(replaced.state());
  const Snapshot right(kept.state());
  RC_ASSERT(left.lots.at("OPEN-EC-2007").drawn_centicarats() == right.lots.at("OPEN-EC-2007").drawn_centicarats());
  RC_ASSERT(export_totals(left) == export_totals(right));
  RC_ASSERT(left.certificates.at("EC-0000002").received_centicarats() ==
            right.certificates.at("EC-0000001").received_centicarats());
}

// ---- Each checker can fail.

/// A sound step, and a way to make its after-state (or what is said of it) unsound.
struct Corruption {
  int invariant;
  std::string what;
  std::function<Attempted(World&)> prepare;  ///< the world up to the step, and the step
  std::function<void(Step&)> corrupt;
};

constexpr const char* kNumber = "BW-0000001";

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

std::vector<Corruption> corruptions() {
  const auto shipped_at_gh = [](World& world) {
    certificate_in(world, v1::CERTIFICATE_STATE_PENDING_COAPPROVAL);
    accept(world, observer("WDC"), coapprove("GH-0000001"));
    return Attempted{body("GH"), ship("GH-0000001")};
  };
  const auto acknowledged = [](World& world) {
    return step_from(world, v1::CERTIFICATE_STATE_SHIPPED, trader("EC", "EC-TRADER-01"), acknowledge(kNumber));
  };
  const auto imposed = [](World& world) {
    certificate_in(world, v1::CERTIFICATE_STATE_ISSUED);
    return Attempted{sanctions(), impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC")};
  };
  const auto refused_ship = [](World& world) {
    return step_from(world, v1::CERTIFICATE_STATE_SHIPPED, body("BW"), ship(kNumber));
  };
  const auto replaced = [](World& world) {
    certificate_in(world, v1::CERTIFICATE_STATE_LOST);
    return Attempted{body("BW"), replace(world, "BW-0000002", kNumber, "EC")};
  };
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
      {12, "no expert", shipped_at_gh, [](Step& step) { record_in(step.after, "GH-0000001").clear_coapproved_by(); }},
      {12, "an expert of no measure", shipped_at_gh,
       [](Step& step) { record_in(step.after, "GH-0000001").set_coapproved_by("GW"); }},
      {12, "co-approved afterwards", shipped_at_gh,
       [](Step& step) { record_in(step.after, "GH-0000001").mutable_history()->SwapElements(1, 2); }},
      {12, "escaped the measure", issue_step,
       [](Step& step) { add_measure(step.before, "BW", v1::MEASURE_KIND_MONITORED_EXPORT); }},
      {16, "a refusal wrote", refused_ship, [](Step& step) { step.after.records["lot/NEW"] = ""; }},
      {17, "backdated", imposed, [](Step& step) { step.after.measures.at("M-X").set_from_ms(1); }},
      {17, "moved a certificate", imposed,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_HELD); }},
      {17, "changed in passing", ship_step,
       [](Step& step) { step.after.measures.at("M-CI-1643").set_to_ms(step.now.value); }},
      {18, "unknown key", ship_step, [](Step& step) { step.before.keys.clear(); }},
      {18, "ended delegation", ship_step, [](Step& step) { step.signer = body("EC", "EC-ENDED"); }},
      {18, "coming delegation", ship_step, [](Step& step) { step.signer = body("EC", "EC-COMING"); }},
      {18, "another party", ship_step, [](Step& step) { step.signer.party = "ZA"; }},
      {19, "counted twice", replaced,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_LOST); }},
      {21, "confirmed alone", acknowledged,
       [](Step& step) { record_in(step.after, kNumber).set_state(v1::CERTIFICATE_STATE_CONFIRMED); }},
      {21, "excess confirmed alone", acknowledged,
       [](Step& step) { record_in(step.after, kNumber).set_received_centicarats(kWeight * 2); }},
  };
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
