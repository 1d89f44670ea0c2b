// What a network of real daemons must survive: nodes killed, paused, half of them gone, all of them gone. After each
// story: what a client was told is final is there on every node, where it was told, once; logs and states are equal;
// and an audit that trusts only the genesis document confirms it.
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <map>
#include <random>
#include <set>

#include "cli/signing.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"
#include "tests/cluster/load.h"

namespace kimberlite::cluster {
namespace {

constexpr std::size_t kPlenty = 4'000;  // envelopes: more than a story uses up

/// How many of the ids are final on a node.
std::size_t count_final(cli::NodeClient& node, const std::vector<Digest>& ids) {
  std::size_t count = 0;
  for (const auto& id : ids) {
    const auto found = node.envelope(id);
    if (found && found->outcome() == v1::OUTCOME_FINAL) ++count;
  }
  return count;
}

/// Every answer "final" holds on every node.
void expect_kept(DaemonNetwork& network, const std::vector<FinalAnswer>& answers) {
  std::set<std::uint64_t> places;
  for (const auto& answer : answers) {
    EXPECT_TRUE(places.insert(answer.log_index).second) << "two envelopes at " << answer.log_index;
  }
  for (const auto& code : network.codes()) {
    for (const auto& answer : answers) {
      const auto found = network.client(code).envelope(answer.id);
      ASSERT_TRUE(found) << code << ": " << found.error().to_string();
      ASSERT_EQ(found->outcome(), v1::OUTCOME_FINAL) << code << " lost " << answer.id.hex();
      EXPECT_EQ(found->height(), answer.height) << code;
      EXPECT_EQ(found->log_index(), answer.log_index) << code;
    }
  }
}

/// Audits every node's tiles; each log holds exactly `envelopes`.
void expect_audit(DaemonNetwork& network, std::size_t envelopes) {
  for (const auto& code : network.codes()) {
    const auto printed = network.run_cli({"--json", "audit", "--tiles", "http://" + network.address(code).http,
                                          "--genesis", (network.folder() / "genesis.json").string()});
    ASSERT_EQ(printed.exit_code, 0) << code << ": " << printed.output;
    const auto report = boost::json::parse(printed.output).as_object();
    EXPECT_TRUE(report.at("verified").as_bool());
    EXPECT_EQ(report.at("envelopes").to_number<std::size_t>(), envelopes) << code;
    EXPECT_EQ(report.at("certificate_count").to_number<std::size_t>(), envelopes) << code;
  }
}

/// The end of every story. All nodes run.
void expect_whole(DaemonNetwork& network, Load& load) {
  load.stop();
  EXPECT_TRUE(load.refusals().empty()) << load.refusals().front();
  ASSERT_FALSE(load.final_answers().empty());
  // What was submitted and not answered becomes final too, so the pools run empty.
  ASSERT_TRUE(wait_until(kPatienceMs, [&] {
    for (const auto& code : network.codes()) {
      const auto status = network.client(code).status();
      if (!status || status->pool_envelopes() > 0) return false;
    }
    return true;
  })) << network.describe();
  ASSERT_TRUE(network.wait_equal(1, kPatienceMs)) << network.describe();
  expect_kept(network, load.final_answers());
  const std::size_t total = count_final(network.client(network.codes().front()), load.ids());
  EXPECT_GE(total, load.final_answers().size());
  expect_audit(network, total);
}

void start_ready(DaemonNetwork& network) {
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
}

TEST(Cluster, CommitOnFour) {
  DaemonNetwork network({});
  start_ready(network);
  std::vector<FinalAnswer> answers;
  std::uint64_t number = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& code : network.codes()) {
      const std::string envelope = network.issue(code, code == "BW" ? "IN" : "BW", ++number);
      const auto answer = network.client(code).submit(envelope, kPatienceMs);
      ASSERT_TRUE(answer) << answer.error().to_string();
      ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason();
      answers.push_back({cli::id_of_signed_bytes(envelope), answer->height(), answer->log_index()});
    }
  }
  ASSERT_TRUE(network.wait_equal(answers.back().height, kPatienceMs)) << network.describe();
  expect_kept(network, answers);
  expect_audit(network, answers.size());
}

TEST(Cluster, KilledNodeCatchesUp) {
  DaemonNetwork network({});
  start_ready(network);
  const std::string victim = network.codes()[1];
  Load load(network, 1, kPlenty);
  ASSERT_TRUE(load.wait_more(20));
  network.signal(victim, SIGKILL);
  ASSERT_TRUE(load.wait_more(40)) << network.describe();
  const auto said = network.run_cli({"status"});
  EXPECT_NE(said.output.find(victim + " gets no time in its next turn as leader: it was silent"), std::string::npos)
      << said.output;
  network.start(victim);
  ASSERT_TRUE(load.wait_more(20)) << network.describe();
  ASSERT_TRUE(network.wait_ready(victim, kPatienceMs)) << network.describe();
  expect_whole(network, load);
}

TEST(Cluster, PausedNodeResumes) {
  DaemonNetwork network({});
  start_ready(network);
  const std::string victim = network.codes()[2];
  Load load(network, 1, kPlenty);
  ASSERT_TRUE(load.wait_more(20));
  network.signal(victim, SIGSTOP);
  ASSERT_TRUE(load.wait_more(20)) << network.describe();
  network.signal(victim, SIGCONT);
  ASSERT_TRUE(load.wait_more(20)) << network.describe();
  expect_whole(network, load);
}

TEST(Cluster, TwoOfFourDown) {
  DaemonNetwork network({});
  start_ready(network);
  Load load(network, 1, 40);
  ASSERT_TRUE(load.wait_more(40));
  load.stop();
  ASSERT_TRUE(network.wait_equal(1, kPatienceMs)) << network.describe();
  const auto& codes = network.codes();
  auto& survivor = network.client(codes[0]);
  const auto before = survivor.status();
  ASSERT_TRUE(before);
  network.signal(codes[2], SIGKILL);
  network.signal(codes[3], SIGKILL);

  const std::string envelope = network.issue(codes[0], codes[1], 1'000);
  const Digest id = cli::id_of_signed_bytes(envelope);
  const auto answer = survivor.submit(envelope, 5'000);
  EXPECT_TRUE(!answer || answer->outcome() == v1::OUTCOME_PENDING);
  EXPECT_TRUE(wait_until(kPatienceMs, [&] {
    const auto status = survivor.status();
    return status && !status->progressing() && status->why().find(codes[2]) != std::string::npos &&
           status->why().find(codes[3]) != std::string::npos;
  })) << network.describe();
  const auto during = survivor.status();
  ASSERT_TRUE(during);
  EXPECT_EQ(during->final_height(), before->final_height());
  EXPECT_EQ(during->state_root(), before->state_root());
  const auto waiting = survivor.envelope(id);
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->outcome(), v1::OUTCOME_PENDING);
  const auto printed = network.run_cli({"status"});
  EXPECT_EQ(printed.exit_code, 5) << printed.output;
  const auto reason = printed.output.find("3 are needed; waits for ");
  ASSERT_NE(reason, std::string::npos) << printed.output;
  for (const auto& down : {codes[2], codes[3]}) {
    EXPECT_NE(printed.output.find(" " + down, reason), std::string::npos) << printed.output;
  }

  network.start(codes[2]);
  network.start(codes[3]);
  for (const auto& code : codes) {
    EXPECT_TRUE(wait_until(kPatienceMs,
                           [&] {
                             const auto found = network.client(code).envelope(id);
                             return found && found->outcome() == v1::OUTCOME_FINAL;
                           }))
        << code << network.describe();
  }
  ASSERT_TRUE(network.wait_equal(before->final_height() + 1, kPatienceMs)) << network.describe();
  expect_kept(network, load.final_answers());
  expect_audit(network, load.final_answers().size() + 1);
}

TEST(Cluster, AllKilledAtOnce) {
  DaemonNetwork network({});
  start_ready(network);
  Load load(network, 1, kPlenty);
  ASSERT_TRUE(load.wait_more(30));
  network.kill_all();
  network.start_all();
  ASSERT_TRUE(network.wait_all_ready(kPatienceMs)) << network.describe();
  ASSERT_TRUE(load.wait_more(20)) << network.describe();
  expect_whole(network, load);
}

TEST(Cluster, RandomKillLoop) {
  constexpr std::uint32_t kSeed = 20070101;
  constexpr int kCycles = 5;
  std::mt19937 random(kSeed);
  DaemonNetwork network({});
  start_ready(network);
  Load load(network, 1, kPlenty);
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    const std::string victim = network.codes()[random() % network.codes().size()];
    const int number = random() % 3 == 0 ? SIGTERM : SIGKILL;
    const std::size_t before = random() % 10;
    const std::size_t during = 1 + random() % 10;
    SCOPED_TRACE("cycle " + std::to_string(cycle) + ": signal " + std::to_string(number) + " to " + victim);
    ASSERT_TRUE(load.wait_more(before));
    network.signal(victim, number);
    ASSERT_TRUE(load.wait_more(during)) << network.describe();
    network.start(victim);
    ASSERT_TRUE(network.wait_ready(victim, kPatienceMs)) << network.describe();
  }
  expect_whole(network, load);
}

}  // namespace
}  // namespace kimberlite::cluster
