#include "proto/event_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "samples.h"

namespace kimberlite {
namespace {

TEST(EventName, OfEveryKindInOrderOfFieldNumber) {
  const std::vector<std::string> expected = {
      "clock.advance",   "key.register",        "key.revoke",           "node.register",
      "node.retire",     "participant.admit",   "participant.withdraw", "measure.impose",
      "measure.lift",    "cert.issue",          "cert.coapprove",       "cert.void",
      "cert.expire",     "cert.ship",           "cert.arrive",          "cert.correct",
      "cert.lost",       "cert.replace",        "cert.seize",           "seizure.release",
      "seizure.forfeit", "receipt.acknowledge", "receipt.confirm",      "receipt.supplement",
      "receipt.hold",    "receipt.refuse",      "tech.issue",           "tech.close",
      "incident.report"};
  std::vector<std::string> names;
  for (const v1::Event& event : test::sample_events()) names.emplace_back(event_name(event));
  EXPECT_EQ(names, expected);
  EXPECT_EQ(static_cast<int>(expected.size()), v1::Event::descriptor()->oneof_decl(0)->field_count());
  EXPECT_EQ(event_name(v1::Event()), "");
}

TEST(EventName, NumberOfTheCertificateItIsAbout) {
  for (const v1::Event& event : test::sample_events()) {
    const std::string name(event_name(event));
    const bool about_one = name.starts_with("cert.") || name.starts_with("seizure.") || name.starts_with("receipt.") ||
                           name.starts_with("tech.") || name.starts_with("incident.");
    EXPECT_EQ(!event_certificate_number(event).empty(), about_one) << name;
  }
  EXPECT_EQ(event_certificate_number(test::sample_issue()), "BW-0002601");
  EXPECT_EQ(event_certificate_number(v1::Event()), "");
}

}  // namespace
}  // namespace kimberlite
