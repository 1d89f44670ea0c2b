// network new: what it writes can be read by the node and the client, and what stands in its way is named before the
// first file is written.
#include "cli/network/network_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "cli/files.h"
#include "cli/wallet.h"
#include "kimberlite/v1/genesis.pb.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

/// Writes a network at the first base port of a few that is free on this machine.
Result<NewNetwork> write_somewhere(const NetworkTemplate& wanted, const std::filesystem::path& folder) {
  Result<NewNetwork> network = fail(Reason::BAD_REQUEST, "", "");
  for (int attempt = 0; attempt < 50 && !network; ++attempt) {
    const int base = 20'000 + (static_cast<int>(getpid()) * 7 + attempt * 311) % 10'000;
    network = write_network(wanted, folder, static_cast<std::uint16_t>(base));
    if (!network && network.error().field != "--base-port") {
      break;
    }
  }
  return network;
}

TEST(NetworkNew, WritesAWholeNetwork) {
  const TemporaryFolder folder;
  const auto out = folder.path() / "net";
  const auto network = write_somewhere(simple_network(4, "replay"), out);
  ASSERT_TRUE(network.has_value()) << network.error().to_string();
  const auto genesis = load_genesis(out / "genesis.json");
  ASSERT_TRUE(genesis.has_value()) << genesis.error().to_string();
  EXPECT_EQ(genesis->chain_id, network->genesis.chain_id);
  EXPECT_EQ(genesis->validators.size(), 4U);
  for (const std::string code : {"BW", "EC", "IN", "AE"}) {
    const auto node_key = load_key(out / "nodes" / code / "node.key");
    ASSERT_TRUE(node_key.has_value()) << code;
    EXPECT_TRUE(genesis->validators.index_of(node_key->public_key()).has_value()) << code;
    EXPECT_TRUE(read_file(out / "nodes" / code / "kimberlited.toml").has_value());
    EXPECT_TRUE(std::filesystem::is_directory(out / "nodes" / code / "data"));
  }
  Wallet wallet(out / "keys");
  EXPECT_EQ(std::string(wallet.clock()->key->public_key().view()), genesis->genesis->clock_key());
  EXPECT_TRUE(wallet.sanctions().has_value());
  EXPECT_TRUE(wallet.observer("WDC").has_value());
  EXPECT_TRUE(wallet.trader("EC", "EC-TRADER-03").has_value());
  const auto client = parse_client_config(*read_file(out / "client.toml"), "client.toml");
  ASSERT_TRUE(client.has_value()) << client.error().to_string();
  EXPECT_EQ(client->default_node, "BW");
  EXPECT_EQ(client->nodes.size(), 4U);
  EXPECT_EQ(client->node_for("IN").name, "IN");
  EXPECT_EQ(client->node_for("WDC").name, "BW");

  const auto again = write_somewhere(simple_network(4, "replay"), out);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().field, out.string());
}

TEST(NetworkNew, ParticipantsWithoutANodeAreSpreadOverTheOthers) {
  const TemporaryFolder folder;
  NetworkTemplate wanted = simple_network(8, "wall");
  wanted.validators = {"BW", "EC", "IN", "AE"};
  const auto network = write_somewhere(wanted, folder.path() / "net");
  ASSERT_TRUE(network.has_value()) << network.error().to_string();
  EXPECT_EQ(network->client.nodes.size(), 4U);
  std::set<std::string> used;
  for (const std::string guest : {"ZA", "RU", "CA", "AO"}) {
    used.insert(network->client.node_for(guest).name);
  }
  EXPECT_EQ(used.size(), 4U);
}

TEST(NetworkNew, FaultyNetworksWriteNothing) {
  const TemporaryFolder folder;
  NetworkTemplate wanted = simple_network(4, "wall");
  wanted.genesis->mutable_lots(0)->set_holder("ZZ");
  const auto network = write_somewhere(wanted, folder.path() / "net");
  ASSERT_FALSE(network.has_value());
  EXPECT_EQ(network.error().reason, Reason::BAD_CONFIGURATION);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "net"));
  EXPECT_EQ(write_network(simple_network(4, "wall"), folder.path() / "net", 65'500).error().field, "--base-port");
}

TEST(NetworkTemplate, BadTemplatesAreNamed) {
  const auto error_of = [](std::string_view text) {
    const auto read = parse_network_template(text, "t.toml");
    return read ? Error{} : read.error();
  };
  EXPECT_EQ(error_of("x = ").field, "t.toml:1");
  EXPECT_EQ(error_of("network_name = \"x\"").field, "participants");
  EXPECT_EQ(error_of("colour = 1\n[[participants]]\ncode = \"BW\"").field, "colour");
  EXPECT_EQ(error_of("[[participants]]\ncode = \"BW\"\nroles = \"x\"").field, "participants[0].roles");
  EXPECT_EQ(error_of("[[participants]]\ncode = \"BW\"\ntraders = 100").field, "participants[0].traders");
  EXPECT_EQ(error_of("[[participants]]\ncode = \"BW\"\ntraders = \"x\"").field, "participants[0].traders");
  EXPECT_EQ(error_of("[[participants]]\ncode = \"BW\"\nbodies = 3").field, "participants[0].bodies");
  EXPECT_EQ(error_of("clock = \"sun\"\n[[participants]]\ncode = \"BW\"").field, "clock");
}

TEST(ClientConfig, AllFaultsAtOnce) {
  const auto config =
      parse_client_config("colour = 1\ndefault_node = \"X\"\n[nodes.BW]\ngprc = \"h:1\"\n[submit]\nIN = \"Y\"\n", "c");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().reason, Reason::BAD_CONFIGURATION);
  for (const std::string part : {"colour", "default_node", "nodes.BW.gprc", "nodes.BW.grpc", "submit.IN"}) {
    EXPECT_NE(config.error().message.find(part), std::string::npos) << part << " in " << config.error().message;
  }
  EXPECT_FALSE(parse_client_config("nodes = 1", "c").has_value());
  EXPECT_EQ(parse_client_config("= 3", "c").error().field, "c:1");
}

TEST(ClientConfig, RoundTrip) {
  const ClientConfig config{.default_node = "BW",
                            .nodes = {{"BW", "127.0.0.1:1", "127.0.0.1:2"}, {"EC", "127.0.0.1:3", "127.0.0.1:4"}},
                            .submit = {{"IN", "EC"}}};
  const auto read = parse_client_config(format_client_config(config), "c");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, config);
}

}  // namespace
}  // namespace kimberlite::cli
