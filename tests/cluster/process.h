// What the system says of a running node: memory and files. Linux only. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

namespace kimberlite::cluster {

struct ProcessMemory {
  std::uint64_t resident_bytes{};       ///< VmRSS
  std::uint64_t resident_peak_bytes{};  ///< VmHWM, since the last forget_peak
};

/// Of a process of ours. Throws std::runtime_error if it is gone.
ProcessMemory memory_of(pid_t process);
/// Starts a new peak. Throws std::runtime_error if the system does not permit it: then no peak is an attack's own.
void forget_peak(pid_t process);
/// Descriptors that it holds open.
std::uint64_t open_files(pid_t process);
/// Bytes of all files below.
std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace kimberlite::cluster
