// cert.issue: each guard alone, and that of any two failing guards the earlier one gives the reason (the order is part
// of the interface). Rows 2, 3, 29 of the scheme's table.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/ledger/text.h"
#include "node/ledger/transaction.h"
#include "proto/civil_time.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

/// A world and an acceptable re-export of EC to ZA, from one lot whose origin (ZA) is printed; spoilt by breakers.
struct Attempt {
  World world;
  Signer signer = body("EC");
  v1::CertificateIssue issue;

  Attempt() {
    accept(world, body("BW"), event_of(production(world, "BW-0000001", "EC")));  // a source that is not confirmed
    accept(world, body("BW"), event_of(production(world, "BW-0000002", "ZA")));  // a source that ZA holds
    accept(world, body("BW"), ship("BW-0000002"));
    accept(world, body("ZA"), confirm("BW-0000002", "ZA"));
    issue = reexport(world, "EC-0000009", "AE", {{"OPEN-EC-ZA", kWeight}}, "ZA");
  }

  void add_draw(const std::string& number, std::int64_t weight) {
    v1::Source& source = *issue.add_sources();
    source.set_number(number);
    source.set_weight_centicarats(weight);
  }
};

/// One way to fail one guard, whatever else fails.
struct Breaker {
  Reason reason;
  std::function<void(Attempt&)> spoil;
};

/// In the order of the guards.
std::vector<Breaker> breakers() {
  return {
      {Reason::NOT_A_PARTICIPANT,
       [](Attempt& attempt) {
         attempt.signer = body("LR");
         attempt.issue.set_body(usual_body("LR"));
       }},
      {Reason::SIGNER_NOT_AUTHORISED, [](Attempt& attempt) { attempt.signer = root(attempt.signer.party); }},
      {Reason::EXPORTER_EMBARGOED,
       [](Attempt& attempt) { attempt.world.impose("M-X", attempt.signer.party, v1::MEASURE_KIND_SUSPENSION); }},
      {Reason::PREFIX_MISMATCH, [](Attempt& attempt) { attempt.issue.set_number("ZZ-0000001"); }},
      {Reason::DUPLICATE_NUMBER,
       [](Attempt& attempt) {
         v1::CertificateRecord record;
         record.set_number(attempt.issue.number());
         attempt.world.state().put(record);
       }},
      {Reason::INTRA_PARTICIPANT, [](Attempt& attempt) { attempt.issue.set_importer(attempt.signer.party); }},
      {Reason::IMPORTER_NOT_PARTICIPANT, [](Attempt& attempt) { attempt.issue.set_importer("QQ"); }},
      {Reason::IMPORTER_EMBARGOED,
       [](Attempt& attempt) {
         attempt.world.impose("M-Y", attempt.issue.importer(), v1::MEASURE_KIND_SELF_SUSPENSION);
       }},
      {Reason::BAD_AMOUNT, [](Attempt& attempt) { attempt.issue.set_parcels(0); }},
      {Reason::HS_NOT_ROUGH, [](Attempt& attempt) { attempt.issue.mutable_hs_lines(0)->set_code("710239"); }},
      {Reason::HS_SUM_MISMATCH, [](Attempt& attempt) { attempt.issue.set_value_cents(kValue + 1); }},
      {Reason::BAD_DATES, [](Attempt& attempt) { attempt.issue.set_issue_day(attempt.issue.issue_day() - 1); }},
      {Reason::VALIDITY_TOO_LONG,
       [](Attempt& attempt) { attempt.issue.set_expiry_day(attempt.issue.issue_day() + 61); }},
      {Reason::ORIGIN_EMBARGOED,
       [](Attempt& attempt) {
         attempt.world.impose("M-Z", attempt.issue.origin(), v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
       }},
      {Reason::SOURCE_UNKNOWN, [](Attempt& attempt) { attempt.add_draw("AO-7777777", 1); }},
      {Reason::SOURCE_NOT_CONFIRMED, [](Attempt& attempt) { attempt.add_draw("BW-0000001", 1); }},
      {Reason::SOURCE_NOT_HELD, [](Attempt& attempt) { attempt.add_draw("BW-0000002", 1); }},
      {Reason::SOURCE_OVERDRAWN, [](Attempt& attempt) { attempt.add_draw("OPEN-EC-2007", 100'000'001); }},
      {Reason::SOURCES_NOT_EQUAL, [](Attempt& attempt) { attempt.add_draw("OPEN-EC-ZA", 1); }},
      {Reason::ORIGIN_NOT_PROVEN,
       [](Attempt& attempt) {
         v1::LotRecord lot = attempt.world.state().lot("OPEN-EC-ZA");
         lot.set_origin("BW");
         attempt.world.state().put(lot);
       }},
  };
}

TEST(CertIssue, EachGuardGivesItsReason) {
  for (const Breaker& breaker : breakers()) {
    Attempt attempt;
    breaker.spoil(attempt);
    expect_refused(attempt.world, attempt.signer, event_of(attempt.issue), breaker.reason);
  }
  Attempt good;
  accept(good.world, good.signer, event_of(good.issue));
}

TEST(CertIssue, OfTwoFailingGuardsTheEarlierGivesTheReason) {
  // One importer cannot be at home, off the roll and embargoed at once; its embargo at home is the exporter's.
  const std::set<std::pair<Reason, Reason>> exclusive = {{Reason::INTRA_PARTICIPANT, Reason::IMPORTER_NOT_PARTICIPANT},
                                                         {Reason::INTRA_PARTICIPANT, Reason::IMPORTER_EMBARGOED}};
  const std::vector<Breaker> all = breakers();
  for (std::size_t first = 0; first < all.size(); ++first) {
    for (std::size_t second = first + 1; second < all.size(); ++second) {
      if (exclusive.contains({all[first].reason, all[second].reason})) continue;
      SCOPED_TRACE(std::string(reason_name(all[first].reason)) + " before " +
                   std::string(reason_name(all[second].reason)));
      Attempt attempt;
      all[first].spoil(attempt);
      all[second].spoil(attempt);
      expect_refused(attempt.world, attempt.signer, event_of(attempt.issue), all[first].reason);
    }
  }
}

TEST(CertIssue, RefusalNamesTheFieldWithinTheEnvelope) {
  Attempt attempt;
  attempt.add_draw("AO-7777777", 1);
  const Outcome outcome = attempt.world.submit(
      body("EC"),
      {event_of(reexport(attempt.world, "EC-0000008", "AE", {{"OPEN-EC-2007", 5}})), event_of(attempt.issue)});
  ASSERT_FALSE(outcome.accepted());
  EXPECT_EQ(outcome.refusal->event_index, 1U);
  EXPECT_EQ(outcome.refusal->field, "events[1].certificate_issue.sources[1].number");
}

TEST(CertIssue, Row2WritesTheWholeRecord) {
  World world;
  v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
  issue.set_private_digest(std::string(32, 'd'));
  accept(world, body("BW"), event_of(issue));
  const v1::CertificateRecord record = world.state().certificate("BW-0000001");
  EXPECT_EQ(record.state(), v1::CERTIFICATE_STATE_ISSUED);
  EXPECT_EQ(record.exporter(), "BW");
  EXPECT_EQ(record.importer(), "EC");
  EXPECT_EQ(record.issuing_body(), "BW-AUTHORITY");
  EXPECT_EQ(record.basis(), v1::BASIS_PRODUCTION);
  EXPECT_EQ(record.origin(), "BW");
  EXPECT_EQ(record.weight_centicarats(), kWeight);
  EXPECT_EQ(record.value_cents(), kValue);
  EXPECT_EQ(record.parcels(), 2U);
  EXPECT_EQ(record.hs_lines_size(), 1);
  EXPECT_EQ(record.issue_day(), world.today());
  EXPECT_EQ(record.expiry_day(), world.today() + 60);
  EXPECT_EQ(record.exporter_trader(), "BW-TRADER-01");
  EXPECT_EQ(record.importer_trader(), "EC-TRADER-01");
  EXPECT_EQ(record.private_digest(), std::string(32, 'd'));
  EXPECT_EQ(record.issued_ms(), world.now().value);
  ASSERT_EQ(record.history_size(), 1);
  EXPECT_EQ(record.history(0).event(), "cert.issue");
  EXPECT_EQ(record.history(0).by(), "BW");
  EXPECT_EQ(record.history(0).holder(), "BW-AUTHORITY");
  EXPECT_EQ(record.history(0).envelope_id().size(), 32U);
}

TEST(CertIssue, SignerMustBeAnExportingBodyOfThatName) {
  World world;
  const auto issue = [&world](const std::string& holder) {
    v1::CertificateIssue event = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}});
    event.set_body(holder);
    return event_of(event);
  };
  expect_refused(world, body("EC", "EC-IMPORT"), issue("EC-IMPORT"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, trader("EC", "EC-TRADER-01"), issue("EC-TRADER-01"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, node("EC"), issue(""), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("EC"), issue("EC-EXPORT"), Reason::SIGNER_NOT_AUTHORISED,
                 "events[0].certificate_issue.body");
  accept(world, body("EC", "EC-EXPORT"), issue("EC-EXPORT"));
}

TEST(CertIssue, ObserversAreNotOnTheRoll) {
  World world;
  expect_refused(world, observer("WDC"), event_of(production(world, "BW-0000001", "EC")), Reason::NOT_A_PARTICIPANT);
}

TEST(CertIssue, CandidateMayIssueFromTheInstantOfItsAdmission) {
  World world;
  world.set_time(TimeMs{parse_time("2007-05-04T00:00:00Z")->value - 1});
  expect_refused(world, body("LR"), event_of(production(world, "LR-0000001", "EC")), Reason::NOT_A_PARTICIPANT);
  expect_refused(world, body("BW"), event_of(production(world, "BW-0000001", "LR")), Reason::IMPORTER_NOT_PARTICIPANT);
  world.set_time(*parse_time("2007-05-04T00:00:00Z"));
  accept(world, body("LR"), event_of(production(world, "LR-0000001", "EC")));
  accept(world, body("BW"), event_of(production(world, "BW-0000001", "LR")));
}

TEST(CertIssue, PrefixFollowsTheDatedRegister) {
  World world;
  world.set_time(TimeMs{parse_time("2013-07-01T00:00:00Z")->value - 1});
  v1::CertificateIssue issue = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}});
  issue.set_number("EU-0000001");
  expect_refused(world, body("EC"), event_of(issue), Reason::PREFIX_MISMATCH);
  world.set_time(*parse_time("2013-07-01T00:00:00Z"));
  issue = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}});
  expect_refused(world, body("EC"), event_of(issue), Reason::PREFIX_MISMATCH);
  issue.set_number("EU-0000001");
  accept(world, body("EC"), event_of(issue));
}

TEST(CertIssue, EveryKindOfTradeBarCounts) {
  for (const v1::MeasureKind kind : {v1::MEASURE_KIND_EMBARGO_ORIGIN, v1::MEASURE_KIND_SUSPENSION,
                                     v1::MEASURE_KIND_REMOVAL, v1::MEASURE_KIND_SELF_SUSPENSION}) {
    World world;
    world.impose("M-X", "ZA", kind);
    expect_refused(world, body("ZA"), event_of(production(world, "ZA-0000001", "EC")), Reason::EXPORTER_EMBARGOED);
    expect_refused(world, body("BW"), event_of(production(world, "BW-0000001", "ZA")), Reason::IMPORTER_EMBARGOED);
  }
}

TEST(CertIssue, OnlyAnEmbargoOnTheOriginBarsTheOrigin) {
  for (const v1::MeasureKind kind : {v1::MEASURE_KIND_SUSPENSION, v1::MEASURE_KIND_REMOVAL,
                                     v1::MEASURE_KIND_SELF_SUSPENSION, v1::MEASURE_KIND_MONITORED_EXPORT}) {
    World world;
    world.impose("M-X", "ZA", kind);
    accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-ZA", 5}}, "ZA")));
  }
}

// Named by no paper, embargoed stones would leave among a little of another origin.
TEST(CertIssue, AnEmbargoedOriginIsNotMixedIn) {
  World world;
  const std::vector<Draw> both = {{"OPEN-EC-ZA", 500}, {"OPEN-EC-2007", 1}};
  world.impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  expect_refused(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", both, "")), Reason::ORIGIN_EMBARGOED,
                 "events[0].certificate_issue.sources[0].number");
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 1}})));
}

TEST(CertIssue, BadAmounts) {
  World world;
  const auto refuse_with = [&world](const std::function<void(v1::CertificateIssue&)>& spoil, const std::string& field) {
    v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
    spoil(issue);
    expect_refused(world, body("BW"), event_of(issue), Reason::BAD_AMOUNT, "events[0].certificate_issue." + field);
  };
  refuse_with([](auto& issue) { issue.set_weight_centicarats(0); }, "weight_centicarats");
  refuse_with([](auto& issue) { issue.set_weight_centicarats(-1); }, "weight_centicarats");
  refuse_with([](auto& issue) { issue.set_weight_centicarats(100'000'000'000'000); }, "weight_centicarats");
  refuse_with([](auto& issue) { issue.set_weight_centicarats(INT64_MIN); }, "weight_centicarats");
  refuse_with([](auto& issue) { issue.set_value_cents(0); }, "value_cents");
  refuse_with([](auto& issue) { issue.set_value_cents(-1); }, "value_cents");
  refuse_with([](auto& issue) { issue.set_value_cents(INT64_MAX); }, "value_cents");
  refuse_with([](auto& issue) { issue.set_parcels(0); }, "parcels");
  refuse_with([](auto& issue) { issue.set_parcels(65'536); }, "parcels");
  refuse_with([](auto& issue) { issue.mutable_hs_lines(0)->set_weight_centicarats(0); },
              "hs_lines[0].weight_centicarats");
  refuse_with([](auto& issue) { issue.mutable_hs_lines(0)->set_value_cents(-5); }, "hs_lines[0].value_cents");
  refuse_with(
      [](auto& issue) {  // adds up, with a negative line
        issue.mutable_hs_lines(0)->set_weight_centicarats(kWeight + 7);
        v1::HsLine& line = *issue.add_hs_lines();
        line.set_code("710210");
        line.set_weight_centicarats(-7);
        line.set_value_cents(1);
      },
      "hs_lines[1].weight_centicarats");
}

TEST(CertIssue, LargestAmountsAreAccepted) {
  World world;
  v1::CertificateIssue issue = production(world, "BW-0000001", "EC", 99'999'999'999'999);
  issue.set_value_cents(9'999'999'999'999'999);
  issue.mutable_hs_lines(0)->set_value_cents(9'999'999'999'999'999);
  issue.set_parcels(65'535);
  accept(world, body("BW"), event_of(issue));
}

TEST(CertIssue, HsLines) {
  World world;
  const auto with_lines = [&world](const std::vector<std::pair<std::string, std::int64_t>>& lines) {
    v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
    issue.clear_hs_lines();
    std::int64_t value = kValue - static_cast<std::int64_t>(lines.size()) + 1;
    for (const auto& [code, weight] : lines) {
      v1::HsLine& line = *issue.add_hs_lines();
      line.set_code(code);
      line.set_weight_centicarats(weight);
      line.set_value_cents(value);
      value = 1;
    }
    return event_of(issue);
  };
  expect_refused(world, body("BW"), with_lines({}), Reason::HS_SUM_MISMATCH, "events[0].certificate_issue.hs_lines");
  expect_refused(world, body("BW"), with_lines({{"710231", kWeight - 1}}), Reason::HS_SUM_MISMATCH);
  expect_refused(world, body("BW"), with_lines({{"710231", kWeight - 5}, {"710231", 5}}), Reason::HS_NOT_ROUGH,
                 "events[0].certificate_issue.hs_lines[1].code");
  expect_refused(world, body("BW"), with_lines({{"710239", kWeight}}), Reason::HS_NOT_ROUGH);
  accept(world, body("BW"), with_lines({{"710210", kWeight - 5}, {"710221", 5}}));
}

TEST(CertIssue, Dates) {
  World world;
  const auto dated = [&world](int issue_offset, int validity) {
    v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
    issue.set_issue_day(world.today() + issue_offset);
    issue.set_expiry_day(world.today() + validity);
    return event_of(issue);
  };
  expect_refused(world, body("BW"), dated(-1, 30), Reason::BAD_DATES, "events[0].certificate_issue.issue_day");
  expect_refused(world, body("BW"), dated(1, 30), Reason::BAD_DATES, "events[0].certificate_issue.issue_day");
  expect_refused(world, body("BW"), dated(0, 0), Reason::BAD_DATES, "events[0].certificate_issue.expiry_day");
  expect_refused(world, body("BW"), dated(0, -5), Reason::BAD_DATES);
  expect_refused(world, body("BW"), dated(0, 61), Reason::VALIDITY_TOO_LONG);
  accept(world, body("BW"), dated(0, 60));
}

TEST(CertIssue, IssueDateMayDifferByTheNetworksSlack) {
  v1::Genesis genesis = small_genesis();
  genesis.mutable_parameters()->set_issue_date_slack_days(1);
  genesis.mutable_parameters()->set_validity_days(30);
  World world(genesis);
  v1::CertificateIssue issue = production(world, "BW-0000001", "EC");
  issue.set_issue_day(world.today() + 2);
  issue.set_expiry_day(world.today() + 20);
  expect_refused(world, body("BW"), event_of(issue), Reason::BAD_DATES);
  issue.set_issue_day(world.today() + 1);
  issue.set_expiry_day(world.today() + 1);
  expect_refused(world, body("BW"), event_of(issue), Reason::BAD_DATES);
  issue.set_expiry_day(world.today() + 32);
  expect_refused(world, body("BW"), event_of(issue), Reason::VALIDITY_TOO_LONG);
  issue.set_expiry_day(world.today() + 31);
  accept(world, body("BW"), event_of(issue));
}

TEST(CertIssue, ProductionOriginatesInATerritoryOfTheExporter) {
  World world;
  v1::CertificateIssue issue = production(world, "EC-0000001", "AE");
  issue.set_origin("GL");  // the register gives Greenland's stones to the European participant
  accept(world, body("EC"), event_of(issue));
  issue = production(world, "BW-0000001", "EC");
  for (const std::string origin : {"", "ZA", "GL"}) {
    issue.set_origin(origin);
    expect_refused(world, body("BW"), event_of(issue), Reason::ORIGIN_NOT_PROVEN, "events[0].certificate_issue.origin");
  }
  issue = reexport(world, "EC-0000002", "AE", {{"OPEN-EC-2007", kWeight}}, "EC");
  issue.set_basis(v1::BASIS_PRODUCTION);
  expect_refused(world, body("EC"), event_of(issue), Reason::ORIGIN_NOT_PROVEN, "events[0].certificate_issue.sources");
}

TEST(CertIssue, Row3MonitoredProductionWaitsForTheNamedExperts) {
  World world;
  world.impose("M-LATER", "GH", v1::MEASURE_KIND_MONITORED_EXPORT, "PLENARY", {"GW"});
  accept(world, body("GH"), event_of(production(world, "GH-0000001", "EC")));
  const v1::CertificateRecord record = world.state().certificate("GH-0000001");
  EXPECT_EQ(record.state(), v1::CERTIFICATE_STATE_PENDING_COAPPROVAL);
  ASSERT_EQ(record.approvers_size(), 1);
  EXPECT_EQ(record.approvers(0), "WDC");  // of the first measure in force
}

TEST(CertIssue, MonitoringDoesNotCoverReexports) {
  v1::Genesis genesis = small_genesis();
  v1::GenesisLot& lot = *genesis.add_lots();
  lot.set_lot("OPEN-GH-2007");
  lot.set_holder("GH");
  lot.set_weight_centicarats(10'000);
  World world(genesis);
  accept(world, body("GH"), event_of(reexport(world, "GH-0000001", "EC", {{"OPEN-GH-2007", 10'000}})));
  EXPECT_EQ(world.state().certificate("GH-0000001").state(), v1::CERTIFICATE_STATE_ISSUED);
}

TEST(CertIssue, SourcesAreCheckedInListOrder) {
  Attempt attempt;
  attempt.issue.clear_sources();
  attempt.add_draw("OPEN-EC-2007", 100'000'001);
  attempt.add_draw("AO-7777777", 1);
  expect_refused(attempt.world, body("EC"), event_of(attempt.issue), Reason::SOURCE_OVERDRAWN,
                 "events[0].certificate_issue.sources[0].weight_centicarats");
}

TEST(CertIssue, DrawsMustBePositive) {
  World world;
  for (const std::int64_t weight : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    v1::CertificateIssue issue = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", kWeight}});
    issue.mutable_sources(0)->set_weight_centicarats(weight);
    expect_refused(world, body("EC"), event_of(issue), Reason::SOURCE_OVERDRAWN);
  }
}

TEST(CertIssue, SourceNamedTwiceIsDrawnTwice) {
  World world;
  const std::int64_t all = 100'000'000;
  expect_refused(world, body("EC"),
                 event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", all}, {"OPEN-EC-2007", 1}})),
                 Reason::SOURCE_OVERDRAWN, "events[0].certificate_issue.sources[1].weight_centicarats");
  accept(world, body("EC"),
         event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", all - 1}, {"OPEN-EC-2007", 1}})));
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), all);
}

// Each draw has every node read and write the whole record of its source, history and all.
TEST(CertIssue, DrawsOnALargeRecordOverAndOverAreTooCostly) {
  World world;
  accept(world, body("BW"), event_of(production(world, "BW-0000001", "EC")));
  accept(world, body("BW"), ship("BW-0000001"));
  accept(world, body("EC"), confirm("BW-0000001", "EC"));
  v1::CertificateRecord large = world.state().certificate("BW-0000001");
  while (large.ByteSizeLong() < kRecordBytesMax / 2) large.add_history()->set_cause(std::string(100, 'x'));
  world.state().put(large);
  const std::size_t draws_max = kEnvelopeWorkBytesMax / (2 * large.ByteSizeLong());

  const std::vector<Draw> many(draws_max + 10, {"BW-0000001", 1});
  const Outcome refused = world.submit(body("EC"), event_of(reexport(world, "EC-0000001", "AE", many, "BW")));
  ASSERT_FALSE(refused.accepted());
  EXPECT_EQ(refused.refusal->reason, Reason::TOO_COSTLY);
  EXPECT_LT(refused.refusal->work_bytes, kEnvelopeWorkBytesMax + 3 * large.ByteSizeLong()) << "given up at once";
  const std::vector<Draw> some(draws_max * 3 / 4, {"BW-0000001", 1});
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", some, "BW")));
  accept(world, body("EC"), event_of(reexport(world, "EC-0000002", "AE", some, "BW")));

  // Given back is what was drawn, with one look at each source.
  accept(world, body("EC"), void_certificate("EC-0000001"));
  accept(world, body("EC"), void_certificate("EC-0000002"));
  EXPECT_EQ(world.state().certificate("BW-0000001").drawn_centicarats(), 0);
}

// However large the sources' records have become, one certificate can be withdrawn. What is too much is the next event.
TEST(CertIssue, GivingBackDrawsIsNeverTooCostlyAlone) {
  constexpr int kSources = 80;
  World world;
  std::vector<Draw> draws;
  for (int i = 0; i < kSources; ++i) {
    const std::string number = concat({"BW-", std::to_string(1'000'000 + i)});
    accept(world, body("BW"), event_of(production(world, number, "EC")));
    accept(world, body("BW"), ship(number));
    accept(world, body("EC"), confirm(number, "EC"));
    draws.push_back({number, 1});
  }
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", draws, "BW")));
  accept(world, body("EC"), event_of(reexport(world, "EC-0000002", "AE", draws, "BW")));
  for (const Draw& draw : draws) {
    v1::CertificateRecord large = world.state().certificate(draw.number);
    large.add_history()->set_cause(std::string(kRecordBytesMax / 2, 'x'));
    world.state().put(large);
  }
  const Outcome both = world.submit(body("EC"), {void_certificate("EC-0000001"), void_certificate("EC-0000002")});
  ASSERT_FALSE(both.accepted());
  EXPECT_EQ(both.refusal->reason, Reason::TOO_COSTLY);
  EXPECT_EQ(both.refusal->event_index, 1U);
  accept(world, body("EC"), void_certificate("EC-0000001"));
  accept(world, body("EC"), void_certificate("EC-0000002"));
  EXPECT_EQ(world.state().certificate(draws.front().number).drawn_centicarats(), 0);
}

TEST(CertIssue, ReexportWithoutSourcesProvesNothing) {
  World world;
  v1::CertificateIssue issue = reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", kWeight}});
  issue.clear_sources();
  expect_refused(world, body("EC"), event_of(issue), Reason::SOURCES_NOT_EQUAL);
}

TEST(CertIssue, OriginIsPrintedExactlyWhenTheSourcesShareIt) {
  World world;
  const std::vector<Draw> one = {{"OPEN-EC-ZA", 10}};
  const std::vector<Draw> two = {{"OPEN-EC-ZA", 10}, {"OPEN-EC-2007", 10}};
  expect_refused(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", one, "")), Reason::ORIGIN_NOT_PROVEN);
  expect_refused(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", two, "ZA")),
                 Reason::ORIGIN_NOT_PROVEN);
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", one, "ZA")));
  accept(world, body("EC"), event_of(reexport(world, "EC-0000002", "AE", two, "")));
}

TEST(CertIssue, SecondDrawOfOneEnvelopeSeesTheFirst) {
  World world;
  const std::int64_t all = 100'000'000;
  const std::vector<v1::Event> both = {event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", all}})),
                                       event_of(reexport(world, "EC-0000002", "AE", {{"OPEN-EC-2007", 1}}))};
  const StateChanges before = world.state().records();
  const Outcome outcome = world.submit(body("EC"), both);
  EXPECT_EQ(outcome.verdict(), "SOURCE_OVERDRAWN");
  EXPECT_EQ(world.state().changed_since(before),
            std::vector<std::string>{});  // the first event of the envelope is not applied either
}

// The scheme's worked example (section 10), with its numbers.
TEST(CertIssue, WorkedExampleOfTheScheme) {
  World world;
  accept(world, body("BW"), event_of(production(world, "BW-0001501", "EC", 800'000)));
  accept(world, body("BW"), ship("BW-0001501"));
  accept(world, body("EC"), confirm("BW-0001501", "EC", 797'500));
  EXPECT_EQ(world.state().certificate("BW-0001501").state(), v1::CERTIFICATE_STATE_CONFIRMED);
  accept(world, body("ZA"), event_of(production(world, "ZA-0002200", "EC", 2'000'000)));
  accept(world, body("ZA"), ship("ZA-0002200"));
  accept(world, body("EC"), confirm("ZA-0002200", "EC", 1'900'000));
  EXPECT_EQ(world.state().certificate("ZA-0002200").state(), v1::CERTIFICATE_STATE_CONFIRMED_SHORT);
  accept(world, body("EC"),
         event_of(reexport(world, "EC-0003050", "IN", {{"BW-0001501", 400'000}, {"ZA-0002200", 600'000}})));
  accept(world, body("EC"), event_of(reexport(world, "EC-0003051", "AE", {{"BW-0001501", 397'500}}, "BW")));
  expect_refused(world, body("EC"), event_of(reexport(world, "EC-0003052", "AE", {{"ZA-0002200", 1'300'001}}, "ZA")),
                 Reason::SOURCE_OVERDRAWN);
  accept(world, body("EC"), ship("EC-0003050"));
  accept(world, body("IN"), refuse("EC-0003050"));
  accept(world, body("IN"), technical_issue("EC-0003050", "IN-T000017"));
  accept(world, body("EC"), technical_close("EC-0003050", "IN-T000017"));
  const auto balance = [&world](const std::string& number) {
    const v1::CertificateRecord record = world.state().certificate(number);
    return record.received_centicarats() - record.drawn_centicarats();
  };
  EXPECT_EQ(balance("BW-0001501"), 400'000);
  EXPECT_EQ(balance("ZA-0002200"), 1'900'000);
}

}  // namespace
}  // namespace kimberlite::ledger::test
