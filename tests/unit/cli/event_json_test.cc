// Events <-> JSON: the scenario's lines survive the round trip, and each kind of bad input gets its own reason.
#include "cli/event_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "cli/message_json.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"

namespace kimberlite::cli {
namespace {

namespace json = boost::json;

json::object object_of(std::string_view text) {
  return json::parse(text).get_object();
}

Error error_of(std::string_view text) {
  const auto event = event_from_json(object_of(text));
  return event ? Error{} : event.error();
}

TEST(EventJson, ReadsAmountsDatesAndLists) {
  const auto event = event_from_json(object_of(
      R"({"seq":65,"t":"2007-01-02T10:10:26Z","actor":"AM","action":"cert.issue","number":"AM-0002301","body":"AM-AUTHORITY",
          "importer":"EC","basis":"reexport","origin":"","carats":"330.77","usd":"20524.27","parcels":1,
          "hs":[{"hs":"710231","carats":"330.77","usd":"20524.27"}],"exporter_name":"AM trader 10",
          "importer_name":"EC trader 06","issue_date":"2007-01-02","expiry_date":"2007-03-03",
          "sources":[{"number":"OPEN-AM-2007","carats":"330.77"}],"expect":"accepted","reason":""})"));
  ASSERT_TRUE(event.has_value()) << event.error().to_string();
  const auto& issue = event->certificate_issue();
  EXPECT_EQ(issue.weight_centicarats(), 33077);
  EXPECT_EQ(issue.value_cents(), 2052427);
  EXPECT_EQ(issue.basis(), v1::BASIS_REEXPORT);
  EXPECT_EQ(issue.hs_lines(0).code(), "710231");
  EXPECT_EQ(issue.sources(0).number(), "OPEN-AM-2007");
  EXPECT_EQ(issue.sources(0).weight_centicarats(), 33077);
  EXPECT_EQ(issue.exporter_trader(), "AM-TRADER-10");
  EXPECT_EQ(issue.importer_trader(), "EC-TRADER-06");
  EXPECT_EQ(issue.issue_day(), 13515);
  EXPECT_EQ(issue.expiry_day(), 13575);
}

TEST(EventJson, ScenarioLinesSurviveTheRoundTrip) {
  std::ifstream file(KIMBERLITE_SOURCE_DIR "/deploy/quickstart/data/scenario-2007.ndjson");
  ASSERT_TRUE(file.is_open());
  std::set<std::string> seen;
  std::string line;
  while (std::getline(file, line)) {
    const json::object object = object_of(line);
    const std::string action(object.at("action").get_string());
    if (!is_known_action(action)) {
      continue;
    }
    seen.insert(action);
    const auto event = event_from_json(object);
    ASSERT_TRUE(event.has_value()) << line << "\n" << event.error().to_string();
    const auto again = event_from_json(event_to_json(*event));
    ASSERT_TRUE(again.has_value()) << line << "\n" << again.error().to_string();
    ASSERT_EQ(again->SerializeAsString(), event->SerializeAsString()) << line;
  }
  EXPECT_GE(seen.size(), 18U);
}

TEST(EventJson, EveryEventOfTheSchemaHasAName) {
  const auto names = known_actions();
  EXPECT_EQ(names.size(), static_cast<std::size_t>(v1::Event::descriptor()->FindOneofByName("kind")->field_count()));
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
  for (const auto name : names) {
    EXPECT_FALSE(name.empty());
  }
}

TEST(EventJson, BadInputIsNamed) {
  const std::vector<std::tuple<std::string, Reason, std::string>> cases{
      {R"({"number":"BW-0000001"})", Reason::BAD_REQUEST, "action"},
      {R"({"action":"motion.open"})", Reason::BAD_REQUEST, "action"},
      {R"({"action":"cert.ship","number":"BW-0000001","colour":"blue"})", Reason::UNKNOWN_FIELD, "colour"},
      {R"({"action":"cert.ship","number":7})", Reason::BAD_REQUEST, "number"},
      {R"({"action":"cert.ship","seals":"S1"})", Reason::BAD_REQUEST, "seals"},
      {R"({"action":"receipt.confirm","carats":"-1.00"})", Reason::BAD_AMOUNT, "carats"},
      {R"({"action":"receipt.confirm","carats":"1.001"})", Reason::BAD_AMOUNT, "carats"},
      {R"({"action":"receipt.confirm","carats":1.5})", Reason::BAD_REQUEST, "carats"},
      {R"({"action":"receipt.confirm","parcels":-1})", Reason::FIELD_OUT_OF_RANGE, "parcels"},
      {R"({"action":"receipt.confirm","parcels":"one"})", Reason::BAD_REQUEST, "parcels"},
      {R"({"action":"receipt.confirm","parcels":4294967296})", Reason::FIELD_OUT_OF_RANGE, "parcels"},
      {R"({"action":"cert.issue","issue_date":"2007-02-30"})", Reason::BAD_DATES, "issue_date"},
      {R"({"action":"cert.issue","basis":"gift"})", Reason::FIELD_OUT_OF_RANGE, "basis"},
      {R"({"action":"cert.issue","hs":[{"hs":"710231","carats":"x"}]})", Reason::BAD_AMOUNT, "hs[0].carats"},
      {R"({"action":"cert.issue","private_digest":"zz"})", Reason::BAD_REQUEST, "private_digest"},
      {R"({"action":"receipt.acknowledge","seals_intact":"perhaps"})", Reason::BAD_REQUEST, "seals_intact"},
  };
  for (const auto& [text, reason, field] : cases) {
    const Error error = error_of(text);
    EXPECT_EQ(reason_name(error.reason), reason_name(reason)) << text;
    EXPECT_EQ(error.field, field) << text;
    EXPECT_FALSE(error.message.empty()) << text;
  }
}

TEST(EventJson, AFieldThatIsUnknownIsAnsweredWithThoseThatAreNot) {
  const Error error = error_of(R"({"action":"key.revoke","key":"aa"})");
  EXPECT_EQ(error.reason, Reason::UNKNOWN_FIELD);
  EXPECT_EQ(error.field, "key");
  EXPECT_NE(error.message.find("there are public_key"), std::string::npos) << error.message;
}

TEST(EventJson, AValueThatIsNoneIsAnsweredWithThoseThatAre) {
  const Error error = error_of(R"({"action":"cert.issue","basis":"gift"})");
  EXPECT_EQ(error.message, "\"gift\" is none of production, reexport");
}

TEST(MessageJson, RecordsReadWell) {
  v1::CertificateRecord record;
  record.set_number("BW-0000001");
  record.set_state(v1::CERTIFICATE_STATE_CONFIRMED_SHORT);
  record.set_received_centicarats(1250);
  record.set_received_value_cents(99);
  record.set_shipped_ms(1'167'734'400'000);
  record.set_expiry_day(13575);
  record.add_seals("S1");
  record.add_seals("S2");
  EXPECT_EQ(json::serialize(message_to_json(record)),
            R"({"number":"BW-0000001","state":"confirmed_short","expiry_date":"2007-03-03","seals":["S1","S2"],)"
            R"("shipped":"2007-01-02T10:40:00Z","received_carats":"12.50","received_usd":"0.99"})");
  EXPECT_EQ(json_text(json::parse(R"(["a",["b"],{"c":1}])")), "a, b, 1");
}

TEST(EventJson, TraderPseudonyms) {
  EXPECT_EQ(trader_pseudonym("EC trader 06"), "EC-TRADER-06");
  EXPECT_EQ(trader_pseudonym("EC-TRADER-06"), "EC-TRADER-06");
}

}  // namespace
}  // namespace kimberlite::cli
