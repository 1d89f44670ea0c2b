// Property tests of the scheme's invariants over random histories of a small world. That each checker can fail is shown
// in invariant_checkers_test.cc. Does not cover 13 (scenario_test.cc), 15 and 20.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
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

}  // namespace
}  // namespace kimberlite::ledger::test
