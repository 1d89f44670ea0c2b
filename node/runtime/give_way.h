// Which threads go first when a node has more to do than processors: those that order and store events, before those
// that verify what clients and peers hand in. Otherwise a flood of submissions delays the finality of all before it.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace kimberlite::runtime {

/// How much nicer such a thread is (setpriority(2)): about a third of the processor if all others want it too.
inline constexpr int kGiveWayNice = 5;

/// Called by a thread that verifies, on itself; only its first call does something. One that is as nice already stays
/// so.
inline void give_way() {
  static thread_local const bool done = [] {
    const auto self = static_cast<id_t>(::gettid());
    return ::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + kGiveWayNice) == 0;
  }();
  static_cast<void>(done);
}

}  // namespace kimberlite::runtime
