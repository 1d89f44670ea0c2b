// The validators change over real daemons: a key is replaced as the operator's guide says, a lost journal is healed by
// a new key, and whoever audits the log or checks a proof afterwards walks the epochs.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "cli/wallet.h"
#include "kimberlite/v1/event.pb.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::cluster {
namespace {

class EpochsTest : public ::testing::Test {
 protected:
  EpochsTest() : network_({}) { network_.start_all(); }

  std::filesystem::path key_file(const std::string& code) const {
    return network_.folder() / "nodes" / code / "node.key";
  }

  void commit(const std::string& through) {
    const auto answer = network_.client(through).submit(network_.issue("BW", "EC", ++number_), kPatienceMs);
    ASSERT_TRUE(answer) << answer.error().to_string();
    ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().message() << network_.describe();
  }

  /// The three steps of the operator's guide: a new key, node.register, restart with it.
  void replace_key(const std::string& code, int stop_signal) {
    const auto new_key = network_.folder() / "new.key";
    std::filesystem::remove(new_key);
    const auto made = network_.run_cli({"keys", "new", new_key.string()});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const auto key = cli::load_key(new_key);
    ASSERT_TRUE(key) << key.error().to_string();
    const auto sent = network_.run_cli(
        {"send", R"({"action":"node.register","public_key":")" + key->public_key().hex() + R"("})", "--as", code});
    ASSERT_EQ(sent.exit_code, 0) << sent.output;
    network_.signal(code, stop_signal);
    std::filesystem::rename(new_key, key_file(code));
    network_.start(code);
    ASSERT_TRUE(network_.wait_ready(code, kPatienceMs)) << network_.describe();
  }

  void expect_votes(const std::string& code, std::uint64_t epoch) {
    EXPECT_TRUE(wait_until(kPatienceMs, [&] {
      const auto status = network_.client(code).status();
      return status && status->validator() && status->epoch() == epoch;
    })) << network_.describe();
  }

  DaemonNetwork network_;
  std::uint64_t number_{};
};

TEST_F(EpochsTest, KeysAreReplacedAndTheLogIsAuditedAcrossEpochs) {
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  commit("AE");
  replace_key("BW", SIGTERM);
  expect_votes("BW", 2);
  commit("BW");
  replace_key("EC", SIGKILL);
  expect_votes("EC", 3);
  commit("IN");
  ASSERT_TRUE(network_.wait_equal(5, kPatienceMs)) << network_.describe();

  const auto audited = network_.run_cli({"audit"});
  EXPECT_EQ(audited.exit_code, 0) << audited.output;
  const auto proven = network_.run_cli({"prove", "BW-0000001", "--out", (network_.folder() / "proof").string()});
  EXPECT_EQ(proven.exit_code, 0) << proven.output;
  EXPECT_NE(proven.output.find("2 changes of the validators"), std::string::npos) << proven.output;
  const auto mirrored = network_.run_cli({"mirror", "--out", (network_.folder() / "mirror").string()});
  ASSERT_EQ(mirrored.exit_code, 0) << mirrored.output;
  const auto offline = network_.run_cli({"audit", "--tiles", (network_.folder() / "mirror").string()});
  EXPECT_EQ(offline.exit_code, 0) << offline.output;
  const auto links = network_.folder() / "mirror" / "epochs";
  std::fstream altered(links, std::ios::in | std::ios::out | std::ios::binary);
  altered.seekp(static_cast<std::streamoff>(std::filesystem::file_size(links) / 2));
  altered.put('x');
  altered.close();
  const auto flipped = network_.run_cli({"audit", "--tiles", (network_.folder() / "mirror").string()});
  EXPECT_NE(flipped.exit_code, 0) << flipped.output;
  EXPECT_NE(flipped.output.find("epochs"), std::string::npos) << flipped.output;
  std::filesystem::remove(links);
  const auto without = network_.run_cli({"audit", "--tiles", (network_.folder() / "mirror").string()});
  EXPECT_NE(without.exit_code, 0) << "a log of the third epoch is not signed by the first one's validators";
}

TEST_F(EpochsTest, ANewKeyHealsALostJournal) {
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  commit("AE");
  network_.signal("IN", SIGKILL);
  ASSERT_TRUE(std::filesystem::remove(network_.journal_file("IN")));
  network_.start("IN");
  ASSERT_TRUE(network_.wait_ready("IN", kPatienceMs)) << network_.describe();
  replace_key("IN", SIGTERM);
  expect_votes("IN", 2);
  network_.signal("AE", SIGKILL);
  commit("IN");
}

TEST_F(EpochsTest, ANodeThatWasAwayDuringTheChangeComesBack) {
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  commit("AE");
  network_.signal("IN", SIGKILL);
  replace_key("BW", SIGTERM);
  commit("EC");
  network_.start("IN");
  expect_votes("IN", 2);
  network_.signal("AE", SIGKILL);
  commit("IN");
}

}  // namespace
}  // namespace kimberlite::cluster
