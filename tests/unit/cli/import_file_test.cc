// Import files: CSV and NDJSON, good rows and each kind of bad row; lines about the beginning against the genesis
// document; and the journal that makes an import resumable.
#include "cli/import/import_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/files.h"
#include "cli/import/csv.h"
#include "cli/import/genesis_line.h"
#include "cli/import/import_report.h"
#include "cli/import/journal.h"
#include "cli/network/network_template.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

TEST(Csv, QuotesAndLineBreaks) {
  const auto rows = parse_csv("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\nlast,\n");
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[1].cells, (std::vector<std::string>{"x, \"y\"", "two\nlines"}));
  EXPECT_EQ((*rows)[1].line, 2U);
  EXPECT_EQ((*rows)[2].cells, (std::vector<std::string>{"last", ""}));
  EXPECT_EQ((*rows)[2].line, 5U);
}

TEST(Csv, BrokenQuotesAreNamedByLine) {
  EXPECT_EQ(parse_csv("a\n\"never ends").error().field, "line 2");
  EXPECT_EQ(parse_csv("a\n\"x\"y\n").error().field, "line 2");
}

// Only CR LF and LF end a row: a CR elsewhere is text, and must not make two rows of one line.
TEST(Csv, ALoneCarriageReturnIsText) {
  const auto rows = parse_csv("a\rb,c\r\nd\r");
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].cells, (std::vector<std::string>{"a\rb", "c"}));
  EXPECT_EQ((*rows)[1].cells, (std::vector<std::string>{"d\r"}));
  EXPECT_EQ((*rows)[1].line, 2U);
  EXPECT_EQ(parse_csv("a\n\"x\"\ry\n").error().field, "line 2");
}

TEST(ImportFile, CsvThatIsNotUtf8IsNamed) {
  const auto file = read_import("event,number\ncert.ship,BW\xff\ncert.ship,BW-0000001\n", ImportFormat::kCsv);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(file->lines[0].fault.has_value());
  EXPECT_EQ(file->lines[0].fault->reason, Reason::NOT_UTF8);
  EXPECT_EQ(file->lines[0].fault->field, "number");
  EXPECT_FALSE(file->lines[1].fault.has_value());
  EXPECT_EQ(read_import("event,\xff\n", ImportFormat::kCsv).error().reason, Reason::NOT_UTF8);
}

TEST(ImportFile, AByteOrderMarkIsSkipped) {
  const auto file = read_import(
      "\xEF\xBB\xBF"
      "event,number\r\ncert.ship,BW-0000001\r\n",
      ImportFormat::kCsv);
  ASSERT_TRUE(file.has_value()) << file.error().to_string();
  ASSERT_EQ(file->lines.size(), 1U);
  EXPECT_FALSE(file->lines[0].fault.has_value());
}

TEST(ImportFile, CsvRowsBecomeEvents) {
  const auto file = read_import(
      "event,actor,number,body,importer,basis,origin,carats,usd,parcels,hs,sources,issue_date,expiry_date,seals\n"
      "cert.issue,BW,BW-0000001,BW-AUTHORITY,EC,production,BW,3.00,30.00,2,710231:1.00:10.00;710221:2.00:20.00,,"
      "2007-01-02,2007-03-01,\n"
      "cert.ship,BW,BW-0000001,,,,,,,,,,,,S1;S2\n"
      "cert.issue,EC,EC-0000001,EC-AUTHORITY,IN,reexport,,1.00,9.00,1,710231:1.00:9.00,OPEN-EC:1.00,2007-01-02,2007-03-"
      "01,\n",
      ImportFormat::kCsv);
  ASSERT_TRUE(file.has_value()) << file.error().to_string();
  ASSERT_EQ(file->lines.size(), 3U);
  for (const auto& line : file->lines) {
    ASSERT_FALSE(line.fault.has_value()) << line.fault->to_string();
    ASSERT_TRUE(line.event);
  }
  EXPECT_EQ(file->lines[0].event->certificate_issue().hs_lines(1).weight_centicarats(), 200);
  EXPECT_EQ(file->lines[0].event->certificate_issue().parcels(), 2U);
  EXPECT_EQ(file->lines[1].event->certificate_ship().seals(1), "S2");
  EXPECT_EQ(file->lines[1].number, 3U);
  EXPECT_EQ(file->lines[2].event->certificate_issue().sources(0).number(), "OPEN-EC");
}

TEST(ImportFile, BadCsvRowsAreNamedAndDoNotStopTheOthers) {
  const auto file = read_import(
      "event,actor,number,carats,hs\n"
      "cert.arrive,EC\n"
      "cert.issue,BW,BW-0000001,x,\n"
      "cert.issue,BW,BW-0000001,1.00,710231:1.00\n"
      ",BW,BW-0000001,1.00,\n"
      "cert.arrive,EC,BW-0000001,,\n",
      ImportFormat::kCsv);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->lines.size(), 5U);
  EXPECT_EQ(file->lines[0].fault->field, "row");
  EXPECT_EQ(file->lines[1].fault->reason, Reason::BAD_AMOUNT);
  EXPECT_EQ(file->lines[2].fault->field, "hs");
  EXPECT_EQ(file->lines[3].fault->field, "action");
  EXPECT_FALSE(file->lines[4].fault.has_value());
  EXPECT_FALSE(read_import("number\nBW-0000001\n", ImportFormat::kCsv).has_value());
  EXPECT_FALSE(read_import("", ImportFormat::kCsv).has_value());
}

TEST(ImportFile, BadNdjsonLinesAreNamed) {
  const auto file = read_import(
      "{\"action\":\"cert.arrive\",\"number\":\"BW-0000001\",\"actor\":\"EC\"}\n"
      "\n"
      "not json\n"
      "[1]\n"
      "{\"actor\":\"EC\"}\n"
      "{\"action\":\"cert.arrive\",\"expect\":\"maybe\"}\n"
      "{\"action\":\"cert.arrive\",\"t\":\"yesterday\"}\n"
      "{\"action\":\"cert.arrive\",\"carats\":\"1.00\"}\n"
      "{\"action\":\"motion.open\",\"id\":\"M\"}\n",
      ImportFormat::kNdjson);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->lines.size(), 8U);
  const std::vector<std::string> fields{"", "json", "json", "action", "expect", "t", "carats", ""};
  for (std::size_t index = 0; index < fields.size(); ++index) {
    EXPECT_EQ(file->lines[index].fault ? file->lines[index].fault->field : "", fields[index]) << index;
  }
  EXPECT_EQ(file->lines[1].number, 3U);
  EXPECT_FALSE(file->lines[7].event) << "an event that the ledger does not know is no fault";
  EXPECT_EQ(format_of("a.csv"), ImportFormat::kCsv);
  EXPECT_EQ(format_of("a.ndjson"), ImportFormat::kNdjson);
}

TEST(ImportFile, ShapesAreCheckedWithoutSending) {
  const auto file = read_import(
      "{\"action\":\"cert.arrive\",\"number\":\"BW-0000001\",\"actor\":\"EC\"}\n"
      "{\"action\":\"cert.arrive\",\"number\":\"BW-1\",\"actor\":\"EC\"}\n",
      ImportFormat::kNdjson);
  EXPECT_FALSE(shape_fault(file->lines[0], "").has_value());
  ASSERT_TRUE(shape_fault(file->lines[1], "").has_value());
  EXPECT_EQ(shape_fault(file->lines[1], "")->reason, Reason::MALFORMED_NUMBER);
}

TEST(GenesisLine, TheScenarioBeginsAsTheTemplateOf2007Says) {
  const auto wanted =
      parse_network_template(*read_file(KIMBERLITE_SOURCE_DIR "/deploy/quickstart/network-2007.toml"), "t");
  ASSERT_TRUE(wanted.has_value()) << wanted.error().to_string();
  EXPECT_EQ(wanted->genesis->participants_size(), 46);
  EXPECT_EQ(wanted->validators, (std::set<std::string>{"AE", "BW", "EC", "IN"}));
  const auto file = read_import(*read_file(KIMBERLITE_SOURCE_DIR "/deploy/quickstart/data/scenario-2007.ndjson"),
                                ImportFormat::kNdjson);
  ASSERT_TRUE(file.has_value());
  std::size_t beginning = 0;
  for (const auto& line : file->lines) {
    ASSERT_FALSE(line.fault.has_value()) << line.number << " " << line.fault->to_string();
    if (!is_genesis_line(line)) {
      continue;
    }
    ++beginning;
    EXPECT_EQ(genesis_difference(line, *wanted->genesis), std::nullopt) << line.number;
  }
  EXPECT_EQ(beginning, 64U);

  v1::Genesis other = *wanted->genesis;
  other.mutable_lots(0)->set_weight_centicarats(1);
  other.mutable_chair()->set_vice_chair("BW");
  other.mutable_participants(0)->set_role("none");
  std::size_t different = 0;
  for (const auto& line : file->lines) {
    different += is_genesis_line(line) && genesis_difference(line, other).has_value() ? 1 : 0;
  }
  EXPECT_EQ(different, 3U);
}

TEST(ImportJournal, RemembersAndBelongsToOneFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "imports" / "a";
  const Digest file = sha256("file");
  const Digest chain = sha256("chain");
  TestLog log(test_genesis());
  const std::string envelope = log.advance_clock(1'167'700'000'000);
  {
    auto journal = ImportJournal::open(path, file, chain);
    ASSERT_TRUE(journal.has_value()) << journal.error().to_string();
    ASSERT_TRUE(journal->signed_envelope(3, ImportStep::kEvent, envelope).has_value());
    Verdict refused{.id = id_of_signed_bytes(envelope), .node = "BW", .height = 0, .log_index = 0, .refusal = {}};
    refused.refusal = RefusalText{"WRONG_STATE", "number", "no"};
    ASSERT_TRUE(journal->finished(3, ImportStep::kEvent, refused).has_value());
    ASSERT_TRUE(journal->signed_envelope(4, ImportStep::kAcknowledgement, envelope).has_value());
  }
  std::ofstream(path, std::ios::app) << "{\"line\":5,\"st";  // torn by a crash
  {
    const auto journal = ImportJournal::open(path, file, chain);
    ASSERT_TRUE(journal.has_value()) << journal.error().to_string();
    ASSERT_NE(journal->find(3, ImportStep::kEvent), nullptr);
    EXPECT_EQ(journal->find(3, ImportStep::kEvent)->verdict->refusal->reason, "WRONG_STATE");
    EXPECT_EQ(journal->find(3, ImportStep::kEvent)->verdict->id, id_of_signed_bytes(envelope));
    EXPECT_EQ(journal->find(4, ImportStep::kAcknowledgement)->envelope, envelope);
    EXPECT_FALSE(journal->find(4, ImportStep::kAcknowledgement)->verdict.has_value());
    EXPECT_EQ(journal->find(5, ImportStep::kEvent), nullptr);
  }
  EXPECT_EQ(ImportJournal::open(path, sha256("other"), chain).error().reason, Reason::BAD_REQUEST);
  EXPECT_EQ(ImportJournal::open(path, file, sha256("other")).error().reason, Reason::BAD_REQUEST);
}

// The disk was full when it was made.
TEST(ImportJournal, AFileWithoutItsFirstRecordIsBegunAnew) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "some.kimberlite-import";
  for (const std::string left : {"", "{\"format\":1,\"fi"}) {
    std::ofstream(path, std::ios::trunc) << left;
    {
      auto journal = ImportJournal::open(path, sha256("file"), sha256("chain"));
      ASSERT_TRUE(journal) << journal.error().to_string();
      ASSERT_TRUE(journal->signed_envelope(1, ImportStep::kEvent, "envelope"));
    }
    const auto again = ImportJournal::open(path, sha256("file"), sha256("chain"));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->find(1, ImportStep::kEvent)->envelope, "envelope");
  }
}

TEST(ImportReport, ExitCodesTellHowItEnded) {
  ImportReport report;
  const Error away{Reason::UNAVAILABLE, "127.0.0.1:1", "cannot connect"};
  const Error no_key{Reason::BAD_REQUEST, "keys/clock.key", "there is no such file"};
  EXPECT_EQ(report.exit_code(away), ExitCode::kUnreachable);
  EXPECT_EQ(report.exit_code(no_key), ExitCode::kUsage);
  report.add({.line = 1, .action = "cert.ship", .outcome = LineOutcome::kAccepted, .expected = "accepted"});
  EXPECT_EQ(report.exit_code(away), ExitCode::kPartlyDone);
  EXPECT_EQ(report.exit_code(no_key), ExitCode::kPartlyDone);
  report.finished = true;
  EXPECT_EQ(report.exit_code({}), ExitCode::kOk);
  report.add({.line = 2,
              .action = "cert.ship",
              .outcome = LineOutcome::kRefused,
              .reason = "WRONG_STATE",
              .expected = "accepted",
              .differs = true});
  EXPECT_EQ(report.exit_code({}), ExitCode::kVerdictsDiffer);
  EXPECT_EQ(report.to_json().at("differing").get_array().size(), 1U);
}

}  // namespace
}  // namespace kimberlite::cli
