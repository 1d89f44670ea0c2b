// A TUN device in the calling thread's network namespace: what programs of that namespace send to other addresses can
// be read from the returned file, and what is written to it reaches them. Thread-safe.
#pragma once

#include <string>

#include "proto/error.h"

namespace kimberlite::chaos {

/// Makes the device with an address of a /24 network, puts it and the loopback device up. Returns its file, which does
/// not block. BAD_CONFIGURATION with the step that the machine does not permit.
Result<int> open_tun_device(const std::string& address);

}  // namespace kimberlite::chaos
