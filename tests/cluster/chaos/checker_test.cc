// The checker of chaos runs: a sound run passes, and each promise, broken on purpose and alone, is found by its name.
// Not covered: whether real nodes keep the promises (chaos_main.cc asks them).
#include "tests/cluster/chaos/checker.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/merkle_log.h"

namespace kimberlite::chaos {
namespace {

Digest id_of(std::uint64_t number) {
  return sha256("envelope", std::to_string(number));
}

/// Three nodes with a log of six blocks, one envelope each, and two clients that were told the truth: envelope n is
/// submitted at n * 100, final at n * 100 + 50, read at n * 100 + 60.
class Checker : public testing::Test {
 protected:
  static constexpr std::uint64_t kBlocks = 6;

  Checker() {
    for (const auto* node : {"BW", "EC", "IN"}) logs_.push_back({node, {}});
    for (std::uint64_t height = 1; height <= kBlocks; ++height) {
      for (auto& log : logs_) {
        log.leaves.push_back({leaf_hash("envelope " + std::to_string(height)), id_of(height), height});
        log.leaves.push_back({leaf_hash("record " + std::to_string(height)), std::nullopt, height});
      }
      const auto begin = static_cast<std::int64_t>(height) * 100;
      const std::size_t node = height % 2;
      add(Question::kSubmit, node, begin, begin + 50, height, Answer::kFinal);
      add(Question::kFind, node, begin + 55, begin + 60, height, Answer::kFinal);
      add(Question::kState, node, begin + 55, begin + 60, height, Answer::kFinal);
      look(node, begin + 70, height);
    }
    logs_.back().leaves.resize(2 * kBlocks - 2);  // one node is a block behind
  }

  void add(Question question, std::size_t node, std::int64_t invoked, std::int64_t answered, std::uint64_t number,
           Answer answer) {
    EnvelopeCall call{
        .call = {node, 0, invoked, answered}, .question = question, .id = id_of(number), .answer = answer};
    if (answer == Answer::kFinal && question != Question::kState) {
      call.height = number;
      call.log_index = 2 * (number - 1);
    }
    history_.envelopes.push_back(call);
  }

  void look(std::size_t node, std::int64_t time, std::uint64_t height) {
    CompactRange range;
    for (std::uint64_t i = 0; i < 2 * height; ++i) range.append(logs_.front().leaves[i].hash);
    history_.statuses.push_back(
        {.call = {node, 0, time, time + 5}, .final_height = height, .log_size = 2 * height, .log_root = range.root()});
  }

  void expect_only(Violation violation, std::uint64_t count = 1) const {
    const Verdict verdict = check(history_, logs_);
    EXPECT_EQ(verdict.counts, (std::map<Violation, std::uint64_t>{{violation, count}}))
        << (verdict.sentences.empty() ? "nothing was found" : verdict.sentences.front());
    ASSERT_FALSE(verdict.sentences.empty());
    EXPECT_TRUE(verdict.sentences.front().starts_with(violation_name(violation))) << verdict.sentences.front();
  }

  History history_;
  std::vector<NodeLog> logs_;
};

TEST_F(Checker, SoundRunPasses) {
  add(Question::kFind, 2, 310, 320, 3, Answer::kUnknown);   // another node has not got it yet
  add(Question::kSubmit, 0, 700, 750, 7, Answer::kFailed);  // never ordered, and never reported
  const Verdict verdict = check(history_, logs_);
  EXPECT_EQ(verdict.total(), 0U) << verdict.sentences.front();
}

TEST_F(Checker, LostEvent) {
  add(Question::kSubmit, 0, 700, 750, 7, Answer::kFinal);
  expect_only(Violation::kLostEvent);
}

TEST_F(Checker, DoubledEvent) {
  for (auto& log : logs_) {
    log.leaves.resize(2 * kBlocks);
    log.leaves.back() = {leaf_hash("envelope 4 again"), id_of(4), kBlocks};
  }
  history_.statuses.pop_back();  // its root would be false too
  logs_.resize(1);
  expect_only(Violation::kDoubledEvent);
}

TEST_F(Checker, InventedEvent) {
  for (auto& log : logs_) log.leaves.resize(2 * kBlocks - 2);
  for (auto& log : logs_) log.leaves.push_back({leaf_hash("nobody's"), id_of(99), kBlocks});
  std::erase_if(history_.envelopes, [](const auto& call) { return call.id == id_of(kBlocks); });
  history_.statuses.pop_back();
  expect_only(Violation::kInventedEvent);
}

TEST_F(Checker, ForkInTheMiddle) {
  logs_.back().leaves[3].hash = leaf_hash("another record");
  expect_only(Violation::kFork);
}

TEST_F(Checker, ForkAtTheEnd) {
  logs_[1].leaves.back().hash = leaf_hash("another record");
  expect_only(Violation::kFork);
}

TEST_F(Checker, FalseFinalityIndex) {
  history_.envelopes.front().log_index += 2;
  expect_only(Violation::kFalseFinality);
}

TEST_F(Checker, FalseFinalityHeight) {
  history_.envelopes[1].height += 1;
  expect_only(Violation::kFalseFinality);
}

TEST_F(Checker, StaleFind) {
  add(Question::kFind, 1, 200, 210, 1, Answer::kUnknown);
  expect_only(Violation::kStaleRead);
}

TEST_F(Checker, StaleState) {
  add(Question::kState, 1, 200, 210, 1, Answer::kUnknown);
  expect_only(Violation::kStaleRead);
}

TEST_F(Checker, PendingAfterFinalIsStale) {
  add(Question::kSubmit, 1, 200, 210, 1, Answer::kPending);
  expect_only(Violation::kStaleRead);
}

TEST_F(Checker, AnotherLifeMayHaveForgotten) {
  add(Question::kFind, 1, 200, 210, 1, Answer::kUnknown);
  history_.envelopes.back().call.life = 1;
  add(Question::kFind, 1, 220, 230, 1, Answer::kUnknown);
  history_.envelopes.back().call.life = kBetweenLives;
  EXPECT_EQ(check(history_, logs_).total(), 0U);
}

TEST_F(Checker, ReadThatOverlapsIsNotStale) {
  add(Question::kFind, 1, 140, 145, 1, Answer::kUnknown);
  EXPECT_EQ(check(history_, logs_).total(), 0U);
}

TEST_F(Checker, FalseRoot) {
  history_.statuses[2].log_root = sha256("another root");
  expect_only(Violation::kFalseRoot);
}

TEST_F(Checker, RootOfALogThatIsGone) {
  history_.statuses.back().log_size += 2;
  expect_only(Violation::kFalseRoot);
}

TEST_F(Checker, HeightSinks) {
  look(1, 900, 2);
  expect_only(Violation::kBackwards);
}

TEST_F(Checker, SubmittedLaterStandsEarlier) {
  for (auto& call : history_.envelopes) {
    if (call.id == id_of(2)) call.call.invoked_us += 500, call.call.answered_us += 500;
  }
  expect_only(Violation::kOutOfOrder);
}

TEST_F(Checker, Refused) {
  add(Question::kSubmit, 0, 700, 750, 7, Answer::kRefused);
  expect_only(Violation::kRefused);
}

TEST_F(Checker, Evidence) {
  history_.statuses.back().accused.insert(SecretKey::generate().public_key());
  expect_only(Violation::kEvidence);
}

TEST_F(Checker, EvidenceAgainstAKeyThatWasMadeToVoteTwiceIsDue) {
  const PublicKey key = SecretKey::generate().public_key();
  history_.statuses.back().accused.insert(key);
  history_.excused[key] = history_.statuses.back().call.answered_us;
  EXPECT_EQ(check(history_, logs_).total(), 0U);
}

TEST_F(Checker, EvidenceFromBeforeTheFault) {
  const PublicKey key = SecretKey::generate().public_key();
  history_.statuses.front().accused.insert(key);
  history_.excused[key] = history_.statuses.back().call.answered_us;
  expect_only(Violation::kEvidence);
}

TEST_F(Checker, EvidenceAgainstAnotherKey) {
  history_.statuses.back().accused.insert(SecretKey::generate().public_key());
  history_.excused[SecretKey::generate().public_key()] = 0;
  expect_only(Violation::kEvidence);
}

TEST_F(Checker, SentencesAreBoundedAndCountsAreNot) {
  for (std::uint64_t i = 0; i < 3 * kSentencesMax; ++i) add(Question::kSubmit, 0, 700, 750, 1000 + i, Answer::kFinal);
  const Verdict verdict = check(history_, logs_);
  EXPECT_EQ(verdict.counts.at(Violation::kLostEvent), 3 * kSentencesMax);
  EXPECT_EQ(verdict.sentences.size(), kSentencesMax);
}

}  // namespace
}  // namespace kimberlite::chaos
