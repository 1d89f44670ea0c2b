// A disk of a node's own: an ext4 file system in a file, mounted where the node keeps its data, that can be filled,
// made to stall, made to fail, and cut from its power. Needs the right to mount; the caller's mounts should be a
// namespace of its own, so that they end with it. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "proto/error.h"

namespace kimberlite::chaos {

/// Size of a disk; the file that it is in is sparse.
inline constexpr std::uint64_t kDiskBytes = 512ULL * 1024 * 1024;
/// The longest stall: a thaw comes then even if nobody asks for it, for what waits for a frozen disk cannot be killed.
inline constexpr std::int64_t kStallMsMax = 30'000;

/// Takes this process into a mount namespace of its own. BAD_CONFIGURATION: the machine does not permit it.
Result<void> enter_mount_namespace();

class NodeDisk {
 public:
  /// Makes the file system in `image` and mounts it at the existing folder `mount_point`. BAD_CONFIGURATION: the
  /// machine has no loop devices, or no mkfs.ext4, or does not permit mounts.
  static Result<NodeDisk> make(const std::filesystem::path& image, const std::filesystem::path& mount_point);
  ~NodeDisk();
  NodeDisk(NodeDisk&&) noexcept;
  NodeDisk& operator=(NodeDisk&&) = delete;

  /// No byte is free from now on, nor reserved beyond the ends of files. REQUIRES: the node is paused or does not run.
  Result<void> fill();
  void empty();
  /// Every write waits from now on, without an error. Returns once it is so.
  Result<void> stall();
  void go_on();
  /// The file system finds itself damaged and turns read-only under the running node.
  Result<void> fail_read_only();
  /// What was not synced is gone, and every access fails. REQUIRES: repair() before the next use.
  Result<void> cut_power();
  /// Unmounts, checks and mounts again, as a machine does at its next start. REQUIRES: the node does not run.
  Result<void> repair();

 private:
  NodeDisk(std::filesystem::path image, std::filesystem::path mount_point);
  Result<void> mount() const;
  Result<void> unmount() const;

  std::filesystem::path image_;
  std::filesystem::path mount_point_;
  struct Stall;
  std::unique_ptr<Stall> stall_;
};

}  // namespace kimberlite::chaos
