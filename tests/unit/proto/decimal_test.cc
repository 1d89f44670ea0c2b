#include "proto/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

namespace kimberlite {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kParsedMax = 999'999'999'999'999'999;

TEST(Decimal, WellFormedTexts) {
  EXPECT_EQ(parse_hundredths("0"), 0);
  EXPECT_EQ(parse_hundredths("0.0"), 0);
  EXPECT_EQ(parse_hundredths("0.07"), 7);
  EXPECT_EQ(parse_hundredths("0.7"), 70);
  EXPECT_EQ(parse_hundredths("1234"), 123'400);
  EXPECT_EQ(parse_hundredths("1234.5"), 123'450);
  EXPECT_EQ(parse_hundredths("1234.50"), 123'450);
  EXPECT_EQ(parse_hundredths("9999999999999999.99"), kParsedMax);
}

TEST(Decimal, EverythingElseIsRefusedWithBadAmount) {
  for (const char* text : {"",
                           ".",
                           "1.",
                           ".5",
                           "-1",
                           "+1",
                           "-0",
                           "1.234",
                           "1.000",
                           "00",
                           "01",
                           "00.5",
                           "1e3",
                           "1E3",
                           "1,234",
                           "1 234",
                           " 1",
                           "1 ",
                           "1\n",
                           "0x10",
                           "1.2.3",
                           "1..2",
                           "12345678901234567",
                           "99999999999999999.99",
                           "92233720368547758.08",
                           "NaN",
                           "inf",
                           "\xd9\xa1",
                           "1_000",
                           "1.-5",
                           "--1",
                           "1.5-"}) {
    const Result<std::int64_t> parsed = parse_hundredths(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason, Reason::BAD_AMOUNT) << text;
    EXPECT_FALSE(parsed.error().message.empty());
  }
  EXPECT_FALSE(parse_hundredths(std::string_view("1\0", 2)).has_value());
}

TEST(Decimal, ALongTextIsQuotedInPartOnly) {
  const Result<std::int64_t> parsed = parse_hundredths(std::string(100'000, '9'));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_LT(parsed.error().message.size(), 200U);
}

TEST(Decimal, Formats) {
  EXPECT_EQ(format_hundredths(0), "0.00");
  EXPECT_EQ(format_hundredths(7), "0.07");
  EXPECT_EQ(format_hundredths(123'450), "1234.50");
  EXPECT_EQ(format_hundredths(-5), "-0.05");
  EXPECT_EQ(format_hundredths(kMax), "92233720368547758.07");
  EXPECT_EQ(format_hundredths(kMin), "-92233720368547758.08");
  EXPECT_EQ(format_hundredths_grouped(99'900), "999.00");
  EXPECT_EQ(format_hundredths_grouped(100'000), "1,000.00");
  EXPECT_EQ(format_hundredths_grouped(123'456'789), "1,234,567.89");
  EXPECT_EQ(format_hundredths_grouped(-100'000), "-1,000.00");
}

TEST(Decimal, WhatIsFormattedParsesBack) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const auto value = *rc::gen::inRange<std::int64_t>(0, kParsedMax);
    RC_ASSERT(parse_hundredths(format_hundredths(value)).value() == value);
  }));
}

TEST(Decimal, WhatParsesIsTheNumberWritten) {
  EXPECT_TRUE(rc::check("a text is refused, or formats back to itself with zeros added", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.5-+, e")));
    const Result<std::int64_t> parsed = parse_hundredths(text);
    if (!parsed) {
      RC_ASSERT(parsed.error().reason == Reason::BAD_AMOUNT);
      return;
    }
    std::string full = text;
    if (full.find('.') == std::string::npos) full += ".";
    while (full.size() - full.find('.') < 3) full += "0";
    RC_ASSERT(format_hundredths(*parsed) == full);
  }));
}

TEST(Decimal, CheckedArithmetic) {
  EXPECT_EQ(checked_add(1, 2), 3);
  EXPECT_EQ(checked_add(kMax, 0), kMax);
  EXPECT_EQ(checked_add(kMax, 1), std::nullopt);
  EXPECT_EQ(checked_add(kMin, -1), std::nullopt);
  EXPECT_EQ(checked_subtract(1, 2), -1);
  EXPECT_EQ(checked_subtract(kMin, 1), std::nullopt);
  EXPECT_EQ(checked_subtract(0, kMin), std::nullopt);
  EXPECT_EQ(checked_subtract(-1, kMin), kMax);
}

TEST(Decimal, CheckedArithmeticAgreesWith128Bits) {
  __extension__ using Int128 = __int128;
  EXPECT_TRUE(rc::check("sum and difference", [](std::int64_t a, std::int64_t b) {
    const Int128 sum = Int128{a} + b;
    const Int128 difference = Int128{a} - b;
    RC_ASSERT(checked_add(a, b).has_value() == (sum >= kMin && sum <= kMax));
    RC_ASSERT(checked_subtract(a, b).has_value() == (difference >= kMin && difference <= kMax));
    RC_ASSERT(checked_add(a, b).value_or(static_cast<std::int64_t>(sum)) == static_cast<std::int64_t>(sum));
  }));
}

// Scheme, section 10, example 2: 7,975.00 ct of 8,000.00 ct is short by 0.3125 %.
TEST(Decimal, ToleranceAtItsEdges) {
  EXPECT_FALSE(below_tolerance(797'500, 800'000, 50));
  EXPECT_FALSE(below_tolerance(796'000, 800'000, 50));
  EXPECT_TRUE(below_tolerance(795'999, 800'000, 50));
  EXPECT_FALSE(exceeds_tolerance(804'000, 800'000, 50));
  EXPECT_TRUE(exceeds_tolerance(804'001, 800'000, 50));
  EXPECT_FALSE(exceeds_tolerance(800'000, 800'000, 0));
  EXPECT_TRUE(exceeds_tolerance(800'001, 800'000, 0));
  EXPECT_TRUE(below_tolerance(799'999, 800'000, 0));
  EXPECT_FALSE(below_tolerance(0, 800'000, 10'000));
}

TEST(Decimal, ToleranceDoesNotOverflow) {
  EXPECT_FALSE(exceeds_tolerance(kMax, kMax, 0));
  EXPECT_TRUE(exceeds_tolerance(kMax, kMax - 1, 0));
  EXPECT_FALSE(exceeds_tolerance(0, kMax, 10'000));
  EXPECT_FALSE(below_tolerance(kMax, kMax, 0));
  EXPECT_TRUE(below_tolerance(0, kMax, 9'999));
}

}  // namespace
}  // namespace kimberlite
