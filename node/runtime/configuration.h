// The daemon's configuration: one TOML file, every key documented, everything wrong reported at once with key and line.
// Thread-safe: a plain value after reading.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite::runtime {

struct Configuration {
  std::string participant;
  std::filesystem::path key_file;
  std::filesystem::path data_dir;
  std::filesystem::path genesis_file;
  std::string listen_peer;
  std::string listen_grpc;
  std::string listen_http;
  std::map<std::string, std::string> peers;    ///< participant -> host:port, over what the roll says
  std::map<std::string, PublicKey> peer_keys;  ///< participant -> today's node key, which an old log does not name
  std::string log_level;
  std::string log_format;
  bool production{};
  std::size_t pool_envelopes_max{};
  std::size_t submissions_max{};
  std::size_t verify_threads{};
  bool sync_by_snapshot{};              ///< how a node without a store begins; else from genesis
  std::size_t snapshot_every_blocks{};  ///< 0: never
};

/// One key of the file, for `kimberlited settings` and the documentation.
struct SettingDocumentation {
  std::string_view key;
  std::string_view fallback;  ///< empty: required
  std::string_view meaning;
};
const std::vector<SettingDocumentation>& settings();

/// Reads `text`. Relative paths are taken from `folder`. BAD_CONFIGURATION: the message has one line a fault,
/// "line N: key: what is wrong, what is allowed".
Result<Configuration> parse_configuration(std::string_view text, const std::filesystem::path& folder);
/// Reads the file itself.
Result<Configuration> read_configuration(const std::filesystem::path& file);

/// Splits "host:port" or "[v6]:port"; BAD_CONFIGURATION otherwise.
struct HostPort {
  std::string host;
  std::string port;
};
Result<HostPort> split_host_port(std::string_view text);

}  // namespace kimberlite::runtime
