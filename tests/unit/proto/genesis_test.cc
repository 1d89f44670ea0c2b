#include "proto/genesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "samples.h"

namespace kimberlite {
namespace {

using ::testing::HasSubstr;

// The message of the refusal of a genesis document spoilt in one way.
std::string faults_after(const std::function<void(v1::Genesis&)>& spoil) {
  v1::Genesis genesis = test::sample_genesis();
  spoil(genesis);
  const Result<GenesisDocument> document = parse_genesis(format_genesis(genesis));
  EXPECT_FALSE(document.has_value());
  if (document) return "";
  EXPECT_EQ(document.error().reason, Reason::BAD_CONFIGURATION);
  EXPECT_FALSE(document.error().field.empty());
  return document.error().message;
}

void add_prefix(v1::Genesis& genesis, const std::string& prefix, const std::string& holder, std::int64_t from,
                std::int64_t to) {
  v1::GenesisPrefix& entry = *genesis.add_prefixes();
  entry.set_prefix(prefix);
  entry.set_participant(holder);
  entry.set_from_ms(from);
  entry.set_to_ms(to);
}

TEST(Genesis, ReadsWhatItWrites) {
  const std::string json = format_genesis(test::sample_genesis());
  const Result<GenesisDocument> document = parse_genesis(json);
  ASSERT_TRUE(document.has_value()) << document.error().to_string();
  EXPECT_EQ(document->bytes, json);
  EXPECT_EQ(document->chain_id, tagged_digest("kimberlite/v1/genesis", json));
  EXPECT_EQ(document->genesis->network_name(), "kimberlite.example/test");
  ASSERT_EQ(document->validators.size(), 4U);
  EXPECT_EQ(document->validators[0].participant, "AE");
  EXPECT_EQ(document->validators[3].key, test::sample_key(4).public_key());
}

TEST(Genesis, EveryByteOfTheFileCounts) {
  const std::string json = format_genesis(test::sample_genesis());
  const Result<GenesisDocument> one = parse_genesis(json);
  const Result<GenesisDocument> other = parse_genesis(json + "\n");
  ASSERT_TRUE(one.has_value() && other.has_value());
  EXPECT_NE(one->chain_id, other->chain_id);
}

TEST(Genesis, WhatIsLeftOutHasItsDefault) {
  const GenesisDocument document = test::sample_genesis_document();
  EXPECT_EQ(document.genesis->heartbeat_ms(), 600'000);
  EXPECT_EQ(document.genesis->view_timeout_ms(), 1'000);
  EXPECT_EQ(document.genesis->parameters().validity_days(), 60);
  EXPECT_EQ(document.genesis->parameters().tolerance_basis_points(), 50);
  EXPECT_EQ(document.genesis->parameters().confirmation_clock_days(), 30);
  EXPECT_EQ(document.genesis->parameters().correction_percent(), 10);
  EXPECT_EQ(document.genesis->parameters().issue_date_slack_days(), 0);
}

TEST(Genesis, WhatIsGivenStays) {
  v1::Genesis genesis = test::sample_genesis();
  genesis.set_heartbeat_ms(5'000);
  genesis.mutable_parameters()->set_validity_days(30);
  const Result<GenesisDocument> document = parse_genesis(format_genesis(genesis));
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->genesis->heartbeat_ms(), 5'000);
  EXPECT_EQ(document->genesis->parameters().validity_days(), 30);
}

TEST(Genesis, JsonThatIsNoGenesisDocument) {
  const std::string good = format_genesis(test::sample_genesis());
  for (const std::string& json :
       {std::string(), std::string("[]"), std::string("nonsense"), good.substr(0, good.size() / 2), good + good,
        std::string(R"({"format": 1, "unknown_setting": true})"), std::string(R"({"format": "one"})"),
        std::string(R"({"chair": {"chair": "EC", "treasurer": "IN"}})"), std::string("{\"network_name\": \"\xff\"}"),
        std::string(100'000, '['), std::string(kGenesisBytesMax + 1, ' ')}) {
    const Result<GenesisDocument> document = parse_genesis(json);
    ASSERT_FALSE(document.has_value()) << json.substr(0, 60);
    EXPECT_EQ(document.error().reason, Reason::MALFORMED);
  }
}

TEST(Genesis, UnknownFieldIsNamed) {
  EXPECT_THAT(parse_genesis(R"({"format": 1, "unknown_setting": true})").error().message, HasSubstr("unknown_setting"));
}

TEST(Genesis, AllFaultsAtOnce) {
  const std::string faults = faults_after([](v1::Genesis& genesis) {
    genesis.set_format(2);
    genesis.clear_network_name();
    genesis.mutable_participants(1)->set_code("bw");
    genesis.mutable_participants(2)->set_root_key("short");
    genesis.mutable_lots(0)->set_weight_centicarats(0);
  });
  EXPECT_THAT(faults, HasSubstr("\nformat: "));
  EXPECT_THAT(faults, HasSubstr("\nnetwork_name: "));
  EXPECT_THAT(faults, HasSubstr("\nparticipants[1].code: "));
  EXPECT_THAT(faults, HasSubstr("\nparticipants[2].root_key: 5 bytes instead of 32"));
  EXPECT_THAT(faults, HasSubstr("\nlots[0].weight_centicarats: "));
}

TEST(Genesis, ManyFaultsAreCounted) {
  const std::string faults = faults_after([](v1::Genesis& genesis) {
    for (int i = 0; i < 500; ++i) genesis.add_lots();
  });
  EXPECT_THAT(faults, HasSubstr("more"));
  EXPECT_LT(faults.size(), 20'000U);
}

TEST(Genesis, NetworkFields) {
  for (const char* name :
       {"", "with space", "with+plus", "line\nbreak", "kimberlite/v1/envelope-signature", "\xe2\x80\xa8"}) {
    EXPECT_THAT(faults_after([name](auto& g) { g.set_network_name(name); }), HasSubstr("network_name")) << name;
  }
  EXPECT_THAT(faults_after([](auto& g) { g.set_network_name(std::string(129, 'x')); }), HasSubstr("network_name"));
  EXPECT_THAT(faults_after([](auto& g) { g.clear_genesis_time_ms(); }), HasSubstr("genesis_time_ms"));
  EXPECT_THAT(faults_after([](auto& g) { g.clear_clock(); }), HasSubstr("clock"));
  EXPECT_THAT(faults_after([](auto& g) { g.clear_log_readers(); }), HasSubstr("log_readers"));
  EXPECT_THAT(faults_after([](auto& g) { g.set_heartbeat_ms(-1); }), HasSubstr("heartbeat_ms"));
  EXPECT_THAT(faults_after([](auto& g) { g.set_view_timeout_ms(1); }), HasSubstr("view_timeout_ms"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_parameters()->set_tolerance_basis_points(10'001); }),
              HasSubstr("parameters.tolerance_basis_points"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_parameters()->set_validity_days(-1); }),
              HasSubstr("parameters.validity_days"));
}

TEST(Genesis, ClockKeyGoesWithTheReplayClock) {
  EXPECT_THAT(faults_after([](auto& g) { g.clear_clock_key(); }), HasSubstr("clock_key"));
  EXPECT_THAT(faults_after([](auto& g) { g.set_clock(v1::CLOCK_WALL); }), HasSubstr("clock_key"));
  v1::Genesis genesis = test::sample_genesis();
  genesis.set_clock(v1::CLOCK_WALL);
  genesis.clear_clock_key();
  EXPECT_TRUE(parse_genesis(format_genesis(genesis)).has_value());
}

TEST(Genesis, KeysAreDistinctOverAllKinds) {
  const std::string root = test::sample_genesis().participants(0).root_key();
  const std::function<void(v1::Genesis&)> spoils[] = {
      [&](auto& g) { g.set_clock_key(root); },
      [&](auto& g) { g.set_sanctions_key(root); },
      [&](auto& g) { g.mutable_participants(1)->set_root_key(root); },
      [&](auto& g) { g.mutable_participants(1)->set_node_key(root); },
      [&](auto& g) { g.mutable_participants(1)->mutable_bodies(0)->set_public_key(root); },
      [&](auto& g) { g.mutable_participants(1)->mutable_traders(0)->set_public_key(root); },
      [&](auto& g) { g.mutable_observers(0)->set_public_key(root); }};
  for (const auto& spoil : spoils) EXPECT_THAT(faults_after(spoil), HasSubstr("is also"));
}

TEST(Genesis, Participants) {
  const auto first = [](auto spoil) {
    return faults_after([spoil](v1::Genesis& genesis) { spoil(*genesis.mutable_participants(0)); });
  };
  EXPECT_THAT(first([](auto& p) { p.set_code("BW"); }), HasSubstr("'BW' appears twice"));
  EXPECT_THAT(first([](auto& p) { p.clear_name(); }), HasSubstr("participants[0].name"));
  EXPECT_THAT(first([](auto& p) { p.set_name(std::string(513, 'x')); }), HasSubstr("participants[0].name"));
  EXPECT_THAT(first([](auto& p) { p.set_admitted_ms(-1); }), HasSubstr("participants[0].admitted_ms"));
  EXPECT_THAT(first([](auto& p) { p.clear_root_key(); }), HasSubstr("participants[0].root_key"));
  EXPECT_THAT(first([](auto& p) { p.set_node_key("x"); }), HasSubstr("participants[0].node_key"));
  EXPECT_THAT(first([](auto& p) { p.mutable_bodies(0)->set_holder("a body"); }),
              HasSubstr("participants[0].bodies[0].holder"));
  EXPECT_THAT(first([](auto& p) {
                p.mutable_bodies(0)->set_exporting(false);
                p.mutable_bodies(0)->set_importing(false);
              }),
              HasSubstr("neither exporting nor importing"));
  EXPECT_THAT(first([](auto& p) { p.mutable_traders(0)->set_to_ms(-1); }),
              HasSubstr("participants[0].traders[0].to_ms"));
  EXPECT_THAT(first([](auto& p) { p.mutable_traders(0)->set_private_digest("x"); }), HasSubstr("private_digest"));
  for (const char* address : {"host", ":7100", "host:0", "host:65536", "host:port", "ho st:7100", "http://host/:80",
                              "host:", "2001:db8::1:7100", "[]:7100", "[2001:db8::1:7100", "a[b:7100"}) {
    EXPECT_THAT(first([address](auto& p) { p.set_node_address(address); }), HasSubstr("node_address")) << address;
  }
  EXPECT_THAT(faults_after([](auto& g) {
                g.set_development(true);
                g.mutable_participants(0)->clear_node_key();
              }),
              HasSubstr("an address without a node key"));
}

TEST(Genesis, ReceiptPoliciesAreDatedInOrder) {
  const auto policies = [](v1::ReceiptPolicy policy, std::int64_t first, std::int64_t second) {
    return [=](v1::Genesis& genesis) {
      for (const std::int64_t from : {first, second}) {
        v1::DatedReceiptPolicy& dated = *genesis.mutable_participants(0)->add_receipt_policies();
        dated.set_policy(policy);
        dated.set_from_ms(from);
      }
    };
  };
  EXPECT_THAT(faults_after(policies(v1::RECEIPT_POLICY_AUTHORITY_ONLY, 5, 5)), HasSubstr("not later"));
  EXPECT_THAT(faults_after(policies(v1::RECEIPT_POLICY_UNSPECIFIED, 0, 5)), HasSubstr("receipt_policies[0].policy"));
  v1::Genesis genesis = test::sample_genesis();
  policies(v1::RECEIPT_POLICY_IMPORTER_SUFFICES, 0, 5)(genesis);
  EXPECT_TRUE(parse_genesis(format_genesis(genesis)).has_value());
}

TEST(Genesis, Observers) {
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_observers(0)->set_code("BW"); }), HasSubstr("'BW' appears twice"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_observers(0)->set_code("wdc"); }), HasSubstr("observers[0].code"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_observers(0)->clear_public_key(); }),
              HasSubstr("observers[0].public_key"));
}

TEST(Genesis, PrefixesAreDatedWithoutOverlap) {
  EXPECT_THAT(faults_after([](auto& g) { add_prefix(g, "BW", "EC", 0, 0); }), HasSubstr("also held in prefixes[1]"));
  EXPECT_THAT(faults_after([](auto& g) { add_prefix(g, "XX", "ZZ", 0, 0); }), HasSubstr("'ZZ' is not on the roll"));
  EXPECT_THAT(faults_after([](auto& g) { add_prefix(g, "xx", "EC", 0, 0); }), HasSubstr("not two capital letters"));
  EXPECT_THAT(faults_after([](auto& g) { add_prefix(g, "XX", "EC", 5, 5); }), HasSubstr("to_ms"));
  EXPECT_THAT(faults_after([](auto& g) {
                add_prefix(g, "XX", "EC", 0, 10);
                add_prefix(g, "XX", "IN", 9, 0);
              }),
              HasSubstr("also held in prefixes[4]"));
  v1::Genesis genesis = test::sample_genesis();
  add_prefix(genesis, "XX", "EC", 0, 10);
  add_prefix(genesis, "XX", "IN", 10, 0);
  EXPECT_TRUE(parse_genesis(format_genesis(genesis)).has_value());
}

TEST(Genesis, TerritoriesMeasuresLotsAndChair) {
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_territories(0)->set_participant("DK"); }),
              HasSubstr("territories[0].participant"));
  EXPECT_THAT(faults_after([](auto& g) { *g.add_measures() = g.measures(0); }), HasSubstr("appears twice"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_measures(0)->set_kind(v1::MEASURE_KIND_SUSPENSION); }),
              HasSubstr("'CI' is neither on the roll nor a territory"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_measures(0)->clear_kind(); }), HasSubstr("measures[0].kind"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_measures(0)->set_imposed_by("ME"); }),
              HasSubstr("measures[0].imposed_by"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_measures(0)->add_approvers("GW"); }),
              HasSubstr("measures[0].approvers[0]"));
  EXPECT_THAT(faults_after([](auto& g) { *g.add_lots() = g.lots(0); }), HasSubstr("appears twice"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_lots(0)->set_lot("BW-0002601"); }), HasSubstr("lots[0].lot"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_lots(0)->set_holder("ZZ"); }), HasSubstr("lots[0].holder"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_lots(0)->set_origin("mixed"); }), HasSubstr("lots[0].origin"));
  EXPECT_THAT(faults_after([](auto& g) { g.clear_chair(); }), HasSubstr("chair.chair"));
  EXPECT_THAT(faults_after([](auto& g) { g.mutable_chair()->set_vice_chair("ZZ"); }), HasSubstr("chair.vice_chair"));
}

TEST(Genesis, FourNodesUnlessDevelopment) {
  const auto fewer = [](v1::Genesis& genesis) {
    genesis.mutable_participants(0)->clear_node_key();
    genesis.mutable_participants(0)->clear_node_address();
  };
  EXPECT_THAT(faults_after(fewer), HasSubstr("3 participants have a node key, at least 4 are needed"));
  v1::Genesis genesis = test::sample_genesis();
  fewer(genesis);
  genesis.set_development(true);
  const Result<GenesisDocument> document = parse_genesis(format_genesis(genesis));
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->validators.size(), 3U);
}

}  // namespace
}  // namespace kimberlite
