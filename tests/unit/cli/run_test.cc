// The program as a whole: exit codes, errors on the error stream with reason and remedy, help, completion, and verify
// and audit on files, every byte of a proof file altered and every length cut. Needs no node.
#include "cli/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/event_commands.h"
#include "cli/event_json.h"
#include "cli/files.h"
#include "proto/reason.h"
#include "proto/state_proof.h"
#include "proto/strict.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

Outcome run_with(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run(arguments, out, err);
  return {code, out.str(), err.str()};
}

TEST(Run, UsageErrorsSayWhatToDo) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                     {"bogus"},
                                                                     {"show"},
                                                                     {"--timeout", "0", "status"},
                                                                     {"issue", "BW-0000001"},
                                                                     {"completion", "tcsh"},
                                                                     {"status", "--bogus"}}) {
    const Outcome outcome = run_with(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_THAT(outcome.err, StartsWith("error: BAD_REQUEST arguments: "));
    EXPECT_THAT(outcome.err, HasSubstr("--help"));
    EXPECT_TRUE(outcome.out.empty());
  }
  EXPECT_THAT(run_with({"bogus"}).err, HasSubstr("there is no command \"bogus\""));
}

TEST(Run, HelpIsOnStandardOutput) {
  const Outcome all = run_with({"--help"});
  EXPECT_EQ(all.code, ExitCode::kOk);
  for (const auto& command : event_commands()) {
    EXPECT_THAT(all.out, HasSubstr("  " + std::string(command.name)));
    EXPECT_TRUE(is_known_action(command.action)) << command.action;
    EXPECT_EQ(run_with({std::string(command.name), "--help"}).code, ExitCode::kOk);
  }
  const Outcome codes = run_with({"help", "exit-codes"});
  for (const auto& row : kExitCodes) {
    EXPECT_THAT(codes.out, HasSubstr(std::string(row.meaning)));
  }
  EXPECT_THAT(run_with({"help", "reasons"}).out, HasSubstr(std::string(reason_remedy(Reason::STATE_ROOT_DIFFERS))));
  EXPECT_THAT(run_with({"help", "measure.impose"}).out, HasSubstr("one of embargo_origin, suspension"));
  EXPECT_EQ(run_with({"help", "measure.imposed"}).code, ExitCode::kUsage);
  EXPECT_EQ(boost::json::parse(run_with({"--json", "help", "exit-codes"}).out).get_array().size(), kExitCodes.size());
  EXPECT_EQ(boost::json::parse(run_with({"--json", "help", "events"}).out).get_array().size(), known_actions().size());
  EXPECT_EQ(run_with({"--version"}).code, ExitCode::kOk);
}

TEST(Run, ExitCodesAreDistinctAndInOrder) {
  int expected = 0;
  for (const auto& row : kExitCodes) {
    EXPECT_EQ(static_cast<int>(row.code), expected++);
  }
  EXPECT_EQ(exit_code_of(Reason::DUPLICATE_NUMBER), ExitCode::kRefused);
  EXPECT_EQ(exit_code_of(Reason::OVERLOADED), ExitCode::kUnreachable);
  EXPECT_EQ(exit_code_of(Reason::LEAF_ALTERED), ExitCode::kVerificationFailed);
  EXPECT_EQ(exit_code_of(Reason::NOT_FOUND), ExitCode::kNotFound);
  EXPECT_EQ(exit_code_of(Reason::BAD_CONFIGURATION), ExitCode::kUsage);
}

TEST(Run, CompletionKnowsEveryCommand) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = run_with({"completion", shell});
    EXPECT_EQ(outcome.code, ExitCode::kOk);
    for (const auto& command : event_commands()) {
      EXPECT_THAT(outcome.out, HasSubstr(std::string(command.name))) << shell;
    }
    EXPECT_THAT(outcome.out, HasSubstr("exporter-trader"));
  }
}

TEST(Run, HomesWithoutConfigurationAreNamed) {
  const TemporaryFolder folder;
  for (const std::string command : {"status", "list", "watch"}) {
    const Outcome outcome = run_with({"--home", folder.path().string(), command});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << command;
    EXPECT_THAT(outcome.err, HasSubstr("client.toml"));
  }
  EXPECT_EQ(run_with({"--home", folder.path().string(), "verify", "missing"}).code, ExitCode::kUsage);
  EXPECT_EQ(run_with({"--home", folder.path().string(), "import", "missing"}).code, ExitCode::kUsage);
  EXPECT_EQ(run_with({"tx", "12"}).code, ExitCode::kUsage);
}

// Or the ledger would be said to hold nothing under a number that nobody meant.
TEST(Run, NumbersThatAreNoneAreRefusedBeforeAnybodyIsAsked) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "genesis.json") << test_genesis().bytes;
  for (const std::string number : {"bw-0000001", "BW-000001", "BW0000001", "certificate/bw-1", ""}) {
    for (const std::string command : {"show", "prove", "confirm"}) {
      const Outcome outcome = run_with({"--home", folder.path().string(), "--node", "127.0.0.1:1", command, number});
      EXPECT_EQ(outcome.code, ExitCode::kUsage) << command << " " << number;
      EXPECT_THAT(outcome.err, HasSubstr("MALFORMED_NUMBER")) << command << " " << number;
    }
  }
}

TEST(Run, NodesThatDoNotAnswerAreUnreachable) {
  // Port 1 of the loopback interface refuses connections on any machine that does not serve tcpmux.
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"status"}, {"show", "BW-0000001"}, {"list"}, {"watch"}, {"tx", std::string(64, 'a')}}) {
    std::vector<std::string> arguments{"--node", "127.0.0.1:1", "--timeout", "5", "--home", "/nonexistent"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const Outcome outcome = run_with(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUnreachable) << command.front() << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("error: UNAVAILABLE 127.0.0.1:1: "));
  }
}

TEST(Run, KeysNewAndShow) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "a.key").string();
  EXPECT_EQ(run_with({"keys", "new", file}).code, ExitCode::kOk);
  EXPECT_EQ(run_with({"keys", "new", file}).code, ExitCode::kUsage);
  const Outcome shown = run_with({"--json", "keys", "show", file});
  EXPECT_EQ(shown.code, ExitCode::kOk);
  const auto list = boost::json::parse(shown.out);
  EXPECT_EQ(list.at(0).at("public_key").get_string().size(), 64U);
  EXPECT_EQ(run_with({"--home", folder.path().string(), "keys", "show"}).code, ExitCode::kUsage);
  EXPECT_EQ(run_with({"keys", "show", "missing.key"}).code, ExitCode::kUsage);
}

TEST(Run, ImportCheckListsFaultsByLine) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "events.ndjson").string();
  std::ofstream(file) << R"({"action":"cert.arrive","number":"BW-0000001","actor":"EC"})"
                         "\n"
                      << R"({"action":"cert.arrive","number":"BW-1","actor":"EC"})"
                         "\n";
  const Outcome outcome = run_with({"import", "--check", file});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.out, HasSubstr("MALFORMED_NUMBER"));
  EXPECT_EQ(run_with({"import", "--check", "--lines", "1..1", file}).code, ExitCode::kOk);
  EXPECT_EQ(run_with({"import", "--check", "--lines", "2..1", file}).code, ExitCode::kUsage);
  EXPECT_EQ(run_with({"import", "--check", "--lines", "x", file}).code, ExitCode::kUsage);
}

class FilesOfALog : public ::testing::Test {
 protected:
  FilesOfALog() : log_(test_genesis()) {
    log_.add_block({log_.advance_clock(1'167'700'000'000)});
    log_.add_block({log_.issue("BW-0000001")});
    log_.write(folder_.path() / "tiles");
    std::ofstream(folder_.path() / "genesis.json", std::ios::binary) << log_.genesis().bytes;
  }

  std::string save(const std::string& name, const std::string& bytes) {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  Outcome verify(const std::string& bytes) {
    return run_with({"--home", folder_.path().string(), "--json", "verify", save("proof", bytes)});
  }

  TemporaryFolder folder_;
  TestLog log_;
};

TEST_F(FilesOfALog, ProofsOfPresenceAndAbsenceHold) {
  const Outcome present = verify(serialize_canonical(log_.prove("certificate/BW-0000001")));
  ASSERT_EQ(present.code, ExitCode::kOk) << present.err;
  const auto proven = boost::json::parse(present.out);
  EXPECT_EQ(proven.at("record").at("state").get_string(), "issued");
  EXPECT_EQ(proven.at("height").to_number<int>(), 2);
  EXPECT_EQ(proven.at("clock").get_string(), "replay");
  const Outcome absent = verify(serialize_canonical(log_.prove("certificate/BW-0000002")));
  ASSERT_EQ(absent.code, ExitCode::kOk) << absent.err;
  EXPECT_FALSE(boost::json::parse(absent.out).at("present").get_bool());
  const Outcome text = run_with({"--home", folder_.path().string(), "verify", (folder_.path() / "proof").string()});
  EXPECT_THAT(text.out, HasSubstr("held nothing under certificate/BW-0000002"));
}

TEST_F(FilesOfALog, EveryFlippedByteAndEveryCutOfAProofIsFoundAndNamed) {
  const std::string good = serialize_canonical(log_.prove("certificate/BW-0000001"));
  std::set<std::string> links;
  for (std::size_t offset = 0; offset < good.size(); ++offset) {
    std::string bytes = good;
    bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << (offset % 8)));
    const auto proven = verify_state_proof(bytes, log_.genesis());
    ASSERT_FALSE(proven.has_value()) << "byte " << offset;
    ASSERT_FALSE(proven.error().message.empty()) << "byte " << offset;
    links.insert(proven.error().field.substr(0, proven.error().field.find_first_of(".[")));
  }
  for (const std::string link : {"map", "inclusion", "checkpoint"}) {
    EXPECT_TRUE(links.contains(link)) << link;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_FALSE(verify_state_proof(good.substr(0, size), log_.genesis()).has_value()) << size;
  }
}

TEST_F(FilesOfALog, AProofThatDoesNotHoldEndsWithItsOwnExitCode) {
  std::string bytes = serialize_canonical(log_.prove("certificate/BW-0000001"));
  const Outcome cut = verify(bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(cut.code, ExitCode::kVerificationFailed);
  EXPECT_THAT(cut.err, StartsWith("error: PROOF_TRUNCATED "));
  const std::size_t value = bytes.find("EC-TRADER-01");
  ASSERT_NE(value, std::string::npos);
  bytes[value] = 'D';
  const Outcome altered = verify(bytes);
  EXPECT_EQ(altered.code, ExitCode::kVerificationFailed);
  EXPECT_THAT(altered.err, StartsWith("error: PROOF_INVALID "));
  EXPECT_THAT(altered.err, HasSubstr("Likely cause"));
  const auto told = boost::json::parse(altered.out);
  EXPECT_FALSE(told.at("verified").get_bool());
  EXPECT_TRUE(std::string(told.at("link").get_string()).starts_with("map"));
}

TEST_F(FilesOfALog, AuditOfAFolder) {
  const std::string home = folder_.path().string();
  const std::string tiles = (folder_.path() / "tiles").string();
  const Outcome good = run_with({"--home", home, "audit", "--tiles", tiles});
  EXPECT_EQ(good.code, ExitCode::kOk) << good.err;
  EXPECT_THAT(good.out, HasSubstr("Everything holds"));
  EXPECT_THAT(good.out, HasSubstr("1: 1 issued"));

  const auto bundle = folder_.path() / "tiles" / "tile" / "entries" / "000.p" / "4";
  std::string bytes = *read_file(bundle);
  bytes[100] ^= 1;
  ASSERT_TRUE(replace_file(bundle, bytes).has_value());
  const Outcome bad = run_with({"--home", home, "audit", "--tiles", tiles});
  EXPECT_EQ(bad.code, ExitCode::kVerificationFailed);
  EXPECT_THAT(bad.err, StartsWith("error: LEAF_ALTERED entry bundle, leaf 0 in tile/entries/000.p/4: "));
  EXPECT_THAT(bad.err, HasSubstr("expected: "));
  EXPECT_THAT(bad.err, HasSubstr("likely:   the leaf was altered"));
  const Outcome json = run_with({"--home", home, "--json", "audit", "--tiles", tiles});
  EXPECT_EQ(json.code, ExitCode::kVerificationFailed);
  EXPECT_EQ(boost::json::parse(json.out).at("findings").at(0).at("reason").get_string(), "LEAF_ALTERED");
  EXPECT_EQ(run_with({"--home", home, "audit", "--tiles", "ftp://x"}).code, ExitCode::kUsage);
}

TEST_F(FilesOfALog, MirrorOfAFolderCanBeAudited) {
  const std::string home = folder_.path().string();
  const std::string tiles = (folder_.path() / "tiles").string();
  const std::string copy = (folder_.path() / "copy").string();
  const Outcome outcome = run_with({"--home", home, "mirror", "--tiles", tiles, "--out", copy});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(run_with({"audit", "--tiles", copy, "--genesis", home + "/genesis.json"}).code, ExitCode::kOk);
}

}  // namespace
}  // namespace kimberlite::cli
