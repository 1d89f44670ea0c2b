// Sharing a clock's offset with a node: see node_clock.h.
#include "tests/cluster/chaos/node_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace kimberlite::chaos {

Result<NodeClock> NodeClock::make(const std::filesystem::path& file) {
  const int opened = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* bytes = MAP_FAILED;
  if (opened >= 0 && ftruncate(opened, sizeof(std::int64_t)) == 0) {
    bytes = mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  }
  if (opened >= 0) close(opened);
  if (bytes == MAP_FAILED) return fail(Reason::BAD_CONFIGURATION, file.string(), std::strerror(errno));
  return NodeClock(file, new (bytes) std::atomic<std::int64_t>(0));
}

NodeClock::NodeClock(std::filesystem::path file, std::atomic<std::int64_t>* offset)
    : file_(std::move(file)), offset_(offset) {}

NodeClock::NodeClock(NodeClock&& other) noexcept
    : file_(std::move(other.file_)), offset_(std::exchange(other.offset_, nullptr)) {}

NodeClock::~NodeClock() {
  if (offset_ != nullptr) munmap(offset_, sizeof(std::int64_t));
}

std::vector<std::string> NodeClock::environment() const {
  return {std::string("LD_PRELOAD=") + SHIFTED_CLOCK_PATH, "KIMBERLITE_CLOCK_FILE=" + file_.string()};
}

}  // namespace kimberlite::chaos
