// Submissions: everybody who waits is answered once; refusals are remembered.
#include "node/runtime/submissions.h"

#include <gtest/gtest.h>

namespace kimberlite::runtime {
namespace {

Digest id(std::uint32_t number) {
  Digest out;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return out;
}

const SteadyTime kStart{};
const SteadyTime kLater = kStart + std::chrono::seconds(1);

TEST(Submissions, AnswersEveryWaiterOnce) {
  Submissions submissions;
  int answers = 0;
  for (int i = 0; i < 3; ++i) submissions.wait(id(1), kLater, [&](const SubmitResult&) { ++answers; });
  submissions.wait(id(2), kLater, [&](const SubmitResult&) { answers += 100; });
  submissions.resolve(id(1), {Outcome::kFinal, {Height{3}, LogIndex{9}}, {}});
  submissions.resolve(id(1), {Outcome::kFinal, {Height{3}, LogIndex{9}}, {}});
  EXPECT_EQ(answers, 3);
  EXPECT_EQ(submissions.waiting(), 1U);
}

TEST(Submissions, DeadlineAnswersPending) {
  Submissions submissions;
  std::optional<Outcome> outcome;
  submissions.wait(id(1), kLater, [&](const SubmitResult& result) { outcome = result.outcome; });
  EXPECT_EQ(submissions.next_deadline(), kLater);
  submissions.expire(kStart);
  EXPECT_FALSE(outcome);
  submissions.expire(kLater);
  EXPECT_EQ(outcome, Outcome::kPending);
  EXPECT_FALSE(submissions.next_deadline());
}

TEST(Submissions, RemembersRefusalsWithinABound) {
  Submissions submissions;
  const ledger::Refusal refusal{Reason::DUPLICATE_NUMBER, 0, "number", "used"};
  submissions.resolve(id(0), {Outcome::kRefused, {}, refusal});
  ASSERT_TRUE(submissions.remembered_refusal(id(0)));
  EXPECT_EQ(submissions.remembered_refusal(id(0))->reason, Reason::DUPLICATE_NUMBER);
  for (std::uint32_t i = 1; i <= kRefusalsRemembered; ++i) {
    submissions.resolve(id(i), {Outcome::kRefused, {}, refusal});
  }
  EXPECT_FALSE(submissions.remembered_refusal(id(0)));
  EXPECT_TRUE(submissions.remembered_refusal(id(1)));
}

}  // namespace
}  // namespace kimberlite::runtime
