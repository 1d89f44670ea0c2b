// network new: the genesis document, the keys and the configuration of a network on this machine.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/files.h"
#include "cli/network/network_template.h"
#include "cli/network/network_writer.h"
#include "cli/table.h"
#include "kimberlite/v1/genesis.pb.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::uint16_t kBasePortDefault = 7100;

struct NewOptions {
  std::string template_file;
  std::size_t nodes = 4;
  std::string clock = "wall";
  std::string name;
  std::string out;
  std::uint16_t base_port = kBasePortDefault;
};

Result<NetworkTemplate> wanted_network(const NewOptions& options) {
  if (options.template_file.empty()) {
    return simple_network(options.nodes, options.clock);
  }
  auto text = read_file(options.template_file);
  if (!text) {
    return std::unexpected(text.error());
  }
  return parse_network_template(*text, options.template_file);
}

void print_network(const Context& context, const NewNetwork& network, const NewOptions& options) {
  const auto& genesis = *network.genesis.genesis;
  if (context.options.json) {
    json::array nodes;
    for (const auto& node : network.client.nodes) {
      nodes.push_back(json::object{{"participant", node.name}, {"grpc", node.grpc}, {"http", node.http}});
    }
    context.out << json::object{{"folder", options.out},
                                {"network_name", genesis.network_name()},
                                {"chain_id", network.genesis.chain_id.hex()},
                                {"participants", genesis.participants_size()},
                                {"keys", network.keys},
                                {"nodes", std::move(nodes)}}
                << '\n';
    return;
  }
  FieldList fields;
  fields.add("network", genesis.network_name());
  fields.add("chain id", network.genesis.chain_id.hex());
  fields.add("clock", genesis.clock() == v1::CLOCK_REPLAY ? "replay: moved by keys/CLOCK/clock.key" : "wall");
  fields.add("roll", std::to_string(genesis.participants_size()) + " participants, " +
                         std::to_string(genesis.observers_size()) + " observers");
  fields.add("keys", grouped(network.keys) + " under " + options.out + "/keys");
  fields.print(context.out);
  context.out << '\n';
  Table table({"node", "gRPC", "HTTP", "start with"});
  for (const auto& node : network.client.nodes) {
    table.add({node.name, node.grpc, node.http,
               "kimberlited run --config " + options.out + "/nodes/" + node.name + "/kimberlited.toml"});
  }
  table.print(context.out);
  context.out << "\nAll parties' keys lie in one folder: for tests and demonstrations only.\n"
              << "Next: start the nodes, then `kimberlite --home " << options.out << " status`.\n";
}

ExitCode make_network(const Context& context, const NewOptions& options) {
  auto wanted = wanted_network(options);
  if (!wanted) {
    return context.report(wanted.error(), ExitCode::kUsage);
  }
  if (!options.name.empty()) {
    wanted->genesis->set_network_name(options.name);
  }
  const auto network = write_network(*wanted, options.out, options.base_port);
  if (!network) {
    return context.report(network.error(), ExitCode::kUsage);
  }
  print_network(context, *network, options);
  return ExitCode::kOk;
}

}  // namespace

void add_network_commands(CLI::App& app, Context& context) {
  auto* network = app.add_subcommand("network", "Make networks")->require_subcommand(1);
  auto* make = network->add_subcommand(
      "new", "Make a network on this machine: genesis document, keys, configuration of each node and of the client");
  const auto options = std::make_shared<NewOptions>();
  auto* from_template =
      make->add_option("--template", options->template_file, "TOML file that describes the network")->type_name("FILE");
  make->add_option("--nodes", options->nodes, "number of participants, each with a voting node")
      ->check(CLI::Range(std::size_t{1}, kSimpleNodesMax))
      ->capture_default_str()
      ->excludes(from_template);
  make->add_option("--clock", options->clock, "whose time the rules see: block time, or that of the clock key")
      ->check(CLI::IsMember({"wall", "replay"}))
      ->capture_default_str()
      ->excludes(from_template);
  make->add_option("--name", options->name, "name of the network, origin of its checkpoints");
  make->add_option("--out", options->out, "folder to make; must not exist or be empty")->required()->type_name("DIR");
  make->add_option("--base-port", options->base_port, "node i: peers at base+i, gRPC at base+100+i, HTTP at base+200+i")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  make->callback(
      [&context, options] { context.action = [&context, options] { return make_network(context, *options); }; });
}

}  // namespace kimberlite::cli
