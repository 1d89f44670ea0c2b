// The importer's own confirmation under the three receipt policies (scheme, section 5.2; invariant 21). EC follows
// authority_only, IN importer_then_authority (by default), AE importer_suffices.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "node/ledger/certificate/record.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

Signer importer_of(const std::string& participant) {
  return trader(participant, participant + "-TRADER-01");
}

World shipped(const std::string& importer) {
  World world;
  accept(world, body("BW"), event_of(production(world, kNumber, importer)));
  accept(world, body("BW"), ship(kNumber));
  return world;
}

std::string state_of(const World& world, const std::string& number = kNumber) {
  return std::string(state_name(world.state().certificate(number).state()));
}

TEST(ReceiptAcknowledge, GuardsInOrder) {
  World world;
  expect_refused(world, trader("EC", "EC-TRADER-02"), acknowledge(kNumber, 0), Reason::UNKNOWN_CERTIFICATE);
  accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
  expect_refused(world, trader("EC", "EC-TRADER-02"), acknowledge(kNumber, 0), Reason::NOT_THE_IMPORTER);
  expect_refused(world, trader("IN", "IN-TRADER-01"), acknowledge(kNumber, 0), Reason::NOT_THE_IMPORTER);
  expect_refused(world, body("EC"), acknowledge(kNumber, 0), Reason::NOT_THE_IMPORTER);
  expect_refused(world, importer_of("EC"), acknowledge(kNumber, 0), Reason::NOT_SHIPPED);
  accept(world, body("BW"), ship(kNumber));
  expect_refused(world, importer_of("EC"), acknowledge(kNumber, 0), Reason::BAD_AMOUNT);
  accept(world, importer_of("EC"), acknowledge(kNumber, kWeight * 3));
  expect_refused(world, importer_of("EC"), acknowledge(kNumber, 0), Reason::ALREADY_ACKNOWLEDGED);
}

TEST(ReceiptAcknowledge, NotTheImporterAndAlreadyAcknowledgedComeBeforeTheState) {
  World world = shipped("EC");
  accept(world, importer_of("EC"), acknowledge(kNumber));
  accept(world, body("EC"), refuse(kNumber));
  expect_refused(world, importer_of("EC"), acknowledge(kNumber), Reason::ALREADY_ACKNOWLEDGED);
  expect_refused(world, trader("EC", "EC-TRADER-02"), acknowledge(kNumber), Reason::NOT_THE_IMPORTER);
}

TEST(ReceiptAcknowledge, WrongStateComesBeforeAmounts) {
  World world = shipped("EC");
  accept(world, body("EC"), refuse(kNumber));
  expect_refused(world, importer_of("EC"), acknowledge(kNumber, 0), Reason::WRONG_STATE);
}

TEST(ReceiptAcknowledge, IsRecordedWithAllItSays) {
  World world = shipped("EC");
  v1::Event event = acknowledge(kNumber, kWeight - 3);
  event.mutable_receipt_acknowledge()->set_seals_intact(false);
  accept(world, importer_of("EC"), event);
  const v1::Acknowledgement recorded = world.state().certificate(kNumber).acknowledgement();
  EXPECT_EQ(recorded.trader(), "EC-TRADER-01");
  EXPECT_EQ(recorded.weight_centicarats(), kWeight - 3);
  EXPECT_EQ(recorded.value_cents(), kValue);
  EXPECT_EQ(recorded.parcels(), 2U);
  EXPECT_FALSE(recorded.seals_intact());
  EXPECT_EQ(recorded.at_ms(), world.now().value);
}

TEST(AuthorityOnly, AcknowledgementHasNoEffectAndConfirmNeedsNone) {
  for (const std::int64_t weight : {kWeight, kWeight / 2, kWeight * 2}) {
    World world = shipped("EC");
    accept(world, importer_of("EC"), acknowledge(kNumber, weight));
    EXPECT_EQ(state_of(world), "SHIPPED");
    accept(world, body("EC"), confirm(kNumber, "EC"));
  }
}

TEST(ImporterThenAuthority, AgreementIsRecordedOnly) {
  for (const std::int64_t weight : {kWeight, kWeight + 5'000, kWeight - 5'000}) {
    World world = shipped("IN");
    accept(world, importer_of("IN"), acknowledge(kNumber, weight));
    EXPECT_EQ(state_of(world), "SHIPPED");
    accept(world, body("IN"), confirm(kNumber, "IN"));
    EXPECT_EQ(state_of(world), "CONFIRMED");
  }
}

TEST(ImporterThenAuthority, DifferenceBeyondToleranceHoldsTheGoods) {
  for (const std::int64_t weight : {kWeight + 5'001, kWeight - 5'001}) {
    World world = shipped("IN");
    accept(world, importer_of("IN"), acknowledge(kNumber, weight));
    EXPECT_EQ(state_of(world), "HELD");
    accept(world, body("IN"), confirm(kNumber, "IN"));
    EXPECT_EQ(state_of(world), "CONFIRMED");
  }
}

TEST(ImporterThenAuthority, ACauseReplacesTheAcknowledgement) {
  World world = shipped("IN");
  expect_refused(world, body("IN"), confirm(kNumber, "IN"), Reason::ACKNOWLEDGEMENT_MISSING);
  v1::Event event = confirm(kNumber, "IN");
  event.mutable_receipt_confirm()->set_cause("IMPORTER_GONE");
  accept(world, body("IN"), event);
  EXPECT_EQ(state_of(world), "CONFIRMED");
}

TEST(ImporterSuffices, WithinToleranceConfirmsUnchecked) {
  for (const std::int64_t weight : {kWeight, kWeight + 5'000, kWeight - 5'000}) {
    World world = shipped("AE");
    accept(world, importer_of("AE"), acknowledge(kNumber, weight));
    EXPECT_EQ(state_of(world), "CONFIRMED");
    const v1::CertificateRecord record = world.state().certificate(kNumber);
    EXPECT_TRUE(record.unchecked());
    EXPECT_EQ(record.received_centicarats(), weight);
    EXPECT_EQ(record.receiving_body(), "");
  }
}

TEST(ImporterSuffices, ShortConfirmsShortUnchecked) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber, kWeight - 5'001));
  EXPECT_EQ(state_of(world), "CONFIRMED_SHORT");
  EXPECT_TRUE(world.state().certificate(kNumber).unchecked());
}

TEST(ImporterSuffices, ExcessIsNeverConfirmedByTheImporterAlone) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber, kWeight + 5'001));
  EXPECT_EQ(state_of(world), "HELD");
  EXPECT_EQ(world.state().certificate(kNumber).received_centicarats(), 0);
}

TEST(ImporterSuffices, AHoldIsTheAuthoritysToEnd) {
  World world = shipped("AE");
  accept(world, body("AE"), hold(kNumber));
  accept(world, importer_of("AE"), acknowledge(kNumber));
  EXPECT_EQ(state_of(world), "HELD");
  EXPECT_EQ(world.state().certificate(kNumber).received_centicarats(), 0);
}

TEST(ImporterSuffices, AuthorityMayStillConfirmAlone) {
  World world = shipped("AE");
  accept(world, body("AE"), confirm(kNumber, "AE"));
  EXPECT_FALSE(world.state().certificate(kNumber).unchecked());
}

TEST(ImporterSuffices, CheckThatAgreesClearsTheFlagOnce) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber));
  accept(world, body("AE"), confirm(kNumber, "AE", kWeight - 100));
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_FALSE(record.unchecked());
  EXPECT_EQ(record.received_centicarats(), kWeight - 100);
  EXPECT_EQ(record.receiving_body(), "DMCC");
  expect_refused(world, body("AE"), confirm(kNumber, "AE"), Reason::ALREADY_CONFIRMED);
}

TEST(ImporterSuffices, CheckThatDisagreesHoldsTheGoods) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber));
  accept(world, body("AE"), confirm(kNumber, "AE", kWeight / 2));
  EXPECT_EQ(state_of(world), "HELD");
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_FALSE(record.unchecked());
  EXPECT_EQ(record.received_centicarats(), 0);
  EXPECT_EQ(record.received_ms(), 0);
  accept(world, body("AE"), confirm(kNumber, "AE", kWeight / 2));
  EXPECT_EQ(state_of(world), "CONFIRMED_SHORT");
}

TEST(ImporterSuffices, CheckFindsExcess) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber));
  expect_refused(world, body("AE"), confirm(kNumber, "AE", kWeight * 2), Reason::EXCESS_OVER_TOLERANCE);
  accept(world, body("AE"), hold(kNumber));
  EXPECT_EQ(state_of(world), "HELD");
}

TEST(ImporterSuffices, ReceiptIsNotTakenBackOnceDrawnFrom) {
  World world = shipped("AE");
  accept(world, importer_of("AE"), acknowledge(kNumber));
  accept(world, body("AE"), event_of(reexport(world, "AE-0000001", "EC", {{kNumber, kWeight - 100}}, "BW")));
  expect_refused(world, body("AE"), hold(kNumber), Reason::WRONG_STATE);
  expect_refused(world, body("AE"), confirm(kNumber, "AE", kWeight / 2), Reason::WRONG_STATE);
  expect_refused(world, body("AE"), confirm(kNumber, "AE", kWeight - 101), Reason::WRONG_STATE);
  accept(world, body("AE"), confirm(kNumber, "AE", kWeight - 100));
  EXPECT_FALSE(world.state().certificate(kNumber).unchecked());
}

TEST(ImporterSuffices, AuthoritysConfirmedReceiptCannotBeHeld) {
  World world = shipped("AE");
  accept(world, body("AE"), confirm(kNumber, "AE"));
  expect_refused(world, body("AE"), hold(kNumber), Reason::WRONG_STATE);
}

TEST(ReceiptPolicy, FollowsItsDate) {
  v1::Genesis genesis = small_genesis();
  for (v1::GenesisParticipant& participant : *genesis.mutable_participants()) {
    if (participant.code() != "IN") continue;
    v1::DatedReceiptPolicy& from_april = *participant.add_receipt_policies();
    from_april.set_policy(v1::RECEIPT_POLICY_IMPORTER_SUFFICES);
    from_april.set_from_ms(genesis.genesis_time_ms() + 90 * kDayMs);
  }
  World world(genesis);
  world.advance_days(89);
  accept(world, body("BW"), event_of(production(world, kNumber, "IN")));
  accept(world, body("BW"), ship(kNumber));
  expect_refused(world, body("IN"), confirm(kNumber, "IN"), Reason::ACKNOWLEDGEMENT_MISSING);
  world.advance_days(1);
  accept(world, importer_of("IN"), acknowledge(kNumber));
  EXPECT_EQ(state_of(world), "CONFIRMED");
}

}  // namespace
}  // namespace kimberlite::ledger::test
