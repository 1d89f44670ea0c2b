// "host:port" as configuration writes it.
#include "node/net/host_port.h"

#include <gtest/gtest.h>

namespace kimberlite::net {
namespace {

TEST(HostPort, TakesNamesAndAddresses) {
  EXPECT_EQ(parse_host_port("node.example:7000", "listen")->host, "node.example");
  EXPECT_EQ(parse_host_port("node.example:7000", "listen")->port, 7000);
  EXPECT_EQ(parse_host_port("127.0.0.1:0", "listen")->port, 0);
  EXPECT_EQ(parse_host_port("[2001:db8::1]:65535", "listen")->host, "2001:db8::1");
  EXPECT_EQ(parse_host_port("[2001:db8::1]:65535", "listen")->port, 65535);
}

TEST(HostPort, RefusesAllElseNamingTheField) {
  for (const char* text :
       {"", ":", "host", "host:", ":7000", "host:65536", "host:-1", "host:+1", "host:70 ", "host:0x10",
        "2001:db8::1:7000", "[2001:db8::1]", "[]:7000", "[host:7000", "host]:7000", "a[b]:7"}) {
    const auto parsed = parse_host_port(text, "peers[3].address");
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason, Reason::BAD_CONFIGURATION);
    EXPECT_EQ(parsed.error().field, "peers[3].address");
  }
}

}  // namespace
}  // namespace kimberlite::net
