// Breaking disks: see node_disk.h.
#include "tests/cluster/chaos/node_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace kimberlite::chaos {
namespace {

constexpr std::string_view kBallast = "ballast";
/// ext4's own: fs/ext4/ext4.h, EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kLoseTheLog = 2;

std::unexpected<Error> disk_error(const std::filesystem::path& path, const std::string& step) {
  return fail(Reason::BAD_CONFIGURATION, path.string(), step + ": " + std::strerror(errno));
}

/// Runs a tool of the system; its exit status, or -1.
int run_tool(const std::string& command) {
  const int status = std::system((command + " >/dev/null 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string quoted(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

/// The child's part of a stall: freezes, says so, waits for the order to thaw.
[[noreturn]] void hold_frozen(int disk, int order, int done) {
  // Only these three stay open: what the parent closes must not live on here, the other end of `order` least of all.
  constexpr int kFirst = 1'000;
  const int kept_disk = fcntl(disk, F_DUPFD, kFirst);
  const int kept_order = fcntl(order, F_DUPFD, kFirst);
  const int kept_done = fcntl(done, F_DUPFD, kFirst);
  close_range(STDERR_FILENO + 1, kFirst - 1, 0);
  close_range(static_cast<unsigned>(kept_done) + 1, ~0U, 0);
  const char frozen = ioctl(kept_disk, FIFREEZE, 0) == 0 ? 'y' : 'n';
  [[maybe_unused]] const auto told = write(kept_done, &frozen, 1);
  pollfd wait{kept_order, POLLIN, 0};
  poll(&wait, 1, kStallMsMax);
  ioctl(kept_disk, FITHAW, 0);
  _exit(0);
}

}  // namespace

/// A child process that freezes the file system, and thaws it when told, when this process ends, or after kStallMsMax.
struct NodeDisk::Stall {
  pid_t child = -1;
  int end = -1;  // closing it is the order to thaw

  ~Stall() {
    close(end);
    waitpid(child, nullptr, 0);
  }
};

Result<void> enter_mount_namespace() {
  if (unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return fail(Reason::BAD_CONFIGURATION, "disks", "this machine does not let us mount: run as root");
  }
  return {};
}

NodeDisk::NodeDisk(std::filesystem::path image, std::filesystem::path mount_point)
    : image_(std::move(image)), mount_point_(std::move(mount_point)) {}

NodeDisk::NodeDisk(NodeDisk&& other) noexcept
    : image_(std::move(other.image_)),
      mount_point_(std::exchange(other.mount_point_, {})),
      stall_(std::move(other.stall_)) {}

NodeDisk::~NodeDisk() {
  if (mount_point_.empty()) return;
  go_on();
  umount2(mount_point_.c_str(), MNT_DETACH);
}

Result<NodeDisk> NodeDisk::make(const std::filesystem::path& image, const std::filesystem::path& mount_point) {
  std::ofstream(image).flush();
  std::error_code error;
  std::filesystem::resize_file(image, kDiskBytes, error);
  if (error) return fail(Reason::BAD_CONFIGURATION, image.string(), "cannot be made: " + error.message());
  if (run_tool("mkfs.ext4 -q -m 0 " + quoted(image)) != 0) {
    return fail(Reason::BAD_CONFIGURATION, image.string(), "mkfs.ext4 fails, or is not installed (package e2fsprogs)");
  }
  NodeDisk disk(image, mount_point);
  if (auto mounted = disk.mount(); !mounted) return std::unexpected(mounted.error());
  return disk;
}

Result<void> NodeDisk::mount() const {
  // The loop device is given back by itself when the last mount of it ends.
  if (run_tool("mount -o loop,errors=remount-ro " + quoted(image_) + " " + quoted(mount_point_)) != 0) {
    return fail(Reason::BAD_CONFIGURATION, image_.string(), "cannot be mounted through a loop device");
  }
  return {};
}

Result<void> NodeDisk::unmount() const {
  return umount2(mount_point_.c_str(), 0) == 0 ? Result<void>{} : disk_error(mount_point_, "cannot be unmounted");
}

Result<void> NodeDisk::fill() {
  for (const auto& item : std::filesystem::recursive_directory_iterator(mount_point_)) {
    // Cutting a file at its end gives back what was reserved after it.
    if (item.is_regular_file()) std::filesystem::resize_file(item.path(), item.file_size());
  }
  const auto file = mount_point_ / kBallast;
  const int ballast = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (ballast < 0) return disk_error(file, "cannot be made");
  // Ever smaller pieces, until not even a block is free.
  off_t at = 0;
  for (off_t piece = off_t{1} << 26; piece >= 512;) {
    if (posix_fallocate(ballast, at, piece) == 0) {
      at += piece;
    } else {
      piece /= 2;
    }
  }
  close(ballast);
  return {};
}

void NodeDisk::empty() {
  std::error_code ignored;
  std::filesystem::remove(mount_point_ / kBallast, ignored);
}

Result<void> NodeDisk::stall() {
  const int disk = open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::array<int, 2> order{};
  std::array<int, 2> done{};
  if (disk < 0 || pipe2(order.data(), O_CLOEXEC) != 0 || pipe2(done.data(), O_CLOEXEC) != 0) {
    return disk_error(mount_point_, "cannot be opened");
  }
  auto stall = std::make_unique<Stall>();
  stall->end = order[1];
  stall->child = fork();
  if (stall->child == 0) hold_frozen(disk, order[0], done[1]);
  char frozen = 'n';
  [[maybe_unused]] const auto heard = read(done[0], &frozen, 1);
  for (const int file : {disk, order[0], done[0], done[1]}) close(file);
  if (frozen != 'y') return fail(Reason::BAD_CONFIGURATION, mount_point_.string(), "cannot be frozen");
  stall_ = std::move(stall);
  return {};
}

void NodeDisk::go_on() {
  stall_.reset();
}

Result<void> NodeDisk::fail_read_only() {
  struct stat status{};
  if (stat(mount_point_.c_str(), &status) != 0) return disk_error(mount_point_, "cannot be looked at");
  const std::string device = std::filesystem::read_symlink("/sys/dev/block/" + std::to_string(major(status.st_dev)) +
                                                           ":" + std::to_string(minor(status.st_dev)))
                                 .filename()
                                 .string();
  const std::filesystem::path trigger = "/sys/fs/ext4/" + device + "/trigger_fs_error";
  std::ofstream file(trigger);
  if (!(file << "1").flush()) return disk_error(trigger, "cannot be written");
  return {};
}

Result<void> NodeDisk::cut_power() {
  const int disk = open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t flags = kLoseTheLog;
  const bool cut = disk >= 0 && ioctl(disk, kShutdown, &flags) == 0;
  auto result = cut ? Result<void>{} : disk_error(mount_point_, "cannot be shut down");
  if (disk >= 0) close(disk);
  return result;
}

Result<void> NodeDisk::repair() {
  if (auto unmounted = unmount(); !unmounted) return unmounted;
  constexpr int kCorrected = 1;
  const int status = run_tool("e2fsck -f -y " + quoted(image_));
  if (status < 0 || status > kCorrected) {
    return fail(Reason::BAD_CONFIGURATION, image_.string(), "e2fsck ends with " + std::to_string(status));
  }
  return mount();
}

}  // namespace kimberlite::chaos
