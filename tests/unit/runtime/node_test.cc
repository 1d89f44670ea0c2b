// Nodes in one process: finality, repeated submissions, refusals, restart and catch-up, quiet, start-up refusals.
#include "node/runtime/node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "kimberlite/v1/state.pb.h"
#include "node/runtime/startup.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

// Where every node stands, for a failure's message.
std::string describe(TestNetwork& network) {
  std::string out;
  for (const auto& code : kFour) {
    const auto status = network.node(code).status();
    out += "\n" + code + ": height " + std::to_string(status.tip.height.value) + " view " +
           std::to_string(status.core.replica.view.value) + " pool " + std::to_string(status.core.pool_envelopes) +
           " " + status.core.replica.why + "; " + status.core.why;
  }
  return out;
}

TEST(Node, OneAloneMakesEventsFinal) {
  TestNetwork network({"BW"});
  network.start_all();
  const auto result = network.submit("BW", network.issue("BW", "BW", 1));
  // A single participant has nobody to export to.
  ASSERT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_EQ(result.refusal.reason, Reason::INTRA_PARTICIPANT);
}

TEST(Node, FourAgreeOnEvents) {
  TestNetwork network(kFour);
  network.start_all();
  for (std::uint64_t i = 1; i <= 10; ++i) {
    const auto& from = kFour[i % 4];
    const auto result = network.submit(kFour[(i + 1) % 4], network.issue(from, kFour[(i + 2) % 4], i));
    ASSERT_EQ(result.outcome, Outcome::kFinal)
        << i << " " << result.refusal.message << " " << network.node("BW").status().core.replica.why;
  }
  EXPECT_TRUE(network.wait_equal(1));
  const auto value = network.node("IN").snapshot()->get("certificate/BW-0000001");
  ASSERT_TRUE(value);
  v1::CertificateRecord record;
  ASSERT_TRUE(record.ParseFromString(*value));
  EXPECT_EQ(record.state(), v1::CERTIFICATE_STATE_ISSUED);
}

TEST(Node, RepeatedSubmissionReturnsTheFirstResult) {
  TestNetwork network(kFour);
  network.start_all();
  const auto envelope = network.issue("BW", "EC", 7);
  const auto first = network.submit("BW", envelope);
  const auto again = network.submit("BW", envelope);
  const auto elsewhere = network.submit("IN", envelope);
  ASSERT_EQ(first.outcome, Outcome::kFinal);
  ASSERT_EQ(again.outcome, Outcome::kFinal);
  ASSERT_EQ(elsewhere.outcome, Outcome::kFinal);
  EXPECT_EQ(again.location.index, first.location.index);
  EXPECT_EQ(elsewhere.location.index, first.location.index);
}

TEST(Node, WhatIsAnsweredAsFinalIsThereToRead) {
  TestNetwork network(kFour);
  network.start_all();
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto envelope = open_envelope(network.issue("BW", "EC", number), network.genesis().chain_id);
    ASSERT_TRUE(envelope) << envelope.error().to_string();
    std::promise<std::pair<SubmitResult, std::uint64_t>> answered;
    network.node("BW").submit(*envelope, std::chrono::steady_clock::now() + std::chrono::seconds(20),
                              [&](const SubmitResult& result) {
                                answered.set_value({result, network.node("BW").snapshot()->tip().log_size.value});
                              });
    const auto [result, log_size] = answered.get_future().get();
    ASSERT_EQ(result.outcome, Outcome::kFinal);
    EXPECT_GT(log_size, result.location.index.value);
  }
}

TEST(Node, RefusalIsAnswered) {
  TestNetwork network(kFour);
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  const auto tip = network.node("BW").snapshot()->tip();
  auto other = network.issue("BW", "IN", 1);
  const auto result = network.submit("BW", other);
  ASSERT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_EQ(network.node("BW").snapshot()->tip().state_root, tip.state_root);
}

TEST(Node, RestartedNodeCatchesUp) {
  TestNetwork network(kFour);
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  network.stop("IN");
  for (std::uint64_t i = 2; i <= 60; ++i) {
    ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", i)).outcome, Outcome::kFinal) << i;
  }
  network.start("IN");
  EXPECT_TRUE(network.wait_equal(59)) << network.node("IN").status().core.why;
  // It takes part again: with another node down the network needs it.
  network.stop("AE");
  EXPECT_EQ(network.submit("IN", network.issue("IN", "EC", 61)).outcome, Outcome::kFinal)
      << network.node("IN").status().core.replica.why;
}

TEST(Node, TwoOfFourDownNothingIsFinalAndNothingLost) {
  TestNetwork network(kFour);
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  network.stop("IN");
  network.stop("AE");
  const auto pending = network.issue("BW", "EC", 2);
  EXPECT_EQ(network.submit("BW", pending, 1'500).outcome, Outcome::kPending);
  const auto status = network.node("BW").status();
  EXPECT_FALSE(status.core.progressing);
  EXPECT_NE(status.core.why.find("IN"), std::string::npos) << status.core.why;
  network.start("IN");
  EXPECT_EQ(network.submit("BW", pending).outcome, Outcome::kFinal);
}

TEST(Node, WholeNetworkRestarts) {
  TestNetwork network(kFour);
  network.start_all();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    ASSERT_EQ(network.submit("EC", network.issue("BW", "EC", i)).outcome, Outcome::kFinal);
  }
  for (const auto& code : kFour) network.stop(code);
  network.start_all();
  EXPECT_EQ(network.submit("AE", network.issue("AE", "EC", 1)).outcome, Outcome::kFinal);
  EXPECT_TRUE(network.wait_equal(2));
}

TEST(Node, QuietWhenIdle) {
  TestNetwork network(kFour);
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  ASSERT_TRUE(network.wait_equal(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  const auto before = network.node("BW").status();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  const auto after = network.node("BW").status();
  EXPECT_EQ(after.synced_writes, before.synced_writes);
  EXPECT_EQ(after.peer_bytes_sent, before.peer_bytes_sent);
}

TEST(Node, HeartbeatBlocksAppearWithoutEvents) {
  TestNetwork network(kFour, 400);
  network.start_all();
  EXPECT_TRUE(network.wait_equal(3));
  EXPECT_GE(network.node("BW").snapshot()->tip().height.value, 3U);
}

// A node that voted starts again with the file of its votes as `spoil` leaves it, and follows.
void expect_follower(TestNetwork& network, const std::function<void(const std::filesystem::path&)>& spoil) {
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  network.stop("IN");
  const auto key = read_key_file(network.configuration("IN").key_file);
  spoil(journal_path(network.configuration("IN").data_dir, key->public_key()));
  network.start("IN");
  const auto status = network.node("IN").status();
  EXPECT_FALSE(status.core.votes);
  EXPECT_NE(status.core.role.find("JOURNAL_MISSING"), std::string::npos) << status.core.role;
}

TEST(Node, LostJournalMakesAFollower) {
  TestNetwork network(kFour);
  expect_follower(network, [](const auto& journal) { ASSERT_TRUE(std::filesystem::remove(journal)); });
  ASSERT_EQ(network.submit("IN", network.issue("BW", "EC", 2)).outcome, Outcome::kFinal) << describe(network);
  EXPECT_TRUE(network.wait_equal(2));
}

// A backup of sparse files, or a repair of the file system, leaves zeros where votes were.
TEST(Node, AJournalOfZerosMakesAFollower) {
  TestNetwork network(kFour);
  expect_follower(network, [](const auto& journal) {
    const auto size = std::filesystem::file_size(journal);
    std::filesystem::resize_file(journal, 0);
    std::filesystem::resize_file(journal, size);
  });
}

// When consensus notices is for the simulation to show; here, that it lasts.
// The disk is gone and the key is not: a new folder knows of no vote, but the log has blocks that this key proposed.
TEST(Node, AnEmptyFolderWithAKeyThatVotedFollowsForEver) {
  TestNetwork network(kFour);
  network.start_all();
  const auto proposed_by = [&](const std::string& code) {
    const auto state = network.node("BW").snapshot();
    for (Height height = state->tip().height; height.value > 0; --height.value)
      if (decode_block_leaf(*state->record_leaf(height))->proposer == code) return true;
    return false;
  };
  for (std::uint64_t number = 1; !proposed_by("AE"); ++number) {
    ASSERT_LT(number, 20U) << "every node leads in its turn";
    ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", number)).outcome, Outcome::kFinal);
  }
  const auto height = network.node("BW").snapshot()->tip().height.value;
  network.stop("AE");
  std::filesystem::remove_all(network.configuration("AE").data_dir);
  for (int start = 0; start < 2; ++start) {
    network.start("AE");
    ASSERT_TRUE(network.wait_equal(height));
    const auto told = [&] {
      const auto status = network.node("AE").status();
      EXPECT_FALSE(status.core.votes);
      return status.core.role.find("JOURNAL_ROLLED_BACK") != std::string::npos;
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!told() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(told()) << network.node("AE").status().core.role;
    ASSERT_EQ(network.submit("AE", network.issue("BW", "IN", 90 + static_cast<std::uint64_t>(start))).outcome,
              Outcome::kFinal)
        << "it serves as a follower";
    network.stop("AE");
  }
  for (const auto& code : kFour) {
    if (code == "AE") continue;
    EXPECT_TRUE(network.node(code).evidence().empty());
  }
}

// Submits certificates from this number on until a new final block is one that this node proposed.
void submit_until_proposed_by(TestNetwork& network, const std::string& code, std::uint64_t& number) {
  const auto begun = network.node("BW").snapshot()->tip().height;
  for (bool proposed = false; !proposed;) {
    ASSERT_LT(number, 60U) << "every node leads in its turn";
    ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", ++number)).outcome, Outcome::kFinal) << describe(network);
    const auto state = network.node("BW").snapshot();
    for (Height height = state->tip().height; height > begun; --height.value)
      proposed = proposed || decode_block_leaf(*state->record_leaf(height))->proposer == code;
  }
}

// The others went on without it, so that it meets none of its later votes; but the log has its later blocks.
TEST(Node, AnOldBackupIsNoticedInTheLog) {
  TestNetwork network(kFour);
  network.start_all();
  std::uint64_t number = 0;
  submit_until_proposed_by(network, "AE", number);
  network.stop("AE");
  const auto data = network.configuration("AE").data_dir;
  const auto backup = network.folder() / "backup";
  std::filesystem::copy(data, backup, std::filesystem::copy_options::recursive);
  network.start("AE");
  ASSERT_TRUE(network.wait_votes("AE"));
  submit_until_proposed_by(network, "AE", number);
  ASSERT_TRUE(network.wait_equal(network.node("BW").snapshot()->tip().height.value));
  network.stop("AE");
  const auto submit = [&] {
    ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", ++number)).outcome, Outcome::kFinal) << describe(network);
  };
  for (int more = 0; more < 8; ++more) submit();
  std::filesystem::remove_all(data);
  std::filesystem::copy(backup, data, std::filesystem::copy_options::recursive);
  network.start("AE");
  ASSERT_TRUE(network.wait_equal(network.node("BW").snapshot()->tip().height.value));
  const auto status = network.node("AE").status();
  EXPECT_FALSE(status.core.votes);
  EXPECT_NE(status.core.role.find("JOURNAL_ROLLED_BACK"), std::string::npos) << status.core.role;
  submit();
  ASSERT_TRUE(network.wait_equal(network.node("BW").snapshot()->tip().height.value)) << "it follows";
}

// Only the journal is an old copy: the store has the blocks that it does not know of, before any peer is heard.
TEST(Node, AnOldJournalIsNoticedAtTheStart) {
  TestNetwork network(kFour);
  network.start_all();
  std::uint64_t number = 0;
  submit_until_proposed_by(network, "AE", number);
  network.stop("AE");
  const auto& configuration = network.configuration("AE");
  const auto key = read_key_file(configuration.key_file);
  ASSERT_TRUE(key);
  const auto journal = journal_path(configuration.data_dir, key->public_key());
  std::filesystem::copy_file(journal, network.folder() / "old");
  network.start("AE");
  ASSERT_TRUE(network.wait_votes("AE"));
  submit_until_proposed_by(network, "AE", number);
  ASSERT_TRUE(network.wait_equal(network.node("BW").snapshot()->tip().height.value));
  for (const auto& code : kFour) network.stop(code);
  std::filesystem::copy_file(network.folder() / "old", journal, std::filesystem::copy_options::overwrite_existing);
  network.start("AE");
  const auto status = network.node("AE").status();
  EXPECT_FALSE(status.core.votes);
  EXPECT_NE(status.core.role.find("JOURNAL_ROLLED_BACK"), std::string::npos) << status.core.role;
}

TEST(Node, AKeyThatHasNotVotedWaitsForAQuorumToSpeak) {
  TestNetwork network(kFour);
  network.start("AE");
  network.start("BW");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_FALSE(network.node("AE").status().core.votes);
  EXPECT_NE(network.node("AE").status().core.role.find("has not voted yet"), std::string::npos);
  network.start("EC");
  ASSERT_EQ(network.submit("AE", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal) << describe(network);
  EXPECT_TRUE(network.wait_votes("AE"));
}

TEST(Node, AKeyThatWasRolledBackFollowsForEver) {
  TestNetwork network(kFour);
  network.start_all();
  ASSERT_EQ(network.submit("BW", network.issue("BW", "EC", 1)).outcome, Outcome::kFinal);
  ASSERT_TRUE(network.wait_equal(1));  // a store at genesis is opened with the genesis state alone
  network.stop("AE");
  const auto& configuration = network.configuration("AE");
  const auto key = read_key_file(configuration.key_file);
  ASSERT_TRUE(key);
  {
    auto store = storage::Store::open({configuration.data_dir / "store", network.genesis().chain_id, {}});
    ASSERT_TRUE(store) << store.error().to_string();
    ASSERT_TRUE((*store)->retire_key(key->public_key()));
  }
  for (int start = 0; start < 2; ++start) {
    network.start("AE");
    const auto status = network.node("AE").status();
    EXPECT_FALSE(status.core.votes);
    EXPECT_NE(status.core.role.find("JOURNAL_ROLLED_BACK"), std::string::npos) << status.core.role;
    network.stop("AE");
  }
}

TEST(Node, SecondProcessOnTheSameDataIsRefused) {
  TestNetwork network(kFour);
  network.start("BW");
  auto second = network.configuration("BW");
  second.listen_peer = "127.0.0.1:0";
  const auto refused = Node::start(second, "test");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::STORE_LOCKED) << refused.error().to_string();
}

TEST(Node, KeyOfAnotherParticipantIsRefused) {
  TestNetwork network(kFour);
  auto configuration = network.configuration("BW");
  configuration.participant = "EC";
  const auto refused = Node::start(configuration, "test");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::UNKNOWN_KEY);
}

}  // namespace
}  // namespace kimberlite::runtime
