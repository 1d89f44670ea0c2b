// What the cluster tests share: how long they wait, and whole files in and out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace kimberlite::cluster {

/// What takes longer than this does not come.
inline constexpr std::int64_t kPatienceMs = 90'000;
inline constexpr std::int64_t kHttpMs = 30'000;

/// All bytes of a file; empty if it cannot be read.
inline std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

/// Replaces a file's bytes.
inline void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace kimberlite::cluster
