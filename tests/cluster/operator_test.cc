// What an operator meets: starts that are refused and why, clean stops, a lost vote journal, wrong settings, the ports
// that monitoring and auditors use, and an import that was interrupted.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "cli/event_json.h"
#include "cli/http_get.h"
#include "cli/import/import_file.h"
#include "cli/import/journal.h"
#include "cli/signing.h"
#include "cli/wallet.h"
#include "kimberlite/v1/event.pb.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"
#include "tests/cluster/raw_call.h"

namespace kimberlite::cluster {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitRefused = 3;

void commit(DaemonNetwork& network, const std::string& node, std::uint64_t number) {
  const auto answer = network.client(node).submit(network.issue("BW", "IN", number), kPatienceMs);
  ASSERT_TRUE(answer) << answer.error().to_string();
  ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason();
}

/// Starts a node that must end by itself, with this reason.
void expect_start_refused(const std::filesystem::path& configuration, const std::string& reason) {
  const auto printed = DaemonNetwork::run_daemon({"run", "--config", configuration.string()});
  EXPECT_EQ(printed.exit_code, kExitRefused) << printed.output;
  EXPECT_NE(printed.output.find(reason), std::string::npos) << printed.output;
}

TEST(Operator, SecondProcessOnTheSameData) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  expect_start_refused(network.configuration("BW"), "STORE_LOCKED");
  commit(network, "BW", 1);
}

// It may be registered further on in the log than this node has seen.
TEST(Operator, KeyThatIsNotOnTheRollFollowsAndSaysSo) {
  DaemonNetwork network({});
  write(network.folder() / "nodes" / "BW" / "node.key", cli::format_key_file(SecretKey::generate()));
  network.start("BW");
  ASSERT_TRUE(network.wait_ready("BW", kPatienceMs, false));
  const auto status = network.client("BW").status();
  ASSERT_TRUE(status) << status.error().to_string();
  EXPECT_FALSE(status->validator());
  EXPECT_NE(status->why().find("UNKNOWN_KEY"), std::string::npos) << status->why();
}

TEST(Operator, KeyOfAnotherParticipant) {
  DaemonNetwork network({});
  write(network.folder() / "nodes" / "BW" / "node.key", read(network.folder() / "nodes" / "EC" / "node.key"));
  expect_start_refused(network.configuration("BW"), "UNKNOWN_KEY");
}

TEST(Operator, StoreOfAnotherNetwork) {
  DaemonNetwork network({});
  network.start("BW");
  ASSERT_TRUE(network.wait_ready("BW", kPatienceMs, false));
  network.signal("BW", SIGTERM);
  const DaemonNetwork other({});
  const auto data = std::filesystem::path("nodes") / "BW" / "data";
  std::filesystem::remove_all(other.folder() / data);
  std::filesystem::copy(network.folder() / data, other.folder() / data, std::filesystem::copy_options::recursive);
  expect_start_refused(other.configuration("BW"), "STORE_OTHER_NETWORK");
}

TEST(Operator, CleanStopAndQuickRestart) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  commit(network, "BW", 1);
  for (const auto& code : network.codes()) {
    const int status = network.signal(code, SIGTERM);
    EXPECT_TRUE(WIFEXITED(status)) << code;
    EXPECT_EQ(WEXITSTATUS(status), 0) << code;
    EXPECT_NE(read(network.log_file(code)).find("stopped"), std::string::npos);
  }
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  commit(network, "EC", 2);
  EXPECT_TRUE(network.wait_equal(2, kPatienceMs)) << network.describe();
}

TEST(Operator, LostJournalMakesAFollower) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  commit(network, "BW", 1);
  network.signal("IN", SIGTERM);
  ASSERT_TRUE(std::filesystem::remove(network.journal_file("IN")));
  network.start("IN");
  ASSERT_TRUE(network.wait_ready("IN", kPatienceMs)) << network.describe();
  const auto status = network.client("IN").status();
  ASSERT_TRUE(status) << status.error().to_string();
  EXPECT_FALSE(status->validator());
  EXPECT_NE(status->why().find("JOURNAL_MISSING"), std::string::npos) << status->why();
  EXPECT_NE(read(network.log_file("IN")).find("JOURNAL_MISSING"), std::string::npos);
  // Where an operator looks: it is not "progressing" like the others, though it answers and has all that they have.
  const auto shown = network.run_cli({"status"});
  EXPECT_NE(shown.output.find("JOURNAL_MISSING"), std::string::npos) << shown.output;
  const auto metrics = cli::HttpGet(network.address("IN").http, kPatienceMs).get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_NE(metrics->find("kimberlite_votes 0"), std::string::npos);
  // It still takes submissions and follows the others.
  commit(network, "IN", 2);
  EXPECT_TRUE(network.wait_equal(2, kPatienceMs)) << network.describe();
}

TEST(Operator, EveryFaultOfAConfigurationAtOnce) {
  DaemonNetwork network({});
  const auto file = network.folder() / "wrong.toml";
  write(file,
        "[node]\nparticipant = 7\nproduction = \"yes\"\n[listen]\npeer = \"nowhere\"\n"
        "grpc = \"127.0.0.1:1\"\n[log]\nlevel = \"loud\"\n[limits]\nverify_threads = 0\nspeed = 3\n");
  const auto printed = DaemonNetwork::run_daemon({"check", "--config", file.string()});
  EXPECT_EQ(printed.exit_code, kExitUsage) << printed.output;
  for (const char* fault :
       {"BAD_CONFIGURATION", "line 2: node.participant", "line 3: node.production", "line 5: listen.peer",
        "line 8: log.level", "line 10: limits.verify_threads", "line 11: limits.speed", "listen.http: required"}) {
    EXPECT_NE(printed.output.find(fault), std::string::npos) << fault << " in " << printed.output;
  }
  const auto run = DaemonNetwork::run_daemon({"run", "--config", file.string()});
  EXPECT_EQ(run.exit_code, kExitUsage) << run.output;
  const auto valid = DaemonNetwork::run_daemon({"check", "--config", network.configuration("BW").string()});
  EXPECT_EQ(valid.exit_code, 0) << valid.output;
}

TEST(Operator, HealthAndReflection) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  const auto health = raw_call(network.address("BW").grpc, "/grpc.health.v1.Health/Check", "");
  EXPECT_EQ(health.status, 0);
  EXPECT_EQ(health.bytes, "\x08\x01");  // SERVING
  // list_services = ""
  const auto services =
      raw_call(network.address("BW").grpc, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
               std::string("\x3a\x00", 2));
  EXPECT_EQ(services.status, 0);
  EXPECT_NE(services.bytes.find("kimberlite.v1.Ledger"), std::string::npos);
  EXPECT_NE(services.bytes.find("kimberlite.v1.Node"), std::string::npos);
}

TEST(Operator, HttpSide) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  commit(network, "BW", 1);
  ASSERT_TRUE(network.wait_equal(1, kPatienceMs)) << network.describe();
  const auto status = network.client("BW").status();
  ASSERT_TRUE(status);
  const std::string width = std::to_string(status->log_size());
  cli::HttpGet http(network.address("BW").http, kHttpMs);

  const auto checkpoint = http.get("/checkpoint");
  ASSERT_TRUE(checkpoint) << checkpoint.error().to_string();
  EXPECT_TRUE(checkpoint->starts_with(status->network_name() + "\n" + width + "\n")) << *checkpoint;
  const auto hashes = http.get("/tile/0/000.p/" + width);
  ASSERT_TRUE(hashes) << hashes.error().to_string();
  EXPECT_EQ(hashes->size(), status->log_size() * 32);
  EXPECT_TRUE(http.get("/tile/entries/000.p/" + width));
  for (const char* absent : {"/tile/0/000", "/tile/entries/000", "/tile/1/000", "/tile/0/x001/000", "/nothing"}) {
    const auto answer = http.get(absent);
    ASSERT_FALSE(answer) << absent;
    EXPECT_EQ(answer.error().reason, Reason::NOT_FOUND) << absent;
  }
  const auto metrics = http.get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_NE(metrics->find("\nkimberlite_final_height "), std::string::npos);
  EXPECT_EQ(http.get("/livez").value_or(""), "alive\n");
  EXPECT_EQ(http.get("/readyz").value_or(""), "ready\n");

  network.signal("EC", SIGKILL);
  network.signal("IN", SIGKILL);
  EXPECT_TRUE(wait_until(kPatienceMs, [&] {
    const auto readiness = http.get("/readyz");
    return !readiness && readiness.error().message.find("503") != std::string::npos;
  }));
  EXPECT_EQ(http.get("/livez").value_or(""), "alive\n");
}

TEST(Operator, FirstEventOfANetworkByTheCommandLine) {
  // Before the first block there is no block time: date and expiry must come from the clock that the block will have.
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  const auto issued = network.run_cli({"issue",
                                       "BW-0000001",
                                       "--importer",
                                       "IN",
                                       "--basis",
                                       "production",
                                       "--origin",
                                       "BW",
                                       "--carats",
                                       "10.00",
                                       "--usd",
                                       "100.00",
                                       "--parcels",
                                       "1",
                                       "--hs",
                                       "710231:10.00:100.00",
                                       "--exporter-trader",
                                       "BW-TRADER-01",
                                       "--importer-trader",
                                       "IN-TRADER-01"});
  EXPECT_EQ(issued.exit_code, 0) << issued.output;
  const auto shown = network.run_cli({"show", "BW-0000001"});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
}

TEST(Operator, InterruptedImportGoesOn) {
  constexpr int kLines = 40;
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  std::string lines;
  for (std::uint64_t number = 1; number <= kLines; ++number) {
    auto line = cli::event_to_json(DaemonNetwork::issue_event("BW", "IN", number));
    line["actor"] = "BW";
    lines += boost::json::serialize(line) + "\n";
  }
  const auto file = network.folder() / "events.ndjson";
  write(file, lines);
  const auto checked = network.run_cli({"import", file.string(), "--check"});
  ASSERT_EQ(checked.exit_code, 0) << checked.output;

  const auto on_ledger = [&] {
    const auto page = network.client("BW").list("certificate/", "", 100);
    return page ? page->items_size() : -1;
  };
  const pid_t import = network.start_cli({"import", file.string(), "--pace", "5"});
  EXPECT_TRUE(wait_until(kPatienceMs, [&] { return on_ledger() >= 3; })) << read(network.log_file("kimberlite"));
  kill(import, SIGKILL);
  waitpid(import, nullptr, 0);
  const auto resumed = network.run_cli({"import", file.string()});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(on_ledger(), kLines);
  ASSERT_TRUE(network.wait_equal(1, kPatienceMs)) << network.describe();
  const auto again = network.run_cli({"import", file.string()});
  EXPECT_EQ(again.exit_code, 0) << again.output;
  const auto audit = network.run_cli({"--json", "audit", "--tiles", "http://" + network.address("AE").http});
  ASSERT_EQ(audit.exit_code, 0) << audit.output;
  EXPECT_EQ(boost::json::parse(audit.output).at("envelopes").to_number<int>(), kLines);
}

// What an interrupted import had signed is too old by the time that it goes on: nobody can have accepted it since.
TEST(Operator, AnImportGoesOnAfterItsEnvelopeExpired) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  const v1::Event event = DaemonNetwork::issue_event("BW", "IN", 1);
  auto line = cli::event_to_json(event);
  line["actor"] = "BW";
  const std::string text = boost::json::serialize(line) + "\n";
  const auto file = network.folder() / "events.ndjson";
  write(file, text);
  const Digest digest = cli::read_import(text, cli::ImportFormat::kNdjson)->digest;
  const auto signer = network.wallet().body("BW", "BW-AUTHORITY");
  ASSERT_TRUE(signer);
  const auto old = cli::sign_event(network.genesis().chain_id, *signer, event, TimeMs{1}, cli::random_nonce());
  const auto kept = "events.ndjson-" + digest.hex().substr(0, 16) + ".kimberlite-import";
  {
    auto journal = cli::ImportJournal::open(network.folder() / "imports" / kept, digest, network.genesis().chain_id);
    ASSERT_TRUE(journal) << journal.error().to_string();
    ASSERT_TRUE(journal->signed_envelope(1, cli::ImportStep::kEvent, old.bytes));
  }
  const auto resumed = network.run_cli({"--json", "import", file.string()});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(boost::json::parse(resumed.output).at("accepted").to_number<int>(), 1) << resumed.output;
}

// A file that says nothing of what it expects means each line; what was left undone is named.
TEST(Operator, AnImportNamesTheLinesThatWereNotAccepted) {
  constexpr int kExitDiffers = 6;
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  const auto file = network.folder() / "events.ndjson";
  write(file,
        "{\"action\":\"cert.ship\",\"number\":\"BW-0000009\",\"actor\":\"BW\"}\n"
        "{\"action\":\"cert.shp\",\"number\":\"BW-0000009\",\"actor\":\"BW\"}\n"
        "{\"action\":\"cert.ship\",\"number\":\"BW-0000009\",\"actor\":\"ZZ\"}\n");
  const auto imported = network.run_cli({"--json", "import", file.string()});
  EXPECT_EQ(imported.exit_code, kExitDiffers) << imported.output;
  const auto report = boost::json::parse(imported.output);
  ASSERT_EQ(report.at("differing").as_array().size(), 3U) << imported.output;
  EXPECT_EQ(report.at("differing").at(0).at("got").as_string(), "refused UNKNOWN_CERTIFICATE");
  EXPECT_EQ(report.at("differing").at(1).at("got").as_string(), "not understood");
  EXPECT_EQ(report.at("differing").at(2).at("got").as_string(), "no key to sign with");
  const auto checked = network.run_cli({"--json", "import", file.string(), "--check"});
  EXPECT_EQ(checked.exit_code, kExitUsage) << checked.output;
  EXPECT_EQ(boost::json::parse(checked.output).at("faults").as_array().size(), 1U) << checked.output;
}

TEST(Operator, OneEventGoesRoundANodeThatIsAway) {
  DaemonNetwork network({});
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  commit(network, "BW", 1);
  network.signal("BW", SIGKILL);
  const auto shipped = network.run_cli({"ship", "BW-0000001"});
  EXPECT_EQ(shipped.exit_code, 0) << shipped.output;
}

}  // namespace
}  // namespace kimberlite::cluster
