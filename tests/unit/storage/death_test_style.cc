// An open store has threads. A death test that only forks may inherit a lock that one of them held and wait for ever:
// in this program the child begins anew instead.
#include <gtest/gtest.h>

namespace kimberlite::storage {
namespace {

class BeginsAnew final : public ::testing::Environment {
 public:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[maybe_unused]] const ::testing::Environment* const kRegistered =
    ::testing::AddGlobalTestEnvironment(new BeginsAnew);  // gtest owns it

}  // namespace
}  // namespace kimberlite::storage
