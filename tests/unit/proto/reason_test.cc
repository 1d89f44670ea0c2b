#include "proto/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "proto/assert.h"
#include "proto/error.h"

namespace kimberlite {
namespace {

constexpr int kReasonCount = 0
#define KIMBERLITE_REASON_COUNT(name, remedy) +1
    KIMBERLITE_REASONS(KIMBERLITE_REASON_COUNT)
#undef KIMBERLITE_REASON_COUNT
    ;

TEST(Reason, EachHasAUniqueNameAndASentenceOfRemedy) {
  std::set<std::string_view> names;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(names.insert(reason_name(reason)).second) << reason_name(reason);
    EXPECT_TRUE(reason_remedy(reason).ends_with('.')) << reason_name(reason);
    EXPECT_EQ(reason_from_name(reason_name(reason)), reason);
  }
  EXPECT_GE(names.size(), 80U);
}

TEST(Reason, UnknownNames) {
  EXPECT_EQ(reason_from_name(""), std::nullopt);
  EXPECT_EQ(reason_from_name("duplicate_number"), std::nullopt);
  EXPECT_EQ(reason_from_name("DUPLICATE_NUMBER "), std::nullopt);
}

TEST(ReasonDeathTest, AReasonOutsideTheListStops) {
  EXPECT_DEATH((void)reason_name(static_cast<Reason>(kReasonCount)), "proto/reason.h");
}

TEST(Error, TextForPeople) {
  EXPECT_EQ((Error{Reason::MISSING_FIELD, "nonce", "not set"}.to_string()),
            "MISSING_FIELD nonce: not set. Set the required field.");
  EXPECT_EQ((Error{Reason::MISSING_FIELD, "", "not set."}.to_string()),
            "MISSING_FIELD: not set. Set the required field.");
}

TEST(AssertDeathTest, SaysWhatFailedWhereAndWhatWasExpected) {
  EXPECT_DEATH(KIMBERLITE_ASSERT(1 + 1 == 3, "arithmetic holds"),
               "reason_test.cc:[0-9]+: assertion failed: 1 \\+ 1 == 3\nexpected: arithmetic holds");
}

TEST(Assert, HoldsQuietly) {
  int evaluated = 0;
  KIMBERLITE_ASSERT(++evaluated == 1, "evaluated once");
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace kimberlite
