#include "proto/civil_time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

namespace kimberlite {
namespace {

TEST(CivilTime, KnownDays) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("1969-12-31"), -1);
  EXPECT_EQ(parse_date("2000-02-29"), 11'016);
  EXPECT_EQ(parse_date("2007-01-02"), 13'515);
  EXPECT_EQ(format_date(13'515), "2007-01-02");
  EXPECT_EQ(format_date(0), "1970-01-01");
  EXPECT_EQ(format_date(-1), "1969-12-31");
}

TEST(CivilTime, DatesThatAreNoneAreRefused) {
  for (const char* text : {"", "2007", "2007-1-2", "2007-02-29", "1900-02-29", "2007-13-01", "2007-00-01", "2007-01-00",
                           "2007-01-32", "2007-04-31", "2007/01/02", "20070102", "02-01-2007", "2007-01-02 ",
                           " 2007-01-02", "2007-01-0x", "-007-01-02", "+2007-1-02", "2007-01-02T00:00:00Z"}) {
    const Result<std::int32_t> parsed = parse_date(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason, Reason::BAD_DATES);
  }
}

TEST(CivilTime, EveryDayOfFourCenturiesRoundTripsInOrder) {
  const std::int32_t first = *parse_date("1800-01-01");
  const std::int32_t last = *parse_date("2200-12-31");
  std::string before;
  for (std::int32_t day = first; day <= last; ++day) {
    const std::string text = format_date(day);
    ASSERT_EQ(parse_date(text), day) << text;
    ASSERT_LT(before, text);
    before = text;
  }
}

TEST(CivilTime, DaysBeyondFourDigitYearsHaveAText) {
  EXPECT_EQ(format_date(std::numeric_limits<std::int32_t>::max()), "5881580-07-11");
  EXPECT_EQ(format_date(std::numeric_limits<std::int32_t>::min()), "-5877641-06-23");
}

TEST(CivilTime, DayOfAnInstant) {
  EXPECT_EQ(day_of(TimeMs{0}), 0);
  EXPECT_EQ(day_of(TimeMs{86'399'999}), 0);
  EXPECT_EQ(day_of(TimeMs{86'400'000}), 1);
  EXPECT_EQ(day_of(TimeMs{-1}), -1);
  EXPECT_EQ(day_of(TimeMs{std::numeric_limits<std::int64_t>::max()}), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(day_of(TimeMs{std::numeric_limits<std::int64_t>::min()}), std::numeric_limits<std::int32_t>::min());
}

TEST(CivilTime, Instants) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), TimeMs{0});
  EXPECT_EQ(parse_time("2007-01-31T12:00:00Z"), TimeMs{1'170'244'800'000});
  EXPECT_EQ(parse_time("2007-01-31T12:00:00.123Z"), TimeMs{1'170'244'800'123});
  EXPECT_EQ(parse_time("1969-12-31T23:59:59.999Z"), TimeMs{-1});
  EXPECT_EQ(format_time(TimeMs{1'170'244'800'000}), "2007-01-31T12:00:00Z");
  EXPECT_EQ(format_time(TimeMs{1'170'244'800'007}), "2007-01-31T12:00:00.007Z");
  EXPECT_EQ(format_time(TimeMs{-1}), "1969-12-31T23:59:59.999Z");
}

TEST(CivilTime, InstantsThatAreNoneAreRefused) {
  for (const char* text :
       {"", "2007-01-31", "2007-01-31T12:00:00", "2007-01-31 12:00:00Z", "2007-01-31T24:00:00Z", "2007-01-31T12:60:00Z",
        "2007-01-31T12:00:60Z", "2007-01-31T12:00:00.1Z", "2007-01-31T12:00:00.1234Z", "2007-01-31T12:00:00,123Z",
        "2007-01-31T12:00:00+0", "2007-02-30T12:00:00Z", "2007-01-31t12:00:00z", "2007-01-31T12:00:00z",
        "2007-01-31T1x:00:00Z", "2007-01-31T12-00-00Z", "2007-01-31T12:00:00.-12Z"}) {
    const Result<TimeMs> parsed = parse_time(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason, Reason::BAD_DATES);
  }
}

TEST(CivilTime, EveryInstantOfFourDigitYearsRoundTrips) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const std::int64_t first = parse_time("0000-01-01T00:00:00Z")->value;
    const std::int64_t last = parse_time("9999-12-31T23:59:59.999Z")->value;
    const TimeMs time{*rc::gen::inRange<std::int64_t>(first, last)};
    RC_ASSERT(parse_time(format_time(time)).value() == time);
    RC_ASSERT(format_date(day_of(time)) == format_time(time).substr(0, 10));
  }));
}

TEST(CivilTime, NoInstantOverflows) {
  EXPECT_TRUE(
      format_time(TimeMs{std::numeric_limits<std::int64_t>::max()}).starts_with("292278994-08-17T07:12:55.807"));
  EXPECT_TRUE(format_time(TimeMs{std::numeric_limits<std::int64_t>::min()}).ends_with("T16:47:04.192Z"));
}

}  // namespace
}  // namespace kimberlite
