// Send queues: priority, order, bounds, and what is dropped when each is full.
#include "node/net/send_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/net/frame.h"

namespace kimberlite::net {
namespace {

std::shared_ptr<const std::string> message(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

/// A message of `bytes` bytes whose first byte tells it from others.
std::shared_ptr<const std::string> sized(char name, std::size_t bytes) {
  std::string text(bytes, '.');
  text[0] = name;
  return message(std::move(text));
}

/// Everything that waits, as whole payloads.
std::vector<std::string> drain(SendQueue& queue, std::size_t step) {
  FrameDecoder decoder(kFrameBytesMax);
  std::vector<std::string> payloads;
  for (;;) {
    std::string out;
    queue.fill(out, step);
    if (out.empty()) break;
    EXPECT_LE(out.size(), step + kFrameHeaderBytes);
    std::string_view input = out;
    for (auto payload = decoder.next(input).value(); payload; payload = decoder.next(input).value()) {
      payloads.push_back(*payload);
    }
  }
  EXPECT_TRUE(decoder.between_frames());
  return payloads;
}

TEST(SendQueue, VotesGoFirstAndOrderHoldsWithinAPriority) {
  SendQueue queue;
  queue.push(Priority::kCatchUp, message("range"));
  queue.push(Priority::kEnvelope, message("envelope"));
  queue.push(Priority::kProposal, message("proposal"));
  queue.push(Priority::kVote, message("vote 1"));
  queue.push(Priority::kVote, message("vote 2"));
  EXPECT_EQ(drain(queue, 1000), (std::vector<std::string>{"vote 1", "vote 2", "proposal", "envelope", "range"}));
}

TEST(SendQueue, SmallFramesAreGatheredIntoOneWrite) {
  SendQueue queue;
  for (int i = 0; i < 10; ++i) queue.push(Priority::kVote, message("vote"));
  std::string out;
  queue.fill(out, 1000);
  EXPECT_EQ(out.size(), 10 * (kFrameHeaderBytes + 4));
}

TEST(SendQueue, AStartedFrameIsFinishedBeforeAVote) {
  SendQueue queue;
  queue.push(Priority::kCatchUp, sized('r', 100));
  std::string out;
  queue.fill(out, 10);
  EXPECT_EQ(out.size(), 10U);
  queue.push(Priority::kVote, message("vote"));
  queue.fill(out, 1000);
  FrameDecoder decoder(kFrameBytesMax);
  std::string_view input = out;
  EXPECT_EQ(decoder.next(input).value()->size(), 100U);
  EXPECT_EQ(decoder.next(input).value(), "vote");
}

TEST(SendQueue, LongFramesComeInPiecesOfAnySize) {
  for (const std::size_t step : {1U, 3U, 4U, 5U, 64U, 1000U}) {
    SendQueue queue;
    queue.push(Priority::kProposal, sized('a', 300));
    queue.push(Priority::kProposal, sized('b', 1));
    const auto payloads = drain(queue, step);
    ASSERT_EQ(payloads.size(), 2U) << step;
    EXPECT_EQ(payloads[0].size(), 300U);
    EXPECT_EQ(payloads[1], "b");
  }
}

TEST(SendQueue, TheOldestOfAFullPriorityIsDroppedAndCounted) {
  for (const Priority priority : {Priority::kVote, Priority::kProposal, Priority::kEnvelope}) {
    SendQueue queue;
    const std::size_t quarter = SendQueue::bytes_max(priority) / 4;
    for (const char name : {'a', 'b', 'c', 'd', 'e', 'f'}) {
      queue.push(priority, sized(name, quarter));
      EXPECT_LE(queue.bytes(priority), SendQueue::bytes_max(priority));
    }
    EXPECT_EQ(queue.dropped(priority), 2U);
    const auto payloads = drain(queue, 1 << 20);
    ASSERT_EQ(payloads.size(), 4U);
    EXPECT_EQ(payloads.front()[0], 'c');
    EXPECT_EQ(payloads.back()[0], 'f');
    EXPECT_EQ(queue.bytes(priority), 0U);
  }
}

TEST(SendQueue, AFullPriorityTakesNothingFromTheOthers) {
  SendQueue queue;
  queue.push(Priority::kVote, message("vote"));
  queue.push(Priority::kCatchUp, message("range"));
  for (int i = 0; i < 10; ++i) queue.push(Priority::kEnvelope, sized('e', kFrameBytesMax));
  EXPECT_EQ(queue.dropped(Priority::kEnvelope), 6U);
  EXPECT_EQ(queue.dropped(Priority::kVote), 0U);
  EXPECT_EQ(queue.dropped(Priority::kCatchUp), 0U);
  EXPECT_EQ(queue.bytes(Priority::kVote), 4U);
  EXPECT_EQ(queue.bytes(Priority::kCatchUp), 5U);
}

TEST(SendQueue, CatchUpRefusesTheNewestAndKeepsItsOrder) {
  SendQueue queue;
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) queue.push(Priority::kCatchUp, sized(name, kFrameBytesMax));
  EXPECT_EQ(queue.bytes(Priority::kCatchUp), kCatchUpQueueBytesMax);
  EXPECT_EQ(queue.dropped(Priority::kCatchUp), 1U);
  const auto payloads = drain(queue, 1 << 20);
  ASSERT_EQ(payloads.size(), 4U);
  EXPECT_EQ(payloads.front()[0], 'a');
  EXPECT_EQ(payloads.back()[0], 'd');
}

TEST(SendQueue, AVoteLargerThanItsQueueIsDroppedNotKept) {
  SendQueue queue;
  queue.push(Priority::kVote, sized('v', kVoteQueueBytesMax + 1));
  EXPECT_EQ(queue.bytes(Priority::kVote), 0U);
  EXPECT_EQ(queue.dropped(Priority::kVote), 1U);
}

TEST(SendQueue, ClearForgetsAlsoTheUnfinishedFrame) {
  SendQueue queue;
  queue.push(Priority::kProposal, sized('a', 100));
  queue.push(Priority::kVote, message("vote"));
  std::string out;
  queue.fill(out, 20);
  queue.clear();
  EXPECT_TRUE(drain(queue, 1000).empty());
  queue.push(Priority::kVote, message("next"));
  EXPECT_EQ(drain(queue, 1000), std::vector<std::string>{"next"});
}

// No peer must be able to make one; were it able to, it could stop nodes.
TEST(SendQueue, AMessageThatNoFrameCanHoldIsDroppedAndCounted) {
  SendQueue queue;
  queue.push(Priority::kCatchUp, sized('x', kFrameBytesMax + 1));
  queue.push(Priority::kCatchUp, message("next"));
  EXPECT_EQ(drain(queue, 1000), std::vector<std::string>{"next"});
  EXPECT_EQ(queue.dropped(Priority::kCatchUp), 1U);
}

TEST(SendQueueDeath, AnEmptyMessageIsOurOwnFault) {
  SendQueue queue;
  EXPECT_DEATH(queue.push(Priority::kCatchUp, message("")), "1 byte at the least");
}

}  // namespace
}  // namespace kimberlite::net
