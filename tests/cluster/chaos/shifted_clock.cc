// A library to be preloaded into a daemon: its wall clock is off by as many milliseconds as the eight bytes of the file
// named by KIMBERLITE_CLOCK_FILE say, which may change while it runs. The steady clock stays right, as on a machine
// whose date was set wrongly. Thread-safe.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kMsASecond = 1'000;
constexpr std::int64_t kNsAMs = 1'000'000;
constexpr std::int64_t kNsASecond = 1'000'000'000;

using Offset = std::atomic<std::int64_t>;
static_assert(Offset::is_always_lock_free, "it is shared with the process that sets it");

const Offset* open_offset() {
  const char* name = std::getenv("KIMBERLITE_CLOCK_FILE");
  if (name == nullptr) return nullptr;
  const int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* bytes = mmap(nullptr, sizeof(Offset), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return bytes == MAP_FAILED ? nullptr : static_cast<const Offset*>(bytes);
}

std::int64_t offset_ms() {
  static const Offset* const offset = open_offset();
  return offset == nullptr ? 0 : offset->load(std::memory_order_relaxed);
}

using RealClock = int (*)(clockid_t, timespec*);

int real_clock(clockid_t clock, timespec* time) {
  static const auto next = reinterpret_cast<RealClock>(dlsym(RTLD_NEXT, "clock_gettime"));
  return next(clock, time);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const int result = real_clock(clock, time);
  if (result != 0 || clock != CLOCK_REALTIME) return result;
  const std::int64_t offset = offset_ms();
  std::int64_t ns = time->tv_nsec + offset % kMsASecond * kNsAMs;
  std::int64_t seconds = time->tv_sec + offset / kMsASecond;
  if (ns < 0) ns += kNsASecond, --seconds;
  if (ns >= kNsASecond) ns -= kNsASecond, ++seconds;
  time->tv_sec = seconds;
  time->tv_nsec = ns;
  return 0;
}

int gettimeofday(timeval* __restrict time, void* __restrict /*zone*/) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1'000;
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
