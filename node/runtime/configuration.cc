#include "node/runtime/configuration.h"

#include <toml++/toml.h>
#include <charconv>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include "proto/encoding.h"

namespace kimberlite::runtime {
namespace {

constexpr std::int64_t kPoolEnvelopesLimit = 1'000'000;
constexpr std::int64_t kSubmissionsLimit = 100'000;
constexpr std::int64_t kVerifyThreadsLimit = 64;
constexpr std::int64_t kSnapshotBlocksLimit = 1'000'000'000;

// Collects every fault with its line, so that an operator mends the file in one go.
class Reader {
 public:
  Reader(const toml::table& root, std::filesystem::path folder) : root_(root), folder_(std::move(folder)) {}

  std::string text(std::string_view key, std::string_view fallback, const std::set<std::string>& allowed = {}) {
    const auto* node = find(key);
    if (node == nullptr) return absent(key, fallback);
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) {
      fault(node, key, "expected a text that is not empty");
      return std::string(fallback);
    }
    if (!allowed.empty() && !allowed.contains(*value)) {
      std::string list;
      for (const auto& item : allowed) list += (list.empty() ? "" : ", ") + item;
      fault(node, key, "\"" + *value + "\" is not one of: " + list);
    }
    return *value;
  }

  std::filesystem::path path(std::string_view key, std::string_view fallback) {
    const std::filesystem::path value = text(key, fallback);
    return value.is_absolute() || value.empty() ? value : (folder_ / value).lexically_normal();
  }

  std::string endpoint(std::string_view key) {
    const std::string value = text(key, "");
    if (value.empty()) return value;
    if (auto split = split_host_port(value); !split) fault(find(key), key, split.error().message);
    return value;
  }

  bool flag(std::string_view key, bool fallback) {
    const auto* node = find(key);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<bool>();
    if (!value) fault(node, key, "expected true or false");
    return value.value_or(fallback);
  }

  std::size_t number(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
    const auto* node = find(key);
    if (node == nullptr) return static_cast<std::size_t>(fallback);
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      fault(node, key, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
      return static_cast<std::size_t>(fallback);
    }
    return static_cast<std::size_t>(*value);
  }

  std::map<std::string, std::string> endpoints(std::string_view table) {
    std::map<std::string, std::string> all;
    const auto* node = find(table);
    if (node == nullptr) return all;
    const auto* entries = node->as_table();
    if (entries == nullptr) {
      fault(node, table, "expected a table of participant = \"host:port\"");
      return all;
    }
    for (const auto& [name, value] : *entries) {
      const std::string key = std::string(table) + "." + std::string(name.str());
      const auto address = value.value_exact<std::string>();
      if (!address || !split_host_port(*address)) {
        fault(&value, key, "expected \"host:port\"");
        continue;
      }
      all.emplace(name.str(), *address);
    }
    return all;
  }

  std::map<std::string, PublicKey> keys(std::string_view table) {
    std::map<std::string, PublicKey> all;
    const auto* node = find(table);
    if (node == nullptr) return all;
    const auto* entries = node->as_table();
    if (entries == nullptr) {
      fault(node, table, "expected a table of participant = \"public key\"");
      return all;
    }
    for (const auto& [name, value] : *entries) {
      const auto text = value.value_exact<std::string>();
      const auto bytes = text ? from_hex(*text) : std::nullopt;
      const auto key = bytes ? PublicKey::from_bytes(*bytes) : std::nullopt;
      if (key) {
        all.emplace(name.str(), *key);
      } else {
        fault(&value, std::string(table) + "." + std::string(name.str()),
              "expected a public key, 64 hexadecimal digits");
      }
    }
    return all;
  }

  void refuse_unknown() {
    for (const auto& [section, node] : root_) {
      const auto* table = node.as_table();
      if (table == nullptr) {
        fault(&node, section.str(), "a setting outside its section: write [section] above it");
        continue;
      }
      if (section == "peers" || section == "peer_keys") continue;
      for (const auto& [name, value] : *table) {
        const std::string key = std::string(section.str()) + "." + std::string(name.str());
        if (!seen_.contains(key)) fault(&value, key, "unknown setting; `kimberlited settings` lists them all");
      }
    }
  }

  [[nodiscard]] std::string faults() const {
    std::string all;
    for (const auto& [line, message] : faults_) {
      all += (all.empty() ? "" : "\n") + (line == 0 ? std::string() : "line " + std::to_string(line) + ": ") + message;
    }
    return all;
  }

 private:
  const toml::node* find(std::string_view key) {
    seen_.insert(std::string(key));
    return root_.at_path(key).node();
  }

  std::string absent(std::string_view key, std::string_view fallback) {
    if (fallback.empty()) faults_.emplace(0, std::string(key) + ": required, and missing");
    return std::string(fallback);
  }

  void fault(const toml::node* node, std::string_view key, const std::string& message) {
    faults_.emplace(node == nullptr ? 0 : node->source().begin.line, std::string(key) + ": " + message);
  }

  const toml::table& root_;
  std::filesystem::path folder_;
  std::set<std::string> seen_;
  std::multimap<std::uint32_t, std::string> faults_;
};

}  // namespace

const std::vector<SettingDocumentation>& settings() {
  static const std::vector<SettingDocumentation> all = {
      {"node.participant", "", "code of the participant whose node this is, as on the roll, e.g. \"BW\""},
      {"node.key_file", "node.key", "file with the node's secret key; only this node may ever use it"},
      {"node.data_dir", "data", "folder of the store and the vote journal; never copy it to a second machine"},
      {"node.genesis_file", "genesis.json", "the network's genesis document; its digest names the network"},
      {"node.production", "false", "true: refuse to join a replay or development network"},
      {"listen.peer", "", "host:port for the other nodes (mutual TLS)"},
      {"listen.grpc", "", "host:port for clients"},
      {"listen.http", "", "host:port for tiles, checkpoint, metrics and health"},
      {"peers.<participant>", "from the roll", "host:port of a peer where it differs from the roll"},
      {"peer_keys.<participant>", "from the log",
       "public key of a peer's node today, where this node's log is too old to name it"},
      {"log.level", "info", "debug, info, warn or error"},
      {"log.format", "text", "text for people, json for programs"},
      {"limits.pool_envelopes_max", "20000", "envelopes waiting to be ordered; above it clients are told OVERLOADED"},
      {"limits.submissions_max", "10000", "submissions waiting for finality; above it clients are told OVERLOADED"},
      {"limits.verify_threads", "2", "threads that verify signatures"},
      {"sync.from", "genesis",
       "how a node without a store begins: genesis (it executes every event) or snapshot (it takes the newest state "
       "that a "
       "quorum certified)"},
      {"sync.snapshot_every_blocks", "10000", "for nodes that join: a snapshot of the state this often; 0: never"},
  };
  return all;
}

Result<Configuration> parse_configuration(std::string_view text, const std::filesystem::path& folder) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(Reason::BAD_CONFIGURATION, "configuration",
                "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
  Reader reader(root, folder);
  Configuration out;
  out.participant = reader.text("node.participant", "");
  out.key_file = reader.path("node.key_file", "node.key");
  out.data_dir = reader.path("node.data_dir", "data");
  out.genesis_file = reader.path("node.genesis_file", "genesis.json");
  out.production = reader.flag("node.production", false);
  out.listen_peer = reader.endpoint("listen.peer");
  out.listen_grpc = reader.endpoint("listen.grpc");
  out.listen_http = reader.endpoint("listen.http");
  out.peers = reader.endpoints("peers");
  out.peer_keys = reader.keys("peer_keys");
  out.log_level = reader.text("log.level", "info", {"debug", "info", "warn", "error"});
  out.log_format = reader.text("log.format", "text", {"text", "json"});
  out.pool_envelopes_max = reader.number("limits.pool_envelopes_max", 20'000, 1, kPoolEnvelopesLimit);
  out.submissions_max = reader.number("limits.submissions_max", 10'000, 1, kSubmissionsLimit);
  out.verify_threads = reader.number("limits.verify_threads", 2, 1, kVerifyThreadsLimit);
  out.sync_by_snapshot = reader.text("sync.from", "genesis", {"genesis", "snapshot"}) == "snapshot";
  out.snapshot_every_blocks = reader.number("sync.snapshot_every_blocks", 10'000, 0, kSnapshotBlocksLimit);
  reader.refuse_unknown();
  if (auto faults = reader.faults(); !faults.empty()) {
    return fail(Reason::BAD_CONFIGURATION, "configuration", std::move(faults));
  }
  return out;
}

Result<Configuration> read_configuration(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(Reason::BAD_CONFIGURATION, file.string(), "the configuration file cannot be read");
  std::stringstream text;
  text << stream.rdbuf();
  auto parsed = parse_configuration(text.str(), std::filesystem::absolute(file).parent_path());
  if (!parsed) parsed.error().field = file.string();
  return parsed;
}

Result<HostPort> split_host_port(std::string_view text) {
  const auto wrong = [&] {
    return fail(Reason::BAD_CONFIGURATION, "address", "\"" + std::string(text) + "\" is not host:port");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return wrong();
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong();
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return wrong();
  return HostPort{std::string(host), std::string(port)};
}

}  // namespace kimberlite::runtime
