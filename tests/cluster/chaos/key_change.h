// What heals a node whose key must not vote again: its participant registers another one, as deploy/OPERATE.md says.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/error.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

/// How long a node is given for a single answer; it may be down.
inline constexpr std::int64_t kQuickAnswerMs = 1'000;

/// Kills the node if it runs, without a word about how it ended.
void stop(Stage& stage, std::size_t node);
/// Registers a new key for the node through the others, starts it with that key, and waits until it votes in the epoch
/// that began with it. An error: the registration was refused, or this did not happen in time.
Result<void> replace_key(Stage& stage, std::size_t node);

}  // namespace kimberlite::chaos
