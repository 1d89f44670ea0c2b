// The configuration reader: every fault at once, each with its key and line.
#include "node/runtime/configuration.h"

#include <gtest/gtest.h>

namespace kimberlite::runtime {
namespace {

constexpr std::string_view kGood = R"([node]
participant = "BW"
key_file = "node.key"
data_dir = "data"
genesis_file = "../genesis.json"

[listen]
peer = "127.0.0.1:7101"
grpc = "127.0.0.1:7201"
http = "[::1]:7301"

[peers]
EC = "peer.example:7101"

[peer_keys]
EC = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

[log]
level = "debug"
format = "json"

[limits]
pool_envelopes_max = 5
)";

TEST(Configuration, ReadsEverySetting) {
  const auto read = parse_configuration(kGood, "/srv/kimberlite");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->participant, "BW");
  EXPECT_EQ(read->key_file, "/srv/kimberlite/node.key");
  EXPECT_EQ(read->genesis_file, "/srv/genesis.json");
  EXPECT_EQ(read->listen_http, "[::1]:7301");
  EXPECT_EQ(read->peers.at("EC"), "peer.example:7101");
  EXPECT_EQ(read->peer_keys.at("EC").bytes[31], 0x1f);
  EXPECT_EQ(read->log_level, "debug");
  EXPECT_EQ(read->log_format, "json");
  EXPECT_EQ(read->pool_envelopes_max, 5U);
  EXPECT_EQ(read->submissions_max, 10'000U);
  EXPECT_FALSE(read->production);
}

TEST(Configuration, NamesEveryFaultWithItsLine) {
  const auto read = parse_configuration(R"([node]
participant = 7
colour = "red"

[listen]
peer = "no port"
grpc = "127.0.0.1:99999"

[log]
level = "loud"

[limits]
pool_envelopes_max = -1
verify_threads = "two"

[peers]
EC = "nowhere"

[peer_keys]
EC = "0001"
)",
                                        "/srv");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, Reason::BAD_CONFIGURATION);
  const std::string& all = read.error().message;
  for (const auto* fault : {"line 2: node.participant", "line 3: node.colour: unknown setting", "line 6: listen.peer",
                            "line 7: listen.grpc", "line 10: log.level: \"loud\" is not one of",
                            "line 13: limits.pool_envelopes_max", "line 14: limits.verify_threads", "line 17: peers.EC",
                            "line 20: peer_keys.EC", "listen.http: required, and missing"}) {
    EXPECT_NE(all.find(fault), std::string::npos) << fault << "\nnot in\n" << all;
  }
}

TEST(Configuration, SyntaxErrorNamesItsLine) {
  const auto read = parse_configuration("[node]\nparticipant = \n", "/srv");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("line 2"), std::string::npos) << read.error().message;
}

TEST(Configuration, EverySettingOfTheExampleIsDocumented) {
  std::string keys;
  for (const auto& setting : settings()) keys += std::string(setting.key) + "\n";
  for (const auto* key : {"node.participant", "node.key_file", "node.data_dir", "node.genesis_file", "node.production",
                          "listen.peer", "listen.grpc", "listen.http", "log.level", "log.format",
                          "limits.pool_envelopes_max", "limits.submissions_max", "limits.verify_threads"}) {
    EXPECT_NE(keys.find(std::string(key) + "\n"), std::string::npos) << key;
  }
}

TEST(HostPort, SplitsAndRefuses) {
  EXPECT_EQ(split_host_port("a.example:1")->host, "a.example");
  EXPECT_EQ(split_host_port("[::1]:65535")->host, "::1");
  for (const auto* bad : {"", ":1", "a", "a:", "a:x", "a:65536", "a:1x", "::1:5", "[]:1", "[::1:5"}) {
    EXPECT_FALSE(split_host_port(bad)) << bad;
  }
}

}  // namespace
}  // namespace kimberlite::runtime
