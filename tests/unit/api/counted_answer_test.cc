// What is counted of unary answers. That gRPC tells when it has let go of one, and holds one that nobody reads until
// then, is gRPC's; calls over sockets are in tests/cluster.
#include "node/api/counted_answer.h"

#include <gtest/gtest.h>

namespace kimberlite::api {
namespace {

TEST(AnswerBudget, RefusesWhatWouldBeTooMuchAndForgetsWhatIsDone) {
  AnswerBudget budget;
  EXPECT_TRUE(budget.take(kGrpcAnswerBytesMax - 1));
  EXPECT_FALSE(budget.take(2)) << "and takes nothing of it";
  EXPECT_TRUE(budget.take(1));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(kGrpcAnswerBytesMax - 1);
  EXPECT_TRUE(budget.take(kGrpcAnswerBytesMax - 1));
  EXPECT_FALSE(budget.take(kGrpcAnswerBytesMax + 1));
}

}  // namespace
}  // namespace kimberlite::api
