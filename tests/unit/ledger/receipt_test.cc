// Receipts by the authority: guards, their order, tolerances to the hundredth of a carat, corrections, returns,
// seizures. Rows 13 to 20 and 23 to 28; which states allow what is in state_table_test.cc.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/record.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

/// BW's production for the importer, shipped.
World shipped(const std::string& importer = "EC", std::int64_t weight = kWeight) {
  World world;
  accept(world, body("BW"), event_of(production(world, kNumber, importer, weight)));
  accept(world, body("BW"), ship(kNumber));
  return world;
}

TEST(ReceiptConfirm, GuardsInOrder) {
  World world;
  v1::Event bad = confirm(kNumber, "IN", 0);
  bad.mutable_receipt_confirm()->set_body("NOT-GJEPC");
  expect_refused(world, body("ZA"), bad, Reason::UNKNOWN_CERTIFICATE);  // row 28
  accept(world, body("BW"), event_of(production(world, kNumber, "IN")));
  expect_refused(world, body("ZA"), bad, Reason::NOT_IMPORTING_AUTHORITY);
  expect_refused(world, root("IN"), bad, Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("IN"), bad, Reason::SIGNER_NOT_AUTHORISED, "events[0].receipt_confirm.body");
  bad.mutable_receipt_confirm()->set_body("GJEPC");
  expect_refused(world, body("IN"), bad, Reason::NOT_SHIPPED);
  accept(world, body("BW"), ship(kNumber));
  expect_refused(world, body("IN"), bad, Reason::BAD_AMOUNT, "events[0].receipt_confirm.weight_centicarats");
  expect_refused(world, body("IN"), confirm(kNumber, "IN", kWeight * 2), Reason::EXCESS_OVER_TOLERANCE);
  expect_refused(world, body("IN"), confirm(kNumber, "IN"), Reason::ACKNOWLEDGEMENT_MISSING);
  accept(world, trader("IN", "IN-TRADER-01"), acknowledge(kNumber));
  accept(world, body("IN"), confirm(kNumber, "IN"));
  expect_refused(world, body("IN"), bad, Reason::ALREADY_CONFIRMED);
}

TEST(ReceiptConfirm, WrongStateComesBeforeAmounts) {
  World world = shipped();
  accept(world, body("EC"), refuse(kNumber));
  expect_refused(world, body("EC"), confirm(kNumber, "EC", 0), Reason::WRONG_STATE);
}

TEST(ReceiptConfirm, BadAmounts) {
  World world = shipped();
  for (const std::int64_t weight : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX})
    expect_refused(world, body("EC"), confirm(kNumber, "EC", weight), Reason::BAD_AMOUNT);
  v1::Event event = confirm(kNumber, "EC");
  event.mutable_receipt_confirm()->set_value_cents(-1);
  expect_refused(world, body("EC"), event, Reason::BAD_AMOUNT, "events[0].receipt_confirm.value_cents");
  event = confirm(kNumber, "EC");
  event.mutable_receipt_confirm()->set_parcels(65'536);
  expect_refused(world, body("EC"), event, Reason::BAD_AMOUNT, "events[0].receipt_confirm.parcels");
}

// Declared 10,000.00 ct: 0.5 % are 50.00 ct either way; invariant 11.
TEST(ReceiptConfirm, Invariant11ToleranceIsExactToTheHundredth) {
  const auto outcome_of = [](std::int64_t received) {
    World world = shipped();
    const Outcome outcome = world.submit(body("EC"), confirm(kNumber, "EC", received));
    return outcome.accepted() ? std::string(state_name(world.state().certificate(kNumber).state())) : outcome.verdict();
  };
  EXPECT_EQ(outcome_of(kWeight + 5'001), "EXCESS_OVER_TOLERANCE");
  EXPECT_EQ(outcome_of(kWeight + 5'000), "CONFIRMED");
  EXPECT_EQ(outcome_of(kWeight - 5'000), "CONFIRMED");
  EXPECT_EQ(outcome_of(kWeight - 5'001), "CONFIRMED_SHORT");
}

TEST(ReceiptConfirm, ToleranceIsTheNetworksParameter) {
  v1::Genesis genesis = small_genesis();
  genesis.mutable_parameters()->set_tolerance_basis_points(100);
  World world(genesis);
  accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
  accept(world, body("BW"), ship(kNumber));
  expect_refused(world, body("EC"), confirm(kNumber, "EC", kWeight + 10'001), Reason::EXCESS_OVER_TOLERANCE);
  accept(world, body("EC"), confirm(kNumber, "EC", kWeight + 10'000));
}

TEST(ReceiptConfirm, WritesTheReceivedFigures) {
  World world = shipped();
  v1::Event event = confirm(kNumber, "EC", kWeight - 10);
  event.mutable_receipt_confirm()->set_value_cents(kValue / 2);  // revalued at import: normal
  event.mutable_receipt_confirm()->set_parcels(1);
  accept(world, body("EC"), event);
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_EQ(record.received_ms(), world.now().value);
  EXPECT_EQ(record.received_centicarats(), kWeight - 10);
  EXPECT_EQ(record.received_value_cents(), kValue / 2);
  EXPECT_EQ(record.received_parcels(), 1U);
  EXPECT_EQ(record.receiving_body(), "EC-BE-ANTWERP");
  EXPECT_FALSE(record.unchecked());
}

TEST(ReceiptConfirm, SuspendedImporterStillReceipts) {
  World world = shipped();
  world.impose("M-X", "EC", v1::MEASURE_KIND_SUSPENSION);
  accept(world, body("EC"), confirm(kNumber, "EC"));
}

TEST(ReceiptSupplement, AddsUpToTheTolerance) {
  World world = shipped();
  accept(world, body("EC"), confirm(kNumber, "EC", kWeight * 9 / 10));
  expect_refused(world, body("EC"), supplement(kNumber, kWeight / 10 + 5'001), Reason::EXCESS_OVER_TOLERANCE);
  for (const std::int64_t weight : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX})
    expect_refused(world, body("EC"), supplement(kNumber, weight), Reason::BAD_AMOUNT);
  accept(world, body("EC"), supplement(kNumber, kWeight / 10 - 5'001));
  EXPECT_EQ(world.state().certificate(kNumber).state(), v1::CERTIFICATE_STATE_CONFIRMED_SHORT);
  accept(world, body("EC"), supplement(kNumber, 1));
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_EQ(record.state(), v1::CERTIFICATE_STATE_CONFIRMED);
  EXPECT_EQ(record.received_centicarats(), kWeight - 5'000);
  EXPECT_EQ(record.received_value_cents(), kValue + 2'000);
  EXPECT_EQ(record.received_parcels(), 4U);
}

TEST(ReceiptSupplement, SumsAreAmountsThemselves) {
  World world = shipped();
  v1::Event receipt = confirm(kNumber, "EC", kWeight / 2);
  receipt.mutable_receipt_confirm()->set_value_cents(kValueMaxCents);
  receipt.mutable_receipt_confirm()->set_parcels(kParcelsMax);
  accept(world, body("EC"), receipt);
  v1::Event more = supplement(kNumber, 100);
  more.mutable_receipt_supplement()->set_value_cents(1);
  more.mutable_receipt_supplement()->set_parcels(0);
  expect_refused(world, body("EC"), more, Reason::BAD_AMOUNT, "events[0].receipt_supplement.value_cents");
  more.mutable_receipt_supplement()->set_value_cents(0);
  more.mutable_receipt_supplement()->set_parcels(1);
  expect_refused(world, body("EC"), more, Reason::BAD_AMOUNT, "events[0].receipt_supplement.parcels");
  more.mutable_receipt_supplement()->set_parcels(0);
  accept(world, body("EC"), more);
}

TEST(CertCorrect, GuardsInOrder) {
  World world = shipped();
  expect_refused(world, body("BW"), correct(kNumber, kWeight * 2), Reason::WRONG_STATE);
  accept(world, body("EC"), hold(kNumber));
  for (const std::int64_t weight : {std::int64_t{0}, std::int64_t{-5}, INT64_MIN, INT64_MAX, kWeight * 11 / 10 + 1})
    expect_refused(world, body("BW"), correct(kNumber, weight), Reason::CORRECTION_TOO_LARGE);
  expect_refused(world, body("BW"), correct(kNumber, kWeight * 9 / 10 - 1), Reason::CORRECTION_TOO_LARGE);
  expect_refused(world, body("BW"), correct(kNumber, kWeight + 1, 0), Reason::BAD_AMOUNT);
  v1::Event event = correct(kNumber, kWeight + 1);
  event.mutable_certificate_correct()->mutable_hs_lines(0)->set_code("710239");
  expect_refused(world, body("BW"), event, Reason::HS_NOT_ROUGH);
  event = correct(kNumber, kWeight + 1);
  event.mutable_certificate_correct()->set_weight_centicarats(kWeight + 2);
  expect_refused(world, body("BW"), event, Reason::HS_SUM_MISMATCH);
  accept(world, body("BW"), correct(kNumber, kWeight * 11 / 10, kValue + 1));
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_EQ(record.weight_centicarats(), kWeight * 11 / 10);
  EXPECT_EQ(record.value_cents(), kValue + 1);
  EXPECT_EQ(record.hs_lines(0).weight_centicarats(), kWeight * 11 / 10);
}

TEST(CertCorrect, CaratsOfAReexportAreTiedToItsSources) {
  World world;
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "ZA", {{"OPEN-EC-2007", 500}})));
  accept(world, body("EC"), ship("EC-0000001"));
  accept(world, body("ZA"), hold("EC-0000001"));
  expect_refused(world, body("EC"), correct("EC-0000001", 5'000), Reason::CORRECTION_NOT_ALLOWED);
}

TEST(CertCorrect, ExcessIsHeldCorrectedAndConfirmed) {
  World world = shipped();
  const std::int64_t arrived = kWeight * 106 / 100;
  expect_refused(world, body("EC"), confirm(kNumber, "EC", arrived), Reason::EXCESS_OVER_TOLERANCE);
  accept(world, body("EC"), hold(kNumber));
  accept(world, body("BW"), correct(kNumber, arrived));
  accept(world, body("EC"), confirm(kNumber, "EC", arrived));
}

TEST(TechIssue, NumberOfItsOwnSeriesIsUsedOnce) {
  World world = shipped();
  accept(world, body("EC"), refuse(kNumber));
  accept(world, body("EC"), technical_issue(kNumber, "EC-T000001"));
  accept(world, body("BW"), event_of(production(world, "BW-0000002", "EC")));
  accept(world, body("BW"), ship("BW-0000002"));
  expect_refused(world, body("EC"), technical_issue("BW-0000002", "EC-T000001"), Reason::WRONG_STATE);
  accept(world, body("EC"), refuse("BW-0000002"));
  expect_refused(world, body("EC"), technical_issue("BW-0000002", "EC-T000001"), Reason::DUPLICATE_NUMBER,
                 "events[0].technical_issue.technical");
  accept(world, body("EC"), technical_issue("BW-0000002", "EC-T000002"));
  expect_refused(world, body("BW"), technical_close("BW-0000002", "EC-T000001"), Reason::WRONG_STATE,
                 "events[0].technical_close.technical");
  expect_refused(world, body("BW"), technical_close("BW-0000002", "EC-T000009"), Reason::WRONG_STATE);
  accept(world, body("BW"), technical_close("BW-0000002", "EC-T000002"));
  EXPECT_TRUE(world.state().record<v1::TechnicalRecord>("technical/EC-T000002").closed());
  EXPECT_FALSE(world.state().record<v1::TechnicalRecord>("technical/EC-T000001").closed());
}

TEST(Seizure, ReleasedGoodsCanBeConfirmed) {
  World world = shipped();
  accept(world, body("EC"), seize(kNumber));
  expect_refused(world, body("EC"), confirm(kNumber, "EC"), Reason::WRONG_STATE);
  accept(world, body("EC"), release(kNumber));
  accept(world, body("EC"), confirm(kNumber, "EC"));
}

TEST(IncidentReport, GuardsInOrder) {
  World world = shipped();
  v1::Event bad = incident(kNumber);
  bad.mutable_incident_report()->set_weight_centicarats(-1);
  expect_refused(world, root("LR"), bad, Reason::NOT_A_PARTICIPANT);
  expect_refused(world, observer("WDC"), bad, Reason::NOT_A_PARTICIPANT);
  expect_refused(world, trader("EC", "EC-TRADER-01"), bad, Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("EC", "EC-EXPORT"), bad, Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("EC"), bad, Reason::KNOWN_CERTIFICATE);
  bad.mutable_incident_report()->set_number("AO-9999999");
  expect_refused(world, body("EC"), bad, Reason::BAD_AMOUNT);
  bad = incident("AO-9999999");
  bad.mutable_incident_report()->set_value_cents(-1);
  expect_refused(world, body("EC"), bad, Reason::BAD_AMOUNT);
}

TEST(IncidentReport, Row27ReportsGatherUnderTheForgedNumber) {
  World world;
  accept(world, body("EC"), incident("AO-9999999"));
  accept(world, root("ZA"), incident("AO-9999999"));
  const auto record = world.state().record<v1::IncidentRecord>("incident/AO-9999999");
  ASSERT_EQ(record.reports_size(), 2);
  EXPECT_EQ(record.reports(0).reporter(), "EC");
  EXPECT_EQ(record.reports(1).reporter(), "ZA");
  EXPECT_EQ(record.reports(0).weight_centicarats(), kWeight);
  EXPECT_EQ(record.reports(0).at_ms(), world.now().value);
}

// The exporter may correct as often as it likes: what the importer has to say must still find room.
TEST(Correction, CorrectionsDoNotKeepTheImporterFromConfirming) {
  constexpr int kCorrectionsMost = 2'000;
  World world = shipped();
  accept(world, body("EC"), hold(kNumber));
  int accepted = 0;
  while (accepted < kCorrectionsMost && world.submit(body("BW"), correct(kNumber, kWeight)).accepted()) ++accepted;
  EXPECT_GT(accepted, 20);
  ASSERT_LT(accepted, kCorrectionsMost);
  expect_refused(world, body("BW"), correct(kNumber, kWeight), Reason::RECORD_FULL,
                 std::string("certificate/") + kNumber);
  EXPECT_LE(world.state().get(std::string("certificate/") + kNumber)->size(), kRepeatedRecordBytesMax);
  accept(world, body("EC"), confirm(kNumber, "EC"));
}

// The exporter's words leave room for the importer's, and the importer's own for everybody's.
TEST(Seizure, FindsRoomAndIsRepeatedSixteenTimes) {
  World world = shipped();
  v1::CertificateRecord large = world.state().certificate(kNumber);
  large.add_history()->set_cause(std::string(kRepeatedRecordBytesMax, 'x'));
  world.state().put(large);
  for (int i = 0; i < 16; ++i) {
    accept(world, body("EC"), seize(kNumber));
    accept(world, body("EC"), release(kNumber));
  }
  expect_refused(world, body("EC"), seize(kNumber), Reason::RECORD_FULL, "events[0].certificate_seize.number");
  accept(world, body("EC"), confirm(kNumber, "EC"));
}

// Whoever may report could otherwise fill the record, and silence all others on that number.
TEST(IncidentReport, OnePartyReportsANumberFourTimes) {
  World world;
  for (int i = 0; i < 4; ++i) accept(world, body("EC"), incident("AO-9999999"));
  expect_refused(world, body("EC"), incident("AO-9999999"), Reason::RECORD_FULL, "events[0].incident_report.number");
  expect_refused(world, root("EC"), incident("AO-9999999"), Reason::RECORD_FULL, "events[0].incident_report.number");
  accept(world, root("ZA"), incident("AO-9999999"));
  accept(world, body("EC"), incident("AO-9999998"));
}

}  // namespace
}  // namespace kimberlite::ledger::test
