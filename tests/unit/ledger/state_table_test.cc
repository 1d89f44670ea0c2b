// The whole state table of a certificate: every event in every state, 16 states by 19 events, so that what is not a row
// of the scheme's table is shown to be refused. Does not cover the guards on amounts, dates and measures: see the tests
// of the single events.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <ostream>
#include <string>

#include "node/ledger/certificate/record.h"
#include "tests/unit/ledger/event_builders.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {
namespace {

enum class Side { kExporter, kImporter, kExpert, kTrader };

/// One event and what it does in each state.
struct TableRow {
  std::string name;  ///< rows of the scheme's table
  Side side;
  int days_later;
  std::function<v1::Event(const World&, const std::string&)> event;
  std::map<v1::CertificateState, v1::CertificateState> moves;
  std::map<v1::CertificateState, Reason> other_refusals;  ///< elsewhere WRONG_STATE
};

std::ostream& operator<<(std::ostream& out, const TableRow& row) {
  return out << row.name;
}

constexpr auto kPending = v1::CERTIFICATE_STATE_PENDING_COAPPROVAL;
constexpr auto kIssued = v1::CERTIFICATE_STATE_ISSUED;
constexpr auto kVoided = v1::CERTIFICATE_STATE_VOIDED;
constexpr auto kExpired = v1::CERTIFICATE_STATE_EXPIRED;
constexpr auto kShipped = v1::CERTIFICATE_STATE_SHIPPED;
constexpr auto kArrived = v1::CERTIFICATE_STATE_ARRIVED;
constexpr auto kHeld = v1::CERTIFICATE_STATE_HELD;
constexpr auto kConfirmed = v1::CERTIFICATE_STATE_CONFIRMED;
constexpr auto kShort = v1::CERTIFICATE_STATE_CONFIRMED_SHORT;
constexpr auto kRefused = v1::CERTIFICATE_STATE_REFUSED;
constexpr auto kReturning = v1::CERTIFICATE_STATE_RETURNING;
constexpr auto kReturned = v1::CERTIFICATE_STATE_RETURNED;
constexpr auto kLost = v1::CERTIFICATE_STATE_LOST;
constexpr auto kReplaced = v1::CERTIFICATE_STATE_REPLACED;
constexpr auto kSeized = v1::CERTIFICATE_STATE_SEIZED;
constexpr auto kForfeited = v1::CERTIFICATE_STATE_FORFEITED;

const std::map<v1::CertificateState, Reason> kUnshipped = {{kPending, Reason::NOT_SHIPPED},
                                                           {kIssued, Reason::NOT_SHIPPED}};
const std::map<v1::CertificateState, Reason> kReceipts = {{kPending, Reason::NOT_SHIPPED},
                                                          {kIssued, Reason::NOT_SHIPPED},
                                                          {kConfirmed, Reason::ALREADY_CONFIRMED},
                                                          {kShort, Reason::ALREADY_CONFIRMED}};

/// An event that needs nothing but the number.
std::function<v1::Event(const World&, const std::string&)> plain(v1::Event (*make)(const std::string&)) {
  return [make](const World&, const std::string& number) { return make(number); };
}

/// Rows that the exporter (or an expert for it) signs.
std::vector<TableRow> exporters_rows() {
  return {
      {"Row4CertCoapprove", Side::kExpert, 0, plain(coapprove), {{kPending, kIssued}}, {}},
      {"Rows5And8CertVoid", Side::kExporter, 0, plain(void_certificate), {{kPending, kVoided}, {kIssued, kVoided}}, {}},
      {"Rows7And10CertShip",
       Side::kExporter,
       0,
       plain(ship),
       {{kIssued, kShipped}},
       {{kPending, Reason::CO_APPROVAL_MISSING}}},
      {"Row9CertExpire", Side::kExporter, 61, plain(expire), {{kPending, kExpired}, {kIssued, kExpired}}, {}},
      {"Row17CertCorrect",
       Side::kExporter,
       0,
       [](const World&, const std::string& number) { return correct(number, kWeight + 5); },
       {{kHeld, kHeld}},
       {}},
      {"Row20TechClose",
       Side::kExporter,
       0,
       [](const World&, const std::string& number) { return technical_close(number, "EC-T000001"); },
       {{kReturning, kReturned}},
       {}},
      {"Row21CertLostByExporter", Side::kExporter, 0, plain(lost), {{kShipped, kLost}}, {}},
      {"Row22CertReplace",
       Side::kExporter,
       0,
       [](const World& world, const std::string& number) { return replace(world, "BW-0000003", number, "EC"); },
       {{kLost, kReplaced}},
       {}},
  };
}

/// Rows by which the destination, or its importer, receives goods.
std::vector<TableRow> receipt_rows() {
  return {
      {"Row13ReceiptConfirmFull",
       Side::kImporter,
       0,
       [](const World&, const std::string& number) { return confirm(number, "EC"); },
       {{kShipped, kConfirmed}, {kArrived, kConfirmed}, {kHeld, kConfirmed}},
       kReceipts},
      {"Row14ReceiptConfirmShort",
       Side::kImporter,
       0,
       [](const World&, const std::string& number) { return confirm(number, "EC", kWeight * 9 / 10); },
       {{kShipped, kShort}, {kArrived, kShort}, {kHeld, kShort}},
       kReceipts},
      {"Row15ReceiptSupplement",
       Side::kImporter,
       0,
       [](const World&, const std::string& number) { return supplement(number, kWeight / 10); },
       {{kShort, kConfirmed}},
       {}},
      {"Row15ReceiptSupplementOfAPart",
       Side::kImporter,
       0,
       [](const World&, const std::string& number) { return supplement(number, kWeight / 20); },
       {{kShort, kShort}},
       {}},
      {"Row16ReceiptHold", Side::kImporter, 0, plain(hold), {{kShipped, kHeld}, {kArrived, kHeld}}, {}},
      {"Row18ReceiptRefuse",
       Side::kImporter,
       0,
       plain(refuse),
       {{kShipped, kRefused}, {kArrived, kRefused}, {kHeld, kRefused}},
       {}},
      {"ReceiptAcknowledgeUnderAuthorityOnly",
       Side::kTrader,
       0,
       [](const World&, const std::string& number) { return acknowledge(number); },
       {{kShipped, kShipped}, {kArrived, kArrived}, {kHeld, kHeld}},
       kUnshipped},
  };
}

/// The destination's other rows.
std::vector<TableRow> other_importers_rows() {
  return {
      {"Rows11And12CertArrive", Side::kImporter, 0, plain(arrive), {{kShipped, kArrived}, {kLost, kArrived}}, {}},
      {"Row19TechIssue",
       Side::kImporter,
       0,
       [](const World&, const std::string& number) { return technical_issue(number, "EC-T000002"); },
       {{kRefused, kReturning}},
       {}},
      {"Row21CertLostByImporter", Side::kImporter, 0, plain(lost), {{kShipped, kLost}}, {}},
      {"Row23CertSeize",
       Side::kImporter,
       0,
       plain(seize),
       {{kShipped, kSeized}, {kArrived, kSeized}, {kHeld, kSeized}},
       {}},
      {"Row24SeizureRelease", Side::kImporter, 0, plain(release), {{kSeized, kArrived}}, {}},
      {"Row25SeizureForfeit", Side::kImporter, 0, plain(forfeit), {{kSeized, kForfeited}}, {}},
  };
}

std::vector<TableRow> table() {
  std::vector<TableRow> all = exporters_rows();
  for (const std::vector<TableRow>& rows : {receipt_rows(), other_importers_rows()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

Signer signer_of(const TableRow& row, const v1::CertificateRecord& certificate) {
  switch (row.side) {
    case Side::kExporter:
      return body(certificate.exporter());
    case Side::kImporter:
      return body(certificate.importer());
    case Side::kExpert:
      return observer("WDC");
    case Side::kTrader:
      return trader(certificate.importer(), certificate.importer_trader());
  }
  return {};
}

class StateTable : public testing::TestWithParam<TableRow> {};

TEST_P(StateTable, EveryStateMovesOrRefusesAsTheTableSays) {
  const TableRow& row = GetParam();
  for (const v1::CertificateState from : all_states()) {
    SCOPED_TRACE(std::string(state_name(from)));
    World world;
    const std::string number = certificate_in(world, from);
    world.advance_days(row.days_later);
    const v1::CertificateRecord before = world.state().certificate(number);
    const StateChanges records_before = world.state().records();
    const Outcome outcome = world.submit(signer_of(row, before), row.event(world, number));

    const auto move = row.moves.find(from);
    if (move != row.moves.end()) {
      EXPECT_EQ(outcome.verdict(), "accepted") << (outcome.refusal ? outcome.refusal->message : "");
      const v1::CertificateRecord after = world.state().certificate(number);
      EXPECT_EQ(state_name(after.state()), state_name(move->second));
      ASSERT_EQ(after.history_size(), before.history_size() + 1);
      EXPECT_EQ(after.history(after.history_size() - 1).at_ms(), world.now().value);
    } else {
      const auto other = row.other_refusals.find(from);
      EXPECT_EQ(outcome.verdict(),
                reason_name(other == row.other_refusals.end() ? Reason::WRONG_STATE : other->second));
      EXPECT_EQ(world.state().changed_since(records_before), std::vector<std::string>{});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, StateTable, testing::ValuesIn(table()),
                         [](const testing::TestParamInfo<TableRow>& row) { return row.param.name; });

}  // namespace
}  // namespace kimberlite::ledger::test
