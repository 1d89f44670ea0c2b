// The client's configuration: see home.h.
#include "cli/home.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "cli/files.h"

namespace kimberlite::cli {

namespace {

/// Collects every fault of the file before giving up.
class Faults {
 public:
  void add(const std::string& key, const std::string& what) { text_ += (text_.empty() ? "" : "; ") + key + " " + what; }
  [[nodiscard]] bool any() const { return !text_.empty(); }
  [[nodiscard]] std::unexpected<Error> failure(const std::string& file) const {
    return fail(Reason::BAD_CONFIGURATION, file, text_);
  }

 private:
  std::string text_;
};

void read_nodes(const toml::table& file, ClientConfig& config, Faults& faults) {
  const toml::table* nodes = file["nodes"].as_table();
  if (nodes == nullptr || nodes->empty()) {
    faults.add("nodes", "must be a table with at least one node");
    return;
  }
  for (const auto& [name, entry] : *nodes) {
    const std::string key = "nodes." + std::string(name.str());
    const toml::table* table = entry.as_table();
    NodeAddress node{.name = std::string(name.str()), .grpc = {}, .http = {}};
    if (table != nullptr) {
      node.grpc = (*table)["grpc"].value_or(std::string());
      node.http = (*table)["http"].value_or(std::string());
      for (const auto& [field, ignored] : *table) {
        if (field != "grpc" && field != "http") {
          faults.add(key + "." + std::string(field.str()), "is not a known key");
        }
      }
    }
    if (node.grpc.empty()) {
      faults.add(key + ".grpc", "must be \"HOST:PORT\"");
    }
    config.nodes.push_back(std::move(node));
  }
}

void read_submit(const toml::table& file, ClientConfig& config, Faults& faults) {
  if (const toml::table* submit = file["submit"].as_table()) {
    for (const auto& [party, entry] : *submit) {
      const std::string node = entry.value_or(std::string());
      if (config.find(node) == nullptr) {
        faults.add("submit." + std::string(party.str()), "names \"" + node + "\", which is not under [nodes]");
      }
      config.submit.emplace(std::string(party.str()), node);
    }
  }
}

}  // namespace

const NodeAddress* ClientConfig::find(std::string_view name) const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const NodeAddress& node) { return node.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

const NodeAddress& ClientConfig::node_for(std::string_view party) const {
  if (const auto entry = submit.find(std::string(party)); entry != submit.end()) {
    if (const NodeAddress* node = find(entry->second)) {
      return *node;
    }
  }
  if (const NodeAddress* own = find(party)) {
    return *own;
  }
  const NodeAddress* fallback = find(default_node);
  return fallback == nullptr ? nodes.front() : *fallback;
}

Result<ClientConfig> parse_client_config(std::string_view toml_text, const std::string& file_name) {
  toml::table file;
  try {
    file = toml::parse(toml_text, file_name);
  } catch (const toml::parse_error& problem) {
    return fail(Reason::BAD_CONFIGURATION, file_name + ":" + std::to_string(problem.source().begin.line),
                std::string(problem.description()));
  }
  ClientConfig config;
  Faults faults;
  for (const auto& [key, ignored] : file) {
    if (key != "default_node" && key != "nodes" && key != "submit") {
      faults.add(std::string(key.str()), "is not a known key");
    }
  }
  read_nodes(file, config, faults);
  read_submit(file, config, faults);
  config.default_node = file["default_node"].value_or(std::string());
  if (config.find(config.default_node) == nullptr) {
    faults.add("default_node", "must name one of the nodes, not \"" + config.default_node + "\"");
  }
  if (faults.any()) {
    return faults.failure(file_name);
  }
  return config;
}

std::string format_client_config(const ClientConfig& config) {
  std::ostringstream text;
  text
      << "# Where the nodes answer, and through which of them each participant submits. Read by `kimberlite --home`.\n";
  text << "default_node = \"" << config.default_node << "\"\n";
  for (const auto& node : config.nodes) {
    text << "\n[nodes." << node.name << "]\ngrpc = \"" << node.grpc << "\"\nhttp = \"" << node.http << "\"\n";
  }
  text << "\n[submit]\n";
  for (const auto& [party, node] : config.submit) {
    text << party << " = \"" << node << "\"\n";
  }
  return text.str();
}

Result<ClientConfig> load_client_config(const GlobalOptions& options) {
  const std::filesystem::path file = std::filesystem::path(options.home) / "client.toml";
  std::error_code status;
  if (!std::filesystem::exists(file, status)) {
    if (options.node.empty()) {
      return fail(Reason::BAD_CONFIGURATION, file.string(),
                  "the home has no client.toml: give --home DIR of a network, or --node HOST:PORT");
    }
    return ClientConfig{.default_node = "node", .nodes = {{"node", options.node, options.http}}, .submit = {}};
  }
  auto text = read_file(file);
  if (!text) {
    return std::unexpected(text.error());
  }
  auto config = parse_client_config(*text, file.string());
  if (config && !options.node.empty()) {
    const auto known = std::find_if(config->nodes.begin(), config->nodes.end(),
                                    [&](const NodeAddress& node) { return node.grpc == options.node; });
    NodeAddress chosen = known == config->nodes.end() ? NodeAddress{"node", options.node, options.http} : *known;
    config = ClientConfig{.default_node = chosen.name, .nodes = {chosen}, .submit = {}};
  }
  if (config && !options.http.empty()) {
    for (auto& node : config->nodes) {
      node.http = node.name == config->default_node ? options.http : node.http;
    }
  }
  return config;
}

Result<GenesisDocument> load_genesis(const std::filesystem::path& file) {
  auto bytes = read_file(file, kGenesisBytesMax);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  auto document = parse_genesis(*bytes);
  if (!document) {
    return fail(document.error().reason,
                file.string() + (document.error().field.empty() ? "" : " " + document.error().field),
                document.error().message);
  }
  return document;
}

Result<GenesisDocument> load_home_genesis(const GlobalOptions& options) {
  return load_genesis(std::filesystem::path(options.home) / "genesis.json");
}

}  // namespace kimberlite::cli
