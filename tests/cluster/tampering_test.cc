// What was copied from a node and then changed, by one bit anywhere: an audit of the copy finds and names it, and the
// proof file is refused. What was copied and is then contradicted by its own signers: the mirror refuses, with proof.
// The log comes from real nodes, the checks are the command line's.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/audit/checkpoint_check.h"
#include "cli/audit/witness.h"
#include "cli/http_get.h"
#include "proto/state_proof.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::cluster {
namespace {

constexpr int kVerificationFailed = 4;
constexpr std::size_t kPositions = 6;  // of each file, first and last byte among them

std::string flipped(std::string bytes, std::size_t position) {
  bytes[position] = static_cast<char>(bytes[position] ^ 0x01);
  return bytes;
}

/// A few certificates on four nodes, and all nodes stopped after `collect` took what it needs from them.
class Tampering : public testing::Test {
 protected:
  void SetUp() override {
    network_.start_all();
    ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
    for (std::uint64_t number = 1; number <= 12; ++number) {
      const auto answer = network_.client("BW").submit(network_.issue("BW", "IN", number), kPatienceMs);
      ASSERT_TRUE(answer) << answer.error().to_string();
      ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason();
    }
    ASSERT_TRUE(network_.wait_equal(1, kPatienceMs)) << network_.describe();
  }

  DaemonNetwork::Printed audit(const std::filesystem::path& copy) const {
    return network_.run_cli(
        {"audit", "--tiles", copy.string(), "--genesis", (network_.folder() / "genesis.json").string()});
  }

  /// The newest checkpoint of `code`, once every validator has signed it: it then changes only if the log grows.
  std::string complete_checkpoint(const std::string& code) const {
    const std::string line = "\n\u2014 " + network_.genesis().genesis->network_name() + " ";
    std::string note;
    EXPECT_TRUE(wait_until(kPatienceMs, [&] {
      note = cli::HttpGet(network_.address(code).http, kHttpMs).get("/checkpoint").value_or("");
      std::size_t signatures = 0;
      for (std::size_t at = 0; (at = note.find(line, at)) != std::string::npos; at += line.size()) ++signatures;
      return signatures == network_.codes().size();
    })) << note;
    return note;
  }

  DaemonNetwork network_{{}};
};

TEST_F(Tampering, OneFlippedBitInACopiedLog) {
  const auto copy = network_.folder() / "copy";
  const auto mirrored =
      network_.run_cli({"mirror", "--tiles", "http://" + network_.address("EC").http, "--out", copy.string()});
  ASSERT_EQ(mirrored.exit_code, 0) << mirrored.output;
  network_.kill_all();
  const auto untouched = audit(copy);
  ASSERT_EQ(untouched.exit_code, 0) << untouched.output;

  std::size_t entries = 0;
  std::size_t tiles = 0;
  std::size_t checkpoints = 0;
  for (const auto& item : std::filesystem::recursive_directory_iterator(copy)) {
    if (!item.is_regular_file() || item.path().filename() == "genesis.json") continue;
    const std::string name = item.path().lexically_relative(copy).string();
    const bool entry = name.starts_with("tile/entries");
    ++(name == "checkpoint" ? checkpoints : entry ? entries : tiles);
    const std::string bytes = read(item.path());
    for (std::size_t i = 0; i < kPositions; ++i) {
      const std::size_t position = i * (bytes.size() - 1) / (kPositions - 1);
      SCOPED_TRACE(name + " byte " + std::to_string(position) + " of " + std::to_string(bytes.size()));
      write(item.path(), flipped(bytes, position));
      const auto printed = audit(copy);
      EXPECT_EQ(printed.exit_code, kVerificationFailed) << printed.output;
      const std::string named = name == "checkpoint" ? "checkpoint" : entry ? "entries" : "hash tile";
      EXPECT_NE(printed.output.find(named), std::string::npos) << printed.output;
    }
    write(item.path(), bytes);
  }
  EXPECT_GE(entries, 1U);
  EXPECT_GE(tiles, 1U);
  EXPECT_EQ(checkpoints, 1U);
  EXPECT_EQ(audit(copy).exit_code, 0);
}

// The same validators vote twice, from genesis on: once for what the mirror holds, and once for what it is shown later.
TEST_F(Tampering, AMirrorThatIsShownAnotherLogKeepsBothCheckpoints) {
  const auto copy = network_.folder() / "copy";
  const auto mirror = [&] {
    return network_.run_cli({"mirror", "--tiles", "http://" + network_.address("EC").http, "--out", copy.string()});
  };
  const auto mirrored = mirror();
  ASSERT_EQ(mirrored.exit_code, 0) << mirrored.output;
  const std::string held = read(copy / "checkpoint");
  network_.kill_all();
  for (const auto& code : network_.codes()) {
    const auto data = network_.folder() / "nodes" / code / "data";
    std::filesystem::remove_all(data);
    std::filesystem::create_directory(data);
  }
  network_.start_all();
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  // First a shorter log than the one held, then a longer one.
  std::uint64_t number = 100;
  for (const int envelopes : {3, 20}) {
    SCOPED_TRACE(std::to_string(envelopes) + " more");
    for (int i = 0; i < envelopes; ++i) {
      const auto answer = network_.client("BW").submit(network_.issue("BW", "IN", ++number), kPatienceMs);
      ASSERT_TRUE(answer) << answer.error().to_string();
      ASSERT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason();
    }
    ASSERT_TRUE(network_.wait_equal(1, kPatienceMs)) << network_.describe();
    const std::string shown = complete_checkpoint("EC");
    const auto refused = mirror();
    EXPECT_EQ(refused.exit_code, kVerificationFailed) << refused.output;
    EXPECT_NE(refused.output.find("LOG_INCONSISTENT"), std::string::npos) << refused.output;
    std::set<std::string> kept;
    for (const auto& item : std::filesystem::directory_iterator(copy / cli::kSplitViewFolder)) {
      EXPECT_NE(refused.output.find(item.path().filename().string()), std::string::npos) << refused.output;
      const std::string bytes = read(item.path());
      kept.insert(bytes);
      EXPECT_TRUE(cli::check_checkpoint(bytes, network_.genesis(), *walk_epochs(network_.genesis(), "")));
    }
    EXPECT_EQ(kept, (std::set{held, shown}));
    std::filesystem::remove_all(copy / cli::kSplitViewFolder);
    EXPECT_EQ(read(copy / "checkpoint"), held);
    EXPECT_EQ(audit(copy).exit_code, 0);
  }
}

TEST_F(Tampering, EveryByteOfAProof) {
  const auto file = network_.folder() / "certificate.proof";
  const auto proven = network_.run_cli({"prove", "BW-0000005", "--out", file.string()});
  ASSERT_EQ(proven.exit_code, 0) << proven.output;
  network_.kill_all();
  const auto offline = network_.run_cli({"verify", file.string()});
  ASSERT_EQ(offline.exit_code, 0) << offline.output;

  const std::string bytes = read(file);
  ASSERT_TRUE(verify_state_proof(bytes, network_.genesis()));
  for (std::size_t position = 0; position < bytes.size(); ++position) {
    EXPECT_FALSE(verify_state_proof(flipped(bytes, position), network_.genesis())) << "byte " << position;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(verify_state_proof(bytes.substr(0, size), network_.genesis())) << size << " bytes";
  }
  for (const std::size_t position : {std::size_t{0}, bytes.size() / 3, bytes.size() / 2, bytes.size() - 1}) {
    write(file, flipped(bytes, position));
    const auto refused = network_.run_cli({"verify", file.string()});
    EXPECT_EQ(refused.exit_code, kVerificationFailed) << "byte " << position << ": " << refused.output;
    write(file, bytes.substr(0, position));
    const auto truncated = network_.run_cli({"verify", file.string()});
    EXPECT_EQ(truncated.exit_code, kVerificationFailed) << position << " bytes: " << truncated.output;
    EXPECT_NE(truncated.output.find("PROOF_TRUNCATED"), std::string::npos) << truncated.output;
  }
}

}  // namespace
}  // namespace kimberlite::cluster
