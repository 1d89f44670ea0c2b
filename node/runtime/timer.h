// The runtime's timers: those of Asio, by the node's clock. One owner (the core thread).
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include "node/runtime/clock.h"

namespace kimberlite::runtime {

/// How long an event loop sleeps until its next timer is due. In simulated time it never sleeps: it is run when the
/// simulation says so, and then fires what is due.
struct TimerWait {
  static NodeClock::duration to_wait_duration(NodeClock::duration wait) {
    if (simulated_time == nullptr) return wait;
    simulated_time->sleeps(wait);
    return NodeClock::duration::zero();
  }
  static NodeClock::duration to_wait_duration(NodeClock::time_point until) {
    return to_wait_duration(until - NodeClock::now());
  }
};

/// As boost::asio::steady_timer.
using Timer = boost::asio::basic_waitable_timer<NodeClock, TimerWait>;

}  // namespace kimberlite::runtime
