// The client's configuration: a home folder with genesis.json, keys/ and client.toml, which lists the nodes and says
// through which of them each participant submits. Thread-safe: plain values.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "proto/error.h"
#include "proto/genesis.h"

namespace kimberlite::cli {

/// Where a node answers.
struct NodeAddress {
  std::string name;  ///< its participant's code
  std::string grpc;  ///< host:port
  std::string http;  ///< host:port
  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

/// client.toml.
struct ClientConfig {
  std::string default_node;                   ///< name of one of `nodes`
  std::vector<NodeAddress> nodes;             ///< never empty
  std::map<std::string, std::string> submit;  ///< participant -> name of the node through which it submits
  friend bool operator==(const ClientConfig&, const ClientConfig&) = default;

  [[nodiscard]] const NodeAddress* find(std::string_view name) const;
  /// The node for a party: its own entry under [submit], a node of its name, or the default.
  [[nodiscard]] const NodeAddress& node_for(std::string_view party) const;
};

/// Reads client.toml's text. BAD_CONFIGURATION lists every fault with its key.
Result<ClientConfig> parse_client_config(std::string_view toml, const std::string& file);
/// Writes it.
std::string format_client_config(const ClientConfig& config);
/// The configuration that the global options choose: --node alone, or the home's client.toml (then --node and --http
/// replace the default node's addresses). Errors: BAD_CONFIGURATION, also where there is no client.toml.
Result<ClientConfig> load_client_config(const GlobalOptions& options);
/// Reads and validates a genesis document.
Result<GenesisDocument> load_genesis(const std::filesystem::path& file);
/// genesis.json of the home.
Result<GenesisDocument> load_home_genesis(const GlobalOptions& options);

}  // namespace kimberlite::cli
