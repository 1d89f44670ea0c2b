// Shipment, withdrawal, co-approval, loss and replacement: guards, their order, and what they write. Rows 4 to 12, 21,
// 22 and 31; which states allow what is in state_table_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "node/ledger/certificate/record.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

/// BW's production for EC, issued.
World issued() {
  World world;
  accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
  return world;
}

/// The same, shipped.
World shipped_to_ec() {
  World world = issued();
  accept(world, body("BW"), ship(kNumber));
  return world;
}

TEST(CertShip, GuardsInOrder) {
  World world;
  expect_refused(world, body("BW"), ship(kNumber), Reason::UNKNOWN_CERTIFICATE, "events[0].certificate_ship.number");
  const std::string number = certificate_in(world, v1::CERTIFICATE_STATE_PENDING_COAPPROVAL);
  world.impose("M-X", "GH", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  world.advance_days(61);
  expect_refused(world, body("BW"), ship(number), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("GH"), ship(number), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("GH"), ship(number), Reason::CO_APPROVAL_MISSING);
  accept(world, observer("WDC"), coapprove(number));
  expect_refused(world, body("GH"), ship(number), Reason::CERT_EXPIRED);
  world.advance_days(-1);
  expect_refused(world, body("GH"), ship(number), Reason::EXPORTER_EMBARGOED);
}

TEST(CertShip, WrongStateComesBeforeExpiryAndMeasures) {
  World world = shipped_to_ec();
  world.advance_days(61);
  world.impose("M-X", "BW", v1::MEASURE_KIND_SUSPENSION);
  expect_refused(world, body("BW"), ship(kNumber), Reason::WRONG_STATE);
}

TEST(CertShip, LastDayOfValidityIsGood) {
  World world = issued();
  world.advance_days(60);
  accept(world, body("BW"), ship(kNumber));
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_EQ(record.shipped_ms(), world.now().value);
  ASSERT_EQ(record.seals_size(), 1);
  EXPECT_EQ(record.seals(0), "S000001");
}

TEST(CertShip, Row31OriginEmbargoedSinceIssueCannotShip) {
  World world;
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-ZA", 5}}, "ZA")));
  accept(world, body("EC"), event_of(reexport(world, "EC-0000002", "AE", {{"OPEN-EC-2007", 5}}, "")));
  world.impose("M-X", "ZA", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  expect_refused(world, body("EC"), ship("EC-0000001"), Reason::ORIGIN_EMBARGOED);
  accept(world, body("EC"), ship("EC-0000002"));  // of unknown origin
}

TEST(CertShip, ExporterEmbargoComesBeforeOriginEmbargo) {
  World world = issued();
  world.impose("M-X", "BW", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  expect_refused(world, body("BW"), ship(kNumber), Reason::EXPORTER_EMBARGOED);
}

// What was issued before one of them left, or was barred, does not leave any more; the number can be given up.
TEST(CertShip, WhoeverLeftOrIsBarredShipsAndIsSentNothing) {
  World barred = issued();
  barred.impose("M-X", "EC", v1::MEASURE_KIND_SELF_SUSPENSION, "EC");
  expect_refused(barred, body("BW"), ship(kNumber), Reason::IMPORTER_EMBARGOED, "events[0].certificate_ship.number");
  World importer_left = issued();
  accept(importer_left, root("EC"), withdraw());
  expect_refused(importer_left, body("BW"), ship(kNumber), Reason::IMPORTER_NOT_PARTICIPANT);
  accept(importer_left, body("BW"), void_certificate(kNumber));
  World exporter_left = issued();
  accept(exporter_left, root("BW"), withdraw());
  expect_refused(exporter_left, body("BW"), ship(kNumber), Reason::NOT_A_PARTICIPANT);
}

TEST(CertCoapprove, GuardsInOrder) {
  World world;
  expect_refused(world, observer("GW"), coapprove("GH-0000001"), Reason::UNKNOWN_CERTIFICATE);
  accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
  expect_refused(world, observer("GW"), coapprove(kNumber), Reason::WRONG_STATE);
  const std::string number = "GH-0000001";
  accept(world, body("GH"), event_of(production(world, number, "EC")));
  expect_refused(world, observer("GW"), coapprove(number), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("GH"), coapprove(number), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, sanctions(), coapprove(number), Reason::SIGNER_NOT_AUTHORISED);
  accept(world, observer("WDC"), coapprove(number));
  EXPECT_EQ(world.state().certificate(number).coapproved_by(), "WDC");
}

TEST(CertCoapprove, ParticipantNamedAsExpertSpeaksThroughRootOrBody) {
  for (const Signer& signer : {root("ZA"), body("ZA")}) {
    World world;
    world.impose("M-X", "BW", v1::MEASURE_KIND_MONITORED_EXPORT, "PLENARY", {"ZA"});
    accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
    expect_refused(world, trader("ZA", "ZA-TRADER-01"), coapprove(kNumber), Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, node("ZA"), coapprove(kNumber), Reason::SIGNER_NOT_AUTHORISED);
    accept(world, signer, coapprove(kNumber));
  }
}

TEST(CertCoapprove, Row6PendingStaysPendingAfterTheLift) {
  World world;
  world.impose("M-X", "BW", v1::MEASURE_KIND_MONITORED_EXPORT, "UNSC", {"WDC"});
  accept(world, body("BW"), event_of(production(world, kNumber, "EC")));
  accept(world, sanctions(), lift("M-X"));
  expect_refused(world, body("BW"), ship(kNumber), Reason::CO_APPROVAL_MISSING);
  accept(world, observer("WDC"), coapprove(kNumber));
  accept(world, body("BW"), ship(kNumber));
}

TEST(CertVoid, SignerIsTheExportersBody) {
  World world = issued();
  expect_refused(world, body("EC"), void_certificate(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("BW"), void_certificate(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("BW"), void_certificate("BW-0000009"), Reason::UNKNOWN_CERTIFICATE);
  accept(world, body("BW"), void_certificate(kNumber));
  const v1::CertificateRecord record = world.state().certificate(kNumber);
  EXPECT_EQ(record.history(record.history_size() - 1).cause(), "TEST");
}

TEST(CertVoid, GivesTheDrawsBack) {
  World world;
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}, {"OPEN-EC-ZA", 7}})));
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), 5);
  EXPECT_EQ(world.state().lot("OPEN-EC-ZA").drawn_centicarats(), 7);
  accept(world, body("EC"), void_certificate("EC-0000001"));
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), 0);
  EXPECT_EQ(world.state().lot("OPEN-EC-ZA").drawn_centicarats(), 0);
}

TEST(CertVoid, VoidNumberStaysUsed) {
  World world = issued();
  accept(world, body("BW"), void_certificate(kNumber));
  expect_refused(world, body("BW"), event_of(production(world, kNumber, "EC")), Reason::DUPLICATE_NUMBER);
}

TEST(CertExpire, OnTheDayAfterTheExpiryOnly) {
  World world;
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 5}})));
  world.advance_days(60);
  expect_refused(world, body("EC"), expire("EC-0000001"), Reason::NOT_EXPIRED);
  world.advance_days(1);
  expect_refused(world, body("AE"), expire("EC-0000001"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("EC"), expire("EC-0000002"), Reason::UNKNOWN_CERTIFICATE);
  accept(world, body("EC"), expire("EC-0000001"));
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), 0);
}

TEST(CertArrive, SignerIsTheDestinationsImportingBody) {
  World world = shipped_to_ec();
  expect_refused(world, body("EC"), arrive("BW-0000009"), Reason::UNKNOWN_CERTIFICATE);
  expect_refused(world, body("AE"), arrive(kNumber), Reason::NOT_IMPORTING_AUTHORITY);
  expect_refused(world, body("BW"), arrive(kNumber), Reason::NOT_IMPORTING_AUTHORITY);
  expect_refused(world, body("EC", "EC-EXPORT"), arrive(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  accept(world, body("EC", "EC-IMPORT"), arrive(kNumber));
  EXPECT_EQ(world.state().certificate(kNumber).arrived_ms(), world.now().value);
}

TEST(CertLost, ByEitherSidesBodyOfTheRightRole) {
  World world = shipped_to_ec();
  expect_refused(world, body("BW"), lost("BW-0000009"), Reason::UNKNOWN_CERTIFICATE);
  expect_refused(world, body("AE"), lost(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, root("BW"), lost(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("EC", "EC-EXPORT"), lost(kNumber), Reason::SIGNER_NOT_AUTHORISED);
  accept(world, body("EC", "EC-IMPORT"), lost(kNumber));
}

TEST(CertReplace, GuardsInOrder) {
  World world = shipped_to_ec();
  world.advance_days(1);
  const auto replacement = [&world](const std::string& number, std::int64_t weight, std::int64_t value,
                                    const std::string& importer) {
    return replace(world, number, kNumber, importer, weight, value);
  };
  expect_refused(world, body("BW"), replace(world, "BW-0000002", "BW-0000009", "EC"), Reason::UNKNOWN_CERTIFICATE,
                 "events[0].certificate_replace.replaces");
  expect_refused(world, body("EC"), replacement(kNumber, 1, 1, "AE"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("BW"), replacement(kNumber, 1, 1, "AE"), Reason::WRONG_STATE);
  accept(world, body("BW"), lost(kNumber));
  expect_refused(world, body("BW"), replacement(kNumber, 1, 1, "AE"), Reason::DUPLICATE_NUMBER);
  expect_refused(world, body("BW"), replacement("ZA-0000002", kWeight + 1, kValue, "EC"), Reason::REPLACEMENT_DIFFERS);
  expect_refused(world, body("BW"), replacement("ZA-0000002", kWeight, kValue + 1, "EC"), Reason::REPLACEMENT_DIFFERS);
  expect_refused(world, body("BW"), replacement("ZA-0000002", kWeight, kValue, "AE"), Reason::REPLACEMENT_DIFFERS);
  expect_refused(world, body("BW"), replacement("ZA-0000002", kWeight, kValue, "EC"), Reason::PREFIX_MISMATCH);
  v1::Event dated = replacement("BW-0000002", kWeight, kValue, "EC");
  dated.mutable_certificate_replace()->set_issue_day(world.today() - 1);
  expect_refused(world, body("BW"), dated, Reason::BAD_DATES);
  dated = replacement("BW-0000002", kWeight, kValue, "EC");
  dated.mutable_certificate_replace()->set_expiry_day(world.today() + 61);
  expect_refused(world, body("BW"), dated, Reason::VALIDITY_TOO_LONG);
  accept(world, body("BW"), replacement("BW-0000002", kWeight, kValue, "EC"));
}

TEST(CertReplace, TheNewPaperTakesOverShipmentAndDraws) {
  World world;
  accept(world, body("EC"), event_of(reexport(world, "EC-0000001", "AE", {{"OPEN-EC-2007", 500}})));
  accept(world, body("EC"), ship("EC-0000001"));
  const std::int64_t shipped_ms = world.now().value;
  world.advance_days(3);
  accept(world, body("EC"), lost("EC-0000001"));
  accept(world, body("EC"), replace(world, "EC-0000002", "EC-0000001", "AE", 500));
  const v1::CertificateRecord old_paper = world.state().certificate("EC-0000001");
  const v1::CertificateRecord new_paper = world.state().certificate("EC-0000002");
  EXPECT_EQ(old_paper.replaced_by(), "EC-0000002");
  EXPECT_EQ(old_paper.sources_size(), 0);
  EXPECT_EQ(new_paper.replaces(), "EC-0000001");
  EXPECT_EQ(state_name(new_paper.state()), "SHIPPED");
  EXPECT_EQ(new_paper.shipped_ms(), shipped_ms);
  EXPECT_EQ(new_paper.sources_size(), 1);
  EXPECT_EQ(new_paper.issue_day(), world.today());
  EXPECT_EQ(new_paper.history_size(), 1);
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), 500);
  accept(world, body("AE"), refuse("EC-0000002"));
  accept(world, body("AE"), technical_issue("EC-0000002", "AE-T000001"));
  accept(world, body("EC"), technical_close("EC-0000002", "AE-T000001"));
  EXPECT_EQ(world.state().lot("OPEN-EC-2007").drawn_centicarats(), 0);
}

TEST(ExporterSide, OnlyTheExportersExportingBodySigns) {
  World world = shipped_to_ec();
  for (const v1::Event& event : {ship(kNumber), void_certificate(kNumber), expire(kNumber), correct(kNumber, kWeight),
                                 technical_close(kNumber, "EC-T000001"), replace(world, "BW-0000002", kNumber, "EC")}) {
    expect_refused(world, body("EC"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, body("ZA"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, root("BW"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, node("BW"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, trader("BW", "BW-TRADER-01"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, observer("WDC"), event, Reason::SIGNER_NOT_AUTHORISED);
  }
}

TEST(ImporterSide, OnlyTheDestinationsImportingBodySigns) {
  World world = shipped_to_ec();
  for (const v1::Event& event :
       {arrive(kNumber), confirm(kNumber, "EC"), supplement(kNumber, 5), hold(kNumber), refuse(kNumber), seize(kNumber),
        release(kNumber), forfeit(kNumber), technical_issue(kNumber, "EC-T000001")}) {
    expect_refused(world, body("BW"), event, Reason::NOT_IMPORTING_AUTHORITY);
    expect_refused(world, body("ZA"), event, Reason::NOT_IMPORTING_AUTHORITY);
    expect_refused(world, observer("WDC"), event, Reason::NOT_IMPORTING_AUTHORITY);
    expect_refused(world, root("EC"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, node("EC"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, body("EC", "EC-EXPORT"), event, Reason::SIGNER_NOT_AUTHORISED);
    expect_refused(world, trader("EC", "EC-TRADER-01"), event, Reason::SIGNER_NOT_AUTHORISED);
  }
}

TEST(EitherSide, EventsOnNumbersThatNoOneIssuedAreUnknown) {
  World world;
  const std::string number = "BW-0000009";
  for (const v1::Event& event :
       {arrive(number), confirm(number, "EC"), supplement(number, 5), hold(number), refuse(number), seize(number),
        release(number), forfeit(number), technical_issue(number, "EC-T000001"), correct(number, kWeight),
        technical_close(number, "EC-T000001"), acknowledge(number)})
    expect_refused(world, body("EC"), event, Reason::UNKNOWN_CERTIFICATE);
}

}  // namespace
}  // namespace kimberlite::ledger::test
