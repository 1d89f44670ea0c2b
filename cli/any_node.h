// Asking whichever node answers: the default node first, then the others. Thread-safe.
#pragma once

#include <string>

#include "cli/client.h"
#include "cli/home.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// Calls `ask(NodeClient&)` on the default node, and on the next ones while the answer is UNAVAILABLE or OVERLOADED.
template <typename Ask>
auto ask_any_node(const ClientConfig& config, std::int64_t timeout_ms, const Ask& ask) {
  NodeClient first(*config.find(config.default_node), timeout_ms);
  auto answer = ask(first);
  for (const auto& address : config.nodes) {
    if (answer || (answer.error().reason != Reason::UNAVAILABLE && answer.error().reason != Reason::OVERLOADED)) {
      break;
    }
    if (address.name != config.default_node) {
      NodeClient next(address, timeout_ms);
      if (auto other = ask(next)) {
        answer = std::move(other);
      }
    }
  }
  return answer;
}

}  // namespace kimberlite::cli
