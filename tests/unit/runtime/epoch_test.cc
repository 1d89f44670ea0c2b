// Epochs over real nodes in one process: node keys replaced, nodes retired, participants admitted and withdrawn, while
// events go on, and what a node that missed it all learns afterwards.
#include <gtest/gtest.h>

#include <filesystem>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/proof.pb.h"
#include "node/runtime/node.h"
#include "node/runtime/startup.h"
#include "proto/epoch_chain.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

class EpochTest : public ::testing::Test {
 protected:
  EpochTest() : network_(kFour) { network_.start_all(); }

  // Replaces a node's key on the roll, then in its folder, and starts it again.
  void replace_key(const std::string& code, const std::string& by) {
    const auto key = SecretKey::generate();
    ASSERT_EQ(network_.submit(by, network_.register_node(code, key.public_key())).outcome, Outcome::kFinal);
    network_.stop(code);
    network_.set_node_key(code, key);
    network_.start(code);
  }

  void issue(const std::string& through) {
    const auto result = network_.submit(through, network_.issue("BW", "EC", ++number_));
    ASSERT_EQ(result.outcome, Outcome::kFinal)
        << through << " " << result.refusal.message << " " << network_.node(through).status().core.why;
  }

  std::uint64_t height(const std::string& code) { return network_.node(code).snapshot()->tip().height.value; }

  TestNetwork network_;
  std::uint64_t number_{};
};

TEST_F(EpochTest, AReplacedKeyBeginsAnEpochAndVotesInIt) {
  issue("AE");
  replace_key("BW", "AE");
  ASSERT_TRUE(network_.wait_epoch(2));
  issue("BW");
  EXPECT_TRUE(network_.wait_votes("BW"));
  EXPECT_TRUE(network_.wait_equal(height("BW")));
  // With one of the other three away, the new key's vote is needed.
  network_.stop("IN");
  issue("EC");
}

TEST_F(EpochTest, TheOldKeyFollowsAndSaysWhy) {
  const auto key = SecretKey::generate();
  ASSERT_EQ(network_.submit("AE", network_.register_node("BW", key.public_key())).outcome, Outcome::kFinal);
  ASSERT_TRUE(network_.wait_epoch(2));
  const auto status = network_.node("BW").status();
  EXPECT_FALSE(status.core.votes);
  EXPECT_NE(status.core.role.find("UNKNOWN_KEY"), std::string::npos) << status.core.role;
  issue("AE");
  EXPECT_TRUE(network_.wait_equal(height("AE"))) << "the node with the old key still follows";
}

TEST_F(EpochTest, ANodeThatMissedSeveralEpochsWalksThem) {
  issue("AE");
  ASSERT_TRUE(network_.wait_equal(1));
  network_.stop("IN");
  for (int i = 0; i < 3; ++i) {
    replace_key("BW", "AE");
    issue("EC");
  }
  network_.start("IN");
  ASSERT_TRUE(network_.wait_epoch(4));
  EXPECT_TRUE(network_.wait_equal(height("EC")));
  issue("IN");
}

TEST_F(EpochTest, AnEpochSurvivesThePowerCutOfAll) {
  replace_key("BW", "AE");
  ASSERT_TRUE(network_.wait_epoch(2));
  for (const auto& code : kFour) network_.stop(code);
  network_.start_all();
  ASSERT_TRUE(network_.wait_epoch(2));
  issue("IN");
  EXPECT_TRUE(network_.wait_equal(height("IN")));
}

TEST_F(EpochTest, ALostJournalIsHealedByANewKey) {
  network_.stop("IN");
  const auto& configuration = network_.configuration("IN");
  const auto old_key = read_key_file(configuration.key_file);
  ASSERT_TRUE(std::filesystem::remove(journal_path(configuration.data_dir, old_key->public_key())));
  network_.start("IN");
  ASSERT_FALSE(network_.node("IN").status().core.votes);
  replace_key("IN", "IN");
  ASSERT_TRUE(network_.wait_epoch(2));
  EXPECT_TRUE(network_.wait_votes("IN"));
  network_.stop("AE");
  issue("IN");
}

TEST_F(EpochTest, AnAdmittedParticipantCatchesUpAndVotes) {
  issue("AE");
  const auto key = SecretKey::generate();
  const auto root = SecretKey::generate();
  network_.add_node("NA", key);
  v1::Event event;
  auto& admission = *event.mutable_participant_admit();
  admission.set_code("NA");
  admission.set_name("Namibia");
  admission.set_role("producer");
  admission.set_root_key(std::string(root.public_key().view()));
  admission.set_node_key(std::string(key.public_key().view()));
  admission.set_node_address(network_.configuration("NA").listen_peer);
  admission.set_decision("Plenary");
  ASSERT_EQ(network_.submit("IN", network_.sign_by_root("AE", event)).outcome, Outcome::kFinal);
  network_.start("NA");
  ASSERT_TRUE(network_.wait_epoch(2));
  EXPECT_EQ(network_.node("NA").status().core.validators, 5U);
  issue("NA");
  EXPECT_TRUE(network_.wait_votes("NA"));
  network_.stop("BW");
  issue("EC");
}

TEST_F(EpochTest, ARetiredNodeIsNeededNoMore) {
  v1::Event event;
  event.mutable_node_retire()->set_cause("closed");
  ASSERT_EQ(network_.submit("AE", network_.sign_by_root("IN", event)).outcome, Outcome::kFinal);
  ASSERT_TRUE(network_.wait_epoch(2));
  EXPECT_EQ(network_.node("AE").status().core.validators, 3U);
  network_.stop("IN");
  issue("AE");
}

TEST_F(EpochTest, TheLinksLeadFromGenesisToTheSetThatVotes) {
  replace_key("BW", "AE");
  issue("EC");
  replace_key("EC", "AE");
  issue("BW");
  const auto state = network_.node("AE").snapshot();
  v1::EpochChain chain;
  for (Epoch epoch{1}; const auto link = state->epoch_link(epoch); ++epoch.value)
    ASSERT_TRUE(chain.add_links()->ParseFromString(*link));
  const auto known = walk_epochs(network_.genesis(), chain.SerializeAsString());
  ASSERT_TRUE(known) << known.error().to_string();
  ASSERT_EQ(known->sets.size(), 3U);
  EXPECT_EQ(known->sets.back().digest(), validators_of(network_.genesis(), *state, Epoch{3}).digest());
}

}  // namespace
}  // namespace kimberlite::runtime
