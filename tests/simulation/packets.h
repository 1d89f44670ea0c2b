// What travels between the simulated nodes whose runtime is a model: consensus messages, and beside them the runtime's
// part, as far as it matters here.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "consensus/messages.h"
#include "tests/simulation/blocks.h"
#include "tests/simulation/world.h"

namespace kimberlite::simulation {

struct PoolEvents {
  std::vector<EventId> events;
};
struct BodyRequest {
  Digest digest;
};
struct BodyAnswer {
  Digest digest;
};
struct LogRequest {
  consensus::Certificate target;  ///< at least up to its block
};
struct LogAnswer {
  Digest tip;
  consensus::Certificate finalization;
};
using Packet = std::variant<consensus::Message, PoolEvents, BodyRequest, BodyAnswer, LogRequest, LogAnswer>;
using PacketPtr = std::shared_ptr<const Packet>;
using ModelWorld = PacketWorld<Packet>;

}  // namespace kimberlite::simulation
