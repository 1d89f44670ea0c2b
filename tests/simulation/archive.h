// Seeds that once failed or show something rare, kept for ever: a text file with one a line, "SEED REPLICAS  # why".
// Thread-safe: pure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace kimberlite::simulation {

struct Archived {
  std::uint64_t seed{};
  std::size_t replicas{};  ///< or kAnyReplicas
};

/// Reads such a file; empty lines and what follows a '#' do not count. Throws std::runtime_error with a line that is
/// not as it must be.
std::vector<Archived> read_archive(const std::filesystem::path& file);

}  // namespace kimberlite::simulation
