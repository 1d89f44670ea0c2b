// Writes a new network's folder: genesis.json, keys/, nodes/<PARTY>/{kimberlited.toml,node.key,data/}, client.toml.
// Everything that can be checked is checked before the first file is written. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cli/home.h"
#include "cli/network/network_template.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// Distances from the base port: node i listens for peers at base + i, gRPC at base + 100 + i, HTTP at base + 200 + i.
inline constexpr std::uint16_t kGrpcPortOffset = 100;
inline constexpr std::uint16_t kHttpPortOffset = 200;

/// What was made.
struct NewNetwork {
  GenesisDocument genesis;
  ClientConfig client;
  std::size_t keys{};
};

/// Makes keys, checks the genesis document, and writes. Errors: BAD_REQUEST (folder not empty, port in use or beyond
/// 65535), BAD_CONFIGURATION (what the genesis document lacks), STORE_IO.
Result<NewNetwork> write_network(const NetworkTemplate& wanted, const std::filesystem::path& folder,
                                 std::uint16_t base_port);

}  // namespace kimberlite::cli
