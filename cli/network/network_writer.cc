// Writing a network's folder: see network_writer.h.
#include "cli/network/network_writer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <sstream>

#include "cli/files.h"
#include "cli/wallet.h"
#include "kimberlite/v1/genesis.pb.h"

namespace kimberlite::cli {

namespace {

constexpr std::string_view kHost = "127.0.0.1";
constexpr std::uint32_t kPortMax = 65'535;

/// Key files to be, by their path under keys/.
using NewKeys = std::map<std::string, SecretKey>;

/// Makes a key, remembers its file, and returns the public half's bytes.
std::string make_key(NewKeys& keys, const std::string& file) {
  SecretKey key = SecretKey::generate();
  std::string public_bytes(key.public_key().view());
  keys.emplace(file, std::move(key));
  return public_bytes;
}

std::string address(std::uint32_t port) {
  return std::string(kHost) + ":" + std::to_string(port);
}

NewKeys fill_keys(v1::Genesis& genesis, const std::set<std::string>& validators, std::uint16_t base_port) {
  NewKeys keys;
  std::uint32_t node = 0;
  for (auto& participant : *genesis.mutable_participants()) {
    const std::string folder = participant.code() + "/";
    participant.set_root_key(make_key(keys, folder + "root.key"));
    for (auto& body : *participant.mutable_bodies()) {
      body.set_public_key(make_key(keys, folder + "body-" + body.holder() + ".key"));
    }
    for (auto& trader : *participant.mutable_traders()) {
      trader.set_public_key(make_key(keys, folder + "trader-" + trader.holder() + ".key"));
    }
    if (validators.contains(participant.code())) {
      participant.set_node_key(make_key(keys, folder + "node.key"));
      participant.set_node_address(address(base_port + node++));
    }
  }
  for (auto& observer : *genesis.mutable_observers()) {
    observer.set_public_key(make_key(keys, observer.code() + "/observer.key"));
  }
  if (genesis.clock() == v1::CLOCK_REPLAY) {
    genesis.set_clock_key(make_key(keys, "CLOCK/clock.key"));
  }
  genesis.set_sanctions_key(make_key(keys, "UNSC/sanctions.key"));
  return keys;
}

/// Nodes in order of the roll; participants without one are spread over them evenly.
ClientConfig client_config(const v1::Genesis& genesis, std::uint16_t base_port) {
  ClientConfig config;
  for (const auto& participant : genesis.participants()) {
    if (!participant.node_key().empty()) {
      const auto node = static_cast<std::uint32_t>(config.nodes.size());
      config.nodes.push_back({.name = participant.code(),
                              .grpc = address(base_port + kGrpcPortOffset + node),
                              .http = address(base_port + kHttpPortOffset + node)});
    }
  }
  if (config.nodes.empty()) {
    return config;
  }
  config.default_node = config.nodes.front().name;
  std::size_t guest = 0;
  for (const auto& participant : genesis.participants()) {
    config.submit[participant.code()] =
        participant.node_key().empty() ? config.nodes[guest++ % config.nodes.size()].name : participant.code();
  }
  return config;
}

std::string node_toml(const std::string& code, const std::string& peer, const NodeAddress& node) {
  std::ostringstream text;
  text << "# Configuration of the voting node of " << code << ". Paths are relative to this file's folder.\n"
       << "[node]\nparticipant = \"" << code << "\"\nkey_file = \"node.key\"\ndata_dir = \"data\"\n"
       << "genesis_file = \"../../genesis.json\"\n\n"
       << "[listen]\npeer = \"" << peer << "\"\ngrpc = \"" << node.grpc << "\"\nhttp = \"" << node.http << "\"\n\n"
       << "[log]\nlevel = \"info\"\nformat = \"text\"\n\n"
       << "[limits]\npool_envelopes_max = 20000\n";
  return text.str();
}

Result<void> check_folder(const std::filesystem::path& folder) {
  std::error_code status;
  if (std::filesystem::exists(folder, status) &&
      (!std::filesystem::is_directory(folder, status) || !std::filesystem::is_empty(folder, status))) {
    return fail(Reason::BAD_REQUEST, folder.string(),
                "the folder is not empty; a network's keys are never overwritten, choose another --out");
  }
  return {};
}

Result<void> check_port(std::uint32_t port) {
  if (port > kPortMax) {
    return fail(Reason::BAD_REQUEST, "--base-port",
                "port " + std::to_string(port) + " does not exist; choose a lower base");
  }
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io);
  const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::make_address(std::string(kHost)),
                                                static_cast<std::uint16_t>(port));
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  acceptor.set_option(boost::asio::socket_base::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) {
    return fail(Reason::BAD_REQUEST, "--base-port",
                "port " + std::to_string(port) + " cannot be had (" + error.message() + "); choose another base");
  }
  return {};
}

Result<void> check_ports(std::size_t nodes, std::uint16_t base_port) {
  if (nodes > kGrpcPortOffset) {
    return fail(Reason::BAD_REQUEST, "--nodes",
                "at most " + std::to_string(kGrpcPortOffset) + " nodes fit one base port");
  }
  for (const std::uint32_t offset :
       {std::uint32_t{0}, std::uint32_t{kGrpcPortOffset}, std::uint32_t{kHttpPortOffset}}) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
      if (auto free = check_port(base_port + offset + node); !free) {
        return free;
      }
    }
  }
  return {};
}

Result<void> write_nodes(const NewNetwork& network, const NewKeys& keys, const std::filesystem::path& folder) {
  for (const auto& participant : network.genesis.genesis->participants()) {
    if (participant.node_key().empty()) {
      continue;
    }
    const auto node_folder = folder / "nodes" / participant.code();
    if (auto made = make_folder(node_folder / "data"); !made) {
      return made;
    }
    if (auto saved = save_new_key(node_folder / "node.key", keys.at(participant.code() + "/node.key")); !saved) {
      return saved;
    }
    const std::string text =
        node_toml(participant.code(), participant.node_address(), *network.client.find(participant.code()));
    if (auto written = write_new_file(node_folder / "kimberlited.toml", text); !written) {
      return written;
    }
  }
  return {};
}

Result<void> write_all(const NewNetwork& network, const NewKeys& keys, const std::filesystem::path& folder) {
  if (auto made = make_folder(folder); !made) {
    return made;
  }
  for (const auto& [file, key] : keys) {
    if (auto saved = save_new_key(folder / "keys" / file, key); !saved) {
      return saved;
    }
  }
  if (auto written = write_new_file(folder / "genesis.json", network.genesis.bytes); !written) {
    return written;
  }
  if (auto written = write_new_file(folder / "client.toml", format_client_config(network.client)); !written) {
    return written;
  }
  return write_nodes(network, keys, folder);
}

}  // namespace

Result<NewNetwork> write_network(const NetworkTemplate& wanted, const std::filesystem::path& folder,
                                 std::uint16_t base_port) {
  if (auto empty = check_folder(folder); !empty) {
    return std::unexpected(empty.error());
  }
  if (auto free = check_ports(wanted.validators.size(), base_port); !free) {
    return std::unexpected(free.error());
  }
  v1::Genesis genesis = *wanted.genesis;
  const NewKeys keys = fill_keys(genesis, wanted.validators, base_port);
  auto document = parse_genesis(format_genesis(genesis));
  if (!document) {
    return std::unexpected(document.error());
  }
  NewNetwork network{.genesis = std::move(*document), .client = client_config(genesis, base_port), .keys = keys.size()};
  if (auto written = write_all(network, keys, folder); !written) {
    return std::unexpected(written.error());
  }
  return network;
}

}  // namespace kimberlite::cli
