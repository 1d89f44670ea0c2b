// Clients' calls while a node's core is busy: how many wait, what passes them, and what becomes of them at a stop. Each
// test reads the answers when the node is gone. What it does not cover: gRPC's side of an answer.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "node/runtime/node.h"
#include "proto/envelope.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

/// Keeps a node's core busy, in the answer to a call of status, until it goes itself.
class CoreHold {
 public:
  explicit CoreHold(Node& node) {
    node.status([released = release_.get_future().share()](const Result<NodeStatus>&) { released.wait(); });
  }
  CoreHold(const CoreHold&) = delete;
  CoreHold& operator=(const CoreHold&) = delete;
  ~CoreHold() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

SubmitCallback keep_in(std::vector<SubmitResult>& results) {
  return [&results](const SubmitResult& result) { results.push_back(result); };
}

SteadyTime in_a_minute() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

/// Valid ones, of certificates 1 to `count`.
std::vector<EnvelopePtr> envelopes(TestNetwork& network, std::uint64_t count) {
  std::vector<EnvelopePtr> out;
  for (std::uint64_t number = 1; number <= count; ++number) {
    auto envelope = open_envelope(network.issue("BW", "EC", number), network.genesis().chain_id);
    EXPECT_TRUE(envelope) << envelope.error().to_string();
    out.push_back(*std::move(envelope));
  }
  return out;
}

TEST(ClientCalls, OneTooManyIsRefusedAtOnce) {
  std::vector<SubmitResult> taken;
  std::vector<SubmitResult> refused;
  TestNetwork network(kFour);
  Node& node = network.start("BW");
  const auto late = envelopes(network, 1);
  {
    const CoreHold hold(node);
    for (std::size_t call = 0; call < kCallsWaitingMax; ++call) node.find(Digest{}, keep_in(taken));
    node.find(Digest{}, keep_in(refused));
    node.submit(late.front(), in_a_minute(), keep_in(refused));
    ASSERT_EQ(refused.size(), 2U);
  }
  network.stop("BW");
  EXPECT_EQ(taken.size(), kCallsWaitingMax);
  for (const auto& result : taken) EXPECT_EQ(result.outcome, Outcome::kUnknown);
  for (const auto& result : refused) {
    EXPECT_EQ(result.outcome, Outcome::kRefused);
    EXPECT_EQ(result.refusal.reason, Reason::OVERLOADED);
  }
}

TEST(ClientCalls, QuestionsForTheStatusHaveABoundOfTheirOwn) {
  std::size_t answered = 0;
  std::optional<Error> refusal;
  std::vector<SubmitResult> found;
  TestNetwork network(kFour);
  Node& node = network.start("BW");
  {
    const CoreHold hold(node);  // itself one of those that wait
    for (std::size_t call = 1; call < kCallsWaitingMax; ++call) {
      node.status([&answered](const Result<NodeStatus>& status) { answered += status ? 1 : 0; });
    }
    node.status([&refusal](const Result<NodeStatus>& status) {
      if (!status) refusal = status.error();
    });
    ASSERT_TRUE(refusal);
    node.find(Digest{}, keep_in(found));
  }
  network.stop("BW");
  EXPECT_EQ(answered, kCallsWaitingMax - 1);
  EXPECT_EQ(refusal->reason, Reason::OVERLOADED);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().outcome, Outcome::kUnknown);
}

// drain() goes to the core as votes do.
TEST(ClientCalls, OneAtATimeStandsAmongTheCoresOwnWork) {
  constexpr std::size_t kCalls = 8;
  std::vector<SubmitResult> results;
  TestNetwork network(kFour);
  Node& node = network.start("BW");
  const auto all = envelopes(network, kCalls);
  {
    const CoreHold hold(node);
    for (const auto& envelope : all) node.submit(envelope, in_a_minute(), keep_in(results));
    node.drain();
  }
  network.stop("BW");
  ASSERT_EQ(results.size(), kCalls);
  EXPECT_EQ(results.front().outcome, Outcome::kPending) << results.front().refusal.message;
  for (std::size_t call = 1; call < kCalls; ++call) {
    EXPECT_EQ(results[call].outcome, Outcome::kRefused) << call;
    EXPECT_EQ(results[call].refusal.reason, Reason::UNAVAILABLE) << call;
  }
}

TEST(ClientCalls, WhoAsksAboutAnEnvelopeStaysBehindItsSubmission) {
  std::vector<SubmitResult> results;
  std::promise<SubmitResult> found;
  TestNetwork network(kFour);
  Node& node = network.start("BW");
  const auto all = envelopes(network, 4);
  {
    const CoreHold hold(node);
    for (const auto& envelope : all) node.submit(envelope, in_a_minute(), keep_in(results));
    node.find(all.back()->id(), [&found](const SubmitResult& result) { found.set_value(result); });
  }
  EXPECT_EQ(found.get_future().get().outcome, Outcome::kPending);
}

TEST(ClientCalls, AreAnsweredBeforeTheNodeIsGone) {
  std::vector<SubmitResult> results;
  TestNetwork network(kFour);
  Node& node = network.start("BW");
  // So that most still wait when the stop comes; where they do not, they were answered before.
  node.status([](const Result<NodeStatus>&) { std::this_thread::sleep_for(std::chrono::milliseconds(200)); });
  for (std::size_t call = 0; call < kCallsWaitingMax; ++call) node.find(Digest{}, keep_in(results));
  network.stop("BW");
  EXPECT_EQ(results.size(), kCallsWaitingMax);
}

}  // namespace
}  // namespace kimberlite::runtime
