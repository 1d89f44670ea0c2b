// A node that never ran joins by a snapshot: a real daemon, killed again and again on the way.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "cli/wallet.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::cluster {
namespace {

constexpr int kEveryBlocks = 5;
constexpr int kBlocks = 23;

// The height of a node's store when it was first opened, of the node's log: from genesis, a store begins at 0. The line
// that says that a snapshot is whole may be missing, for the node may be killed between the deed and the word.
std::uint64_t first_height(const std::string& log) {
  constexpr std::string_view kField = " height=";
  const auto started = log.find(" started ");
  const auto field = started == std::string::npos ? started : log.find(kField, started);
  return field == std::string::npos ? 0 : std::stoull(log.substr(field + kField.size()));
}

TEST(SnapshotJoin, KilledOnTheWayItGoesOnAndVotesInTheEnd) {
  DaemonNetwork network({});
  const std::string joiner = "IN";
  for (const auto& code : network.codes())
    std::ofstream(network.configuration(code), std::ios::app)
        << "\n[sync]\nsnapshot_every_blocks = " << kEveryBlocks << "\nfrom = \""
        << (code == joiner ? "snapshot" : "genesis") << "\"\n";
  for (const auto& code : network.codes()) {
    if (code != joiner) network.start(code);
  }
  for (const auto& code : network.codes()) {
    if (code == joiner) continue;
    ASSERT_TRUE(network.wait_ready(code, kPatienceMs)) << network.describe();
  }
  std::uint64_t number = 0;
  const auto commit = [&](const std::string& through) {
    const auto answer = network.client(through).submit(network.issue("BW", "EC", ++number), kPatienceMs);
    ASSERT_TRUE(answer) << answer.error().to_string();
    ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().message() << network.describe();
  };
  const std::string& other = network.codes().front();
  ASSERT_NE(other, joiner);
  for (int i = 0; i < kBlocks; ++i) commit(other);

  // Killed a little later each time, so that some moment of every stage is met.
  for (int delay_ms = 100; delay_ms <= 1'900; delay_ms += 200) {
    network.start(joiner);
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    if (network.runs(joiner)) network.signal(joiner, SIGKILL);
  }
  network.start(joiner);
  ASSERT_TRUE(network.wait_ready(joiner, kPatienceMs)) << network.describe() << read(network.log_file(joiner));
  EXPECT_GE(first_height(read(network.log_file(joiner))), std::uint64_t{kEveryBlocks}) << "it began from genesis";
  ASSERT_TRUE(network.wait_equal(kBlocks, kPatienceMs)) << network.describe();
  network.signal(other, SIGTERM);
  commit(joiner);  // three of four are left: its vote is needed
}

}  // namespace
}  // namespace kimberlite::cluster
