// Reads /proc: see process.h.
#include "tests/cluster/process.h"

#include <fstream>
#include <stdexcept>
#include <string>

namespace kimberlite::cluster {
namespace {

constexpr std::uint64_t kKibibyte = 1024;
/// What clear_refs takes for "the peak is what is resident now".
constexpr const char* kForgetPeak = "5";

std::string proc(pid_t process, const char* file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

}  // namespace

ProcessMemory memory_of(pid_t process) {
  ProcessMemory memory;
  std::ifstream status(proc(process, "status"));
  for (std::string key; status >> key;) {
    if (key == "VmRSS:") status >> memory.resident_bytes;
    if (key == "VmHWM:") status >> memory.resident_peak_bytes;
  }
  if (memory.resident_bytes == 0) throw std::runtime_error("process " + std::to_string(process) + " is gone");
  return {memory.resident_bytes * kKibibyte, memory.resident_peak_bytes * kKibibyte};
}

void forget_peak(pid_t process) {
  std::ofstream file(proc(process, "clear_refs"));
  if (!(file << kForgetPeak).flush())
    throw std::runtime_error("cannot reset the memory peak of " + std::to_string(process));
}

std::uint64_t open_files(pid_t process) {
  std::uint64_t count = 0;
  std::error_code ignored;
  for (const auto& item : std::filesystem::directory_iterator(proc(process, "fd"), ignored)) {
    (void)item;
    ++count;
  }
  return count;
}

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code gone;  // RocksDB removes files while we look
  for (auto it = std::filesystem::recursive_directory_iterator(folder, gone);
       !gone && it != std::filesystem::recursive_directory_iterator(); it.increment(gone)) {
    std::error_code of_file;
    const auto size = it->is_regular_file(of_file) ? it->file_size(of_file) : 0;
    if (!of_file) bytes += size;
  }
  return bytes;
}

}  // namespace kimberlite::cluster
