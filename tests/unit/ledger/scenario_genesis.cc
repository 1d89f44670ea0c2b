#include "tests/unit/ledger/scenario_genesis.h"

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proto/civil_time.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {
namespace {

using CsvRow = std::map<std::string, std::string>;

std::vector<std::string> split_csv(const std::string& row) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char character : row) {
    if (character == '"') {
      quoted = !quoted;
    } else if (character == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += character;
    }
  }
  return fields;
}

std::vector<CsvRow> read_csv(const std::string& name) {
  std::ifstream file(data_folder() + name);
  std::string row;
  if (!std::getline(file, row)) throw std::runtime_error("no " + name + " in " + data_folder());
  const std::vector<std::string> header = split_csv(row);
  std::vector<CsvRow> rows;
  while (std::getline(file, row)) {
    const std::vector<std::string> fields = split_csv(row);
    CsvRow named;
    for (std::size_t column = 0; column < header.size(); ++column) named[header[column]] = fields.at(column);
    rows.push_back(named);
  }
  return rows;
}

/// The first instant of "2007-05-04", "2005-09" or "2003".
std::int64_t first_instant_ms(const std::string& date) {
  const std::string_view rest = "-01-01";
  const std::string padded =
      date + std::string(rest.substr(date.size() - 4 < rest.size() ? date.size() - 4 : rest.size()));
  return parse_date(padded).value() * kDayMs;
}

std::string bytes_of(const PublicKey& key) {
  return std::string(key.view());
}

void add_dated_body(v1::GenesisParticipant& participant, const std::string& holder, std::int64_t from_ms,
                    std::int64_t to_ms) {
  v1::GenesisKey& key = *participant.add_bodies();
  key.set_holder(holder);
  key.set_public_key(bytes_of(body(participant.code(), holder).key));
  key.set_exporting(true);
  key.set_importing(true);
  key.set_from_ms(from_ms);
  key.set_to_ms(to_ms);
}

void add_bodies(v1::GenesisParticipant& participant) {
  if (participant.code() != "EC") return add_dated_body(participant, usual_body(participant.code()), 0, 0);
  for (const CsvRow& office : read_csv("eu-authorities.csv")) {
    const std::string& to = office.at("valid_to");
    add_dated_body(participant, office.at("body_code"), first_instant_ms(office.at("valid_from")),
                   to.empty() ? 0 : first_instant_ms(to) + kDayMs);
  }
}

void add_traders(v1::GenesisParticipant& participant) {
  for (int number = 1; number <= kTradersEach; ++number) {
    v1::GenesisKey& key = *participant.add_traders();
    key.set_holder(participant.code() + "-TRADER-" + (number < 10 ? "0" : "") + std::to_string(number));
    key.set_public_key(bytes_of(trader(participant.code(), key.holder()).key));
  }
}

void add_participant(v1::Genesis& genesis, const CsvRow& row) {
  v1::GenesisParticipant& participant = *genesis.add_participants();
  participant.set_code(row.at("code"));
  participant.set_name(row.at("name"));
  participant.set_member_states(static_cast<std::uint32_t>(std::stoul(row.at("member_states"))));
  participant.set_role(row.at("role"));
  participant.set_admitted_ms(first_instant_ms(row.at("admitted")));
  participant.set_root_key(bytes_of(root(participant.code()).key));
  add_bodies(participant);
  add_traders(participant);
  participant.add_receipt_policies()->set_policy(participant.code() == "IN" ? v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY
                                                                            : v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  if (participant.code() == "LR") {
    v1::GenesisPrefix& prefix = *genesis.add_prefixes();
    prefix.set_prefix("LR");
    prefix.set_participant("LR");
  }
  for (const std::string_view validator : {"BW", "EC", "IN", "AE"})
    if (participant.code() == validator) participant.set_node_key(bytes_of(node(participant.code()).key));
}

}  // namespace

v1::Genesis scenario_genesis(const Scenario& scenario) {
  v1::Genesis genesis = scenario.opening;
  genesis.set_format(1);
  genesis.set_network_name("kimberlite.example/2007");
  genesis.set_genesis_time_ms(parse_time("2007-01-01T00:00:00Z")->value);
  genesis.set_clock(v1::CLOCK_REPLAY);
  genesis.set_clock_key(bytes_of(clock_signer().key));
  genesis.set_sanctions_key(bytes_of(sanctions().key));
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  for (const CsvRow& row : read_csv("participants-2007.csv")) add_participant(genesis, row);
  for (const CsvRow& row : read_csv("observers.csv")) {
    v1::GenesisObserver& entry = *genesis.add_observers();
    entry.set_code(row.at("code"));
    entry.set_name(row.at("name"));
    entry.set_kind(row.at("kind"));
    entry.set_public_key(bytes_of(observer(row.at("code")).key));
  }
  return genesis;
}

}  // namespace kimberlite::ledger::test
