// How long to wait before a peer is dialled again: doubling from kBackoffFirstMs to kBackoffMaxMs, each shortened by a
// jitter that follows from the two keys and the attempt, so that nodes do not dial in step and runs can be repeated.
// Pure.
#pragma once

#include <cstdint>

#include "proto/ed25519.h"

namespace kimberlite::net {

/// Milliseconds to wait after `failures` failures in a row (0: the first retry): in (d / 2, d] with
/// d = min(kBackoffFirstMs x 2^failures, kBackoffMaxMs).
std::int64_t backoff_ms(unsigned failures, const PublicKey& self, const PublicKey& peer);

}  // namespace kimberlite::net
