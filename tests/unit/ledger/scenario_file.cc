#include "tests/unit/ledger/scenario_file.h"

#include <boost/json/src.hpp>

#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>

#include "proto/civil_time.h"
#include "proto/decimal.h"

namespace kimberlite::ledger::test {
namespace {

using Json = boost::json::object;

std::string text(const Json& line, std::string_view field) {
  const boost::json::value* value = line.if_contains(field);
  return value == nullptr ? "" : std::string(value->as_string());
}

std::int64_t hundredths(const Json& line, std::string_view field) {
  return parse_hundredths(text(line, field)).value();
}
std::int32_t day(const Json& line, std::string_view field) {
  return parse_date(text(line, field)).value();
}

std::uint32_t parcels(const Json& line) {
  return static_cast<std::uint32_t>(line.at("parcels").as_int64());
}

/// "EC trader 05" as the pseudonym "EC-TRADER-05".
std::string pseudonym(std::string name) {
  for (char& character : name) character = character == ' ' ? '-' : static_cast<char>(std::toupper(character));
  return name;
}

v1::MeasureKind measure_kind(const Json& line) {
  static const std::map<std::string, v1::MeasureKind> kKinds = {
      {"embargo_origin", v1::MEASURE_KIND_EMBARGO_ORIGIN},
      {"suspension", v1::MEASURE_KIND_SUSPENSION},
      {"monitored_export", v1::MEASURE_KIND_MONITORED_EXPORT}};
  return kKinds.at(text(line, "kind"));
}

void read_hs_lines(const Json& line, google::protobuf::RepeatedPtrField<v1::HsLine>& lines) {
  for (const boost::json::value& entry : line.at("hs").as_array()) {
    v1::HsLine& hs_line = *lines.Add();
    hs_line.set_code(text(entry.as_object(), "hs"));
    hs_line.set_weight_centicarats(hundredths(entry.as_object(), "carats"));
    hs_line.set_value_cents(hundredths(entry.as_object(), "usd"));
  }
}

/// Fields that many messages share.
template <typename Message>
void read_amounts(const Json& line, Message& message) {
  message.set_weight_centicarats(hundredths(line, "carats"));
  message.set_value_cents(hundredths(line, "usd"));
}

template <typename Message>
void read_number_and_cause(const Json& line, Message& message) {
  message.set_number(text(line, "number"));
  message.set_cause(text(line, "cause"));
}

void read_issue(const Json& line, v1::CertificateIssue& issue) {
  issue.set_number(text(line, "number"));
  issue.set_body(text(line, "body"));
  issue.set_importer(text(line, "importer"));
  issue.set_basis(text(line, "basis") == "production" ? v1::BASIS_PRODUCTION : v1::BASIS_REEXPORT);
  issue.set_origin(text(line, "origin"));
  read_amounts(line, issue);
  issue.set_parcels(parcels(line));
  read_hs_lines(line, *issue.mutable_hs_lines());
  for (const boost::json::value& entry : line.at("sources").as_array()) {
    v1::Source& source = *issue.add_sources();
    source.set_number(text(entry.as_object(), "number"));
    source.set_weight_centicarats(hundredths(entry.as_object(), "carats"));
  }
  issue.set_issue_day(day(line, "issue_date"));
  issue.set_expiry_day(day(line, "expiry_date"));
  issue.set_exporter_trader(pseudonym(text(line, "exporter_name")));
  issue.set_importer_trader(pseudonym(text(line, "importer_name")));
}

void read_replace(const Json& line, v1::CertificateReplace& replacement) {
  replacement.set_number(text(line, "number"));
  replacement.set_replaces(text(line, "replaces"));
  replacement.set_importer(text(line, "importer"));
  read_amounts(line, replacement);
  replacement.set_issue_day(day(line, "issue_date"));
  replacement.set_expiry_day(day(line, "expiry_date"));
}

void read_confirm(const Json& line, v1::ReceiptConfirm& confirmation) {
  confirmation.set_number(text(line, "number"));
  confirmation.set_body(text(line, "body"));
  read_amounts(line, confirmation);
  confirmation.set_parcels(parcels(line));
  confirmation.set_exporter(text(line, "exporter"));
}

void read_incident(const Json& line, v1::IncidentReport& report) {
  report.set_number(text(line, "number"));
  report.set_kind(text(line, "kind"));
  report.set_claimed_exporter(text(line, "claimed_exporter"));
  read_amounts(line, report);
  report.set_goods(text(line, "goods"));
}

void read_impose(const Json& line, v1::MeasureImpose& measure) {
  measure.set_id(text(line, "id"));
  measure.set_target(text(line, "target"));
  measure.set_kind(measure_kind(line));
  measure.set_imposed_by(text(line, "imposed_by"));
  measure.set_motion(text(line, "motion"));
}

void read_lift(const Json& line, v1::MeasureLift& lift) {
  lift.set_id(text(line, "id"));
  lift.set_decision(text(line, "decision"));
  lift.set_motion(text(line, "motion"));
}

using Reader = void (*)(const Json&, v1::Event&);

using Readers = std::map<std::string, Reader>;

Readers certificate_readers() {
  return {
      {"cert.issue", [](const Json& line, v1::Event& event) { read_issue(line, *event.mutable_certificate_issue()); }},
      {"cert.coapprove",
       [](const Json& line, v1::Event& event) {
         event.mutable_certificate_coapprove()->set_number(text(line, "number"));
         event.mutable_certificate_coapprove()->set_finding(text(line, "finding"));
       }},
      {"cert.void",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_certificate_void()); }},
      {"cert.expire",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_certificate_expire()); }},
      {"cert.ship",
       [](const Json& line, v1::Event& event) {
         event.mutable_certificate_ship()->set_number(text(line, "number"));
         for (const boost::json::value& seal : line.at("seals").as_array())
           event.mutable_certificate_ship()->add_seals(std::string(seal.as_string()));
       }},
      {"cert.arrive", [](const Json& line,
                         v1::Event& event) { event.mutable_certificate_arrive()->set_number(text(line, "number")); }},
      {"cert.correct",
       [](const Json& line, v1::Event& event) {
         v1::CertificateCorrect& correction = *event.mutable_certificate_correct();
         read_number_and_cause(line, correction);
         read_amounts(line, correction);
         read_hs_lines(line, *correction.mutable_hs_lines());
       }},
      {"cert.lost",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_certificate_lost()); }},
      {"cert.replace",
       [](const Json& line, v1::Event& event) { read_replace(line, *event.mutable_certificate_replace()); }},
      {"cert.seize",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_certificate_seize()); }},
  };
}

Readers other_readers() {
  return {
      {"seizure.release",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_seizure_release()); }},
      {"seizure.forfeit",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_seizure_forfeit()); }},
      {"receipt.confirm",
       [](const Json& line, v1::Event& event) { read_confirm(line, *event.mutable_receipt_confirm()); }},
      {"receipt.supplement",
       [](const Json& line, v1::Event& event) {
         v1::ReceiptSupplement& supplement = *event.mutable_receipt_supplement();
         supplement.set_number(text(line, "number"));
         read_amounts(line, supplement);
         supplement.set_parcels(parcels(line));
       }},
      {"receipt.hold",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_receipt_hold()); }},
      {"receipt.refuse",
       [](const Json& line, v1::Event& event) { read_number_and_cause(line, *event.mutable_receipt_refuse()); }},
      {"tech.issue",
       [](const Json& line, v1::Event& event) {
         read_number_and_cause(line, *event.mutable_technical_issue());
         event.mutable_technical_issue()->set_technical(text(line, "tech"));
       }},
      {"tech.close",
       [](const Json& line, v1::Event& event) {
         event.mutable_technical_close()->set_number(text(line, "number"));
         event.mutable_technical_close()->set_technical(text(line, "tech"));
       }},
      {"incident.report",
       [](const Json& line, v1::Event& event) { read_incident(line, *event.mutable_incident_report()); }},
      {"measure.impose",
       [](const Json& line, v1::Event& event) { read_impose(line, *event.mutable_measure_impose()); }},
      {"measure.lift", [](const Json& line, v1::Event& event) { read_lift(line, *event.mutable_measure_lift()); }},
  };
}

/// The actions that this ledger understands.
const Readers& readers() {
  static const Readers kReaders = [] {
    Readers all = certificate_readers();
    all.merge(other_readers());
    return all;
  }();
  return kReaders;
}

/// Puts a line of the first instant into the genesis. False if it is none.
bool read_opening(const Json& line, TimeMs time, v1::Genesis& opening) {
  const std::string action = text(line, "action");
  if (action == "lot.open") {
    v1::GenesisLot& lot = *opening.add_lots();
    lot.set_lot(text(line, "lot"));
    lot.set_holder(text(line, "actor"));
    lot.set_origin(text(line, "origin"));
    lot.set_weight_centicarats(hundredths(line, "carats"));
    return true;
  }
  if (text(line, "actor") != "GENESIS") return false;
  if (action == "roll.admit") {
    v1::GenesisPrefix& prefix = *opening.add_prefixes();
    prefix.set_prefix(text(line, "prefix"));
    prefix.set_participant(text(line, "code"));
  } else if (action == "chair.set") {
    opening.mutable_chair()->set_chair(text(line, "chair"));
    opening.mutable_chair()->set_vice_chair(text(line, "vice"));
    opening.mutable_chair()->set_term(static_cast<std::uint32_t>(line.at("term").as_int64()));
  } else if (action == "measure.impose") {
    v1::GenesisMeasure& measure = *opening.add_measures();
    measure.set_id(text(line, "id"));
    measure.set_target(text(line, "target"));
    measure.set_kind(measure_kind(line));
    measure.set_imposed_by(text(line, "imposed_by"));
    for (const boost::json::value& approver : line.at("approvers").as_array())
      measure.add_approvers(std::string(approver.as_string()));
    measure.set_from_ms(time.value);
  } else {
    throw std::runtime_error("unknown opening line: " + action);
  }
  return true;
}

ScenarioLine read_line(const Json& json, TimeMs time) {
  ScenarioLine line;
  line.sequence = static_cast<int>(json.at("seq").as_int64());
  line.time = time;
  line.actor = text(json, "actor");
  line.action = text(json, "action");
  line.body = text(json, "body");
  line.expected = text(json, "expect") == "accepted" ? "accepted" : text(json, "reason");
  if (const auto reader = readers().find(line.action); reader != readers().end())
    reader->second(json, line.event.emplace());
  return line;
}

}  // namespace

std::string data_folder() {
  return std::string(KIMBERLITE_SOURCE_DIR) + "/deploy/quickstart/data/";
}

Scenario read_scenario() {
  std::ifstream file(data_folder() + "scenario-2007.ndjson");
  if (!file) throw std::runtime_error("no scenario in " + data_folder());
  Scenario scenario;
  std::string row;
  while (std::getline(file, row)) {
    const boost::json::value parsed = boost::json::parse(row);
    const Json& json = parsed.as_object();
    const TimeMs time = parse_time(text(json, "t")).value();
    if (!read_opening(json, time, scenario.opening)) scenario.lines.push_back(read_line(json, time));
  }
  return scenario;
}

}  // namespace kimberlite::ledger::test
