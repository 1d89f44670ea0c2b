// Which threads go first when a node has more to do than processors: those that order and store events, before those
// that verify what clients and peers hand in. Otherwise a flood of submissions delays the finality of all before it.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace kimberlite::runtime {

/// How much nicer such a thread is than the main one (setpriority(2)): about a third of the processor if all others
/// want it too.
inline constexpr int kGiveWayNice = 5;

/// Called by a thread that verifies, on itself; only its first call does something. A thread that was started by one
/// that gives way gives way as much, not more.
inline void give_way() {
  static thread_local const bool done = [] {
    const int main_nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
    return ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), main_nice + kGiveWayNice) == 0;
  }();
  static_cast<void>(done);
}

}  // namespace kimberlite::runtime
