// The synthetic trading year on the rules, without network, disk or signatures.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "proto/civil_time.h"
#include "proto/event_name.h"
#include "tests/unit/ledger/carats_oracle.h"
#include "tests/unit/ledger/event_builders.h"
#include "tests/unit/ledger/scenario_file.h"
#include "tests/unit/ledger/scenario_genesis.h"

namespace kimberlite::ledger::test {
namespace {

constexpr int kLastOfJanuary = 617;
constexpr int kLastOfTheYear = 8683;

using Counts = std::map<std::string, int>;

struct Played {
  Counts differing;         ///< understood lines with another verdict, by what this ledger does not know yet
  Counts acknowledgements;  ///< verdicts of the acknowledgements put in between
  int understood = 0;
  Counts not_understood;  ///< by action
  StateChanges records;
  std::vector<std::string> carats_differences;
};

const Scenario& scenario() {
  static const Scenario kScenario = read_scenario();
  return kScenario;
}

Signer signer_of(const ScenarioLine& line) {
  if (line.actor == "UNSC") return sanctions();
  if (line.actor == "WDC" || line.actor == "GW") return observer(line.actor);
  if (line.action.starts_with("measure.")) return root(line.actor);
  return body(line.actor, line.body);
}

/// Which decision that is no event of this ledger yet a line depends on, read from the file alone, never from verdicts:
/// a certificate is marked when it is issued, and marks what draws on it or replaces it.
class Dependence {
 public:
  std::string of(const ScenarioLine& line) {
    const v1::Event& event = *line.event;
    if (event.has_measure_impose()) return of_target(event.measure_impose().target());
    if (event.has_measure_lift()) return event.measure_lift().id() == "M-SYN-TG" ? "Togo" : "Ghana";
    if (event.has_certificate_issue()) return mark(line, event.certificate_issue());
    if (event.has_certificate_replace())
      return marks_[event.certificate_replace().number()] = marks_[event.certificate_replace().replaces()];
    return marks_[std::string(event_certificate_number(event))];
  }

 private:
  static std::string of_target(const std::string& target) { return target == "TG" ? "Togo" : ""; }

  std::string mark(const ScenarioLine& line, const v1::CertificateIssue& issue) {
    static const TimeMs kGhanaLifted = parse_time("2007-06-14T17:00:00Z").value();
    std::string& mark = marks_[issue.number()];
    if (line.actor == "GH" && line.time >= kGhanaLifted) mark = "Ghana";
    if (issue.importer() == "TR") mark = "Turkey";
    if (line.actor == "CG") mark = "Congo";
    if (line.actor == "TG" || issue.importer() == "TG") mark = "Togo";
    for (const v1::Source& source : issue.sources())
      if (const auto drawn = marks_.find(source.number()); mark.empty() && drawn != marks_.end()) mark = drawn->second;
    return mark;
  }

  std::map<std::string, std::string> marks_;
};

/// Plays lines on a replay network: before each, the clock moves to its time.
class Player {
 public:
  Player() : genesis_(scenario_genesis(scenario())), world_(genesis_), oracle_(genesis_) {}

  Played play(int last_sequence) && {
    for (const ScenarioLine& line : scenario().lines) {
      if (line.sequence > last_sequence) break;
      if (line.event) {
        accept(world_, clock_signer(), advance_clock(line.time));
        acknowledge_first(line);
        play_line(line);
      } else {
        ++played_.not_understood[line.action];
      }
    }
    played_.records = world_.state().records();
    played_.carats_differences = oracle_.differences(world_.state());
    return std::move(played_);
  }

 private:
  std::string submit(const Signer& signer, const v1::Event& event) {
    const Outcome outcome = world_.submit(signer, event);
    if (outcome.accepted()) oracle_.accepted(event);
    return outcome.verdict();
  }

  void play_line(const ScenarioLine& line) {
    ++played_.understood;
    const std::string dependence = dependence_.of(line);
    const StateChanges before = line.expected == "accepted" ? StateChanges{} : world_.state().records();
    const std::string verdict = submit(signer_of(line), *line.event);
    if (verdict != "accepted" && line.expected != "accepted") {
      EXPECT_EQ(world_.state().changed_since(before), std::vector<std::string>{}) << line.sequence;
    }
    if (verdict == line.expected) return;
    ++played_.differing[dependence.empty() ? "line " + std::to_string(line.sequence) + ": " + verdict : dependence];
  }

  /// In India the importers confirm first.
  void acknowledge_first(const ScenarioLine& line) {
    if (line.actor != "IN" || line.action != "receipt.confirm") return;
    const v1::ReceiptConfirm& confirmation = line.event->receipt_confirm();
    if (!world_.state().contains("certificate/" + confirmation.number())) return;
    const v1::CertificateRecord certificate = world_.state().certificate(confirmation.number());
    const v1::Event event = acknowledge(confirmation.number(), confirmation.weight_centicarats());
    ++played_.acknowledgements[submit(trader("IN", certificate.importer_trader()), event)];
  }

  v1::Genesis genesis_;
  World world_;
  CaratsOracle oracle_;
  Dependence dependence_;
  Played played_;
};

TEST(Scenario, JanuaryGetsItsVerdicts) {
  const Played january = Player().play(kLastOfJanuary);
  EXPECT_EQ(january.understood, 553);
  EXPECT_EQ(january.not_understood, Counts{});
  EXPECT_EQ(january.differing, Counts{});
  EXPECT_EQ(january.acknowledgements, (Counts{{"accepted", 15}}));
  EXPECT_EQ(january.carats_differences, std::vector<std::string>{});
}

// 8,683 lines: 64 of the opening (the genesis), 8,312 understood, 307 of governance and statistics that are not events
// of this ledger yet. Of those understood 112 get another verdict, each because of such a line, none for another
// reason:
//   Ghana 88: the plenary's monitoring of Ghana is lifted by a motion on 2007-06-14. Here it stays, so what Ghana
//   issues
//     afterwards waits for a co-approval that no one gives: it cannot ship (CO_APPROVAL_MISSING), arrive (WRONG_STATE)
//     or be confirmed (NOT_SHIPPED), what would draw on it is refused (SOURCE_NOT_CONFIRMED), and so on down the chain.
//   Turkey 16: admitted by a motion on 2007-08-03. Here it is not: exports to it are IMPORTER_NOT_PARTICIPANT, and its
//     authority, which has no key on this ledger, cannot arrive or confirm (UNKNOWN_KEY).
//   Togo 7: the suspension by motion on 2007-12-03 is refused (NO_ADOPTED_MOTION), so what it would have refused is
//   not,
//     and its two lifts find no measure.
//   Congo 1: its refusal as NOT_A_PARTICIPANT before its return is UNKNOWN_KEY here, as it has no key on this ledger.
TEST(Scenario, YearDiffersOnlyWhereItDependsOnGovernance) {
  const Played year = Player().play(kLastOfTheYear);
  EXPECT_EQ(year.understood, 8312);
  EXPECT_EQ(year.not_understood, (Counts{{"chair.handover", 3},
                                         {"chair.select_vice", 2},
                                         {"motion.close", 8},
                                         {"motion.object", 5},
                                         {"motion.open", 8},
                                         {"motion.withdraw_objection", 2},
                                         {"notice.nonreporting", 4},
                                         {"report.annual", 44},
                                         {"roll.admit", 7},
                                         {"stats.production", 44},
                                         {"stats.trade", 180}}));
  EXPECT_EQ(year.differing, (Counts{{"Congo", 1}, {"Ghana", 88}, {"Togo", 7}, {"Turkey", 16}}));
  EXPECT_EQ(year.acknowledgements, (Counts{{"accepted", 356}, {"NOT_SHIPPED", 3}}));
  EXPECT_EQ(year.carats_differences, std::vector<std::string>{});
}

TEST(Scenario, Invariant13ReplayGivesTheSameState) {
  EXPECT_TRUE(Player().play(kLastOfTheYear).records == Player().play(kLastOfTheYear).records);
}

}  // namespace
}  // namespace kimberlite::ledger::test
