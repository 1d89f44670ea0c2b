// Submitting with detours: see submitter.h.
#include "cli/submitter.h"

#include <algorithm>
#include <iterator>
#include <thread>

namespace kimberlite::cli {

namespace {

constexpr std::chrono::milliseconds kAvoidAfterFailure{3000};
constexpr std::chrono::milliseconds kBackOffMin{20};
constexpr std::chrono::milliseconds kBackOffMax{1000};
constexpr std::chrono::milliseconds kHeightPoll{2};

std::int64_t milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
}

/// Reasons that say something about the node at this moment, not about the envelope.
bool is_transient(Reason reason) {
  return reason == Reason::UNAVAILABLE || reason == Reason::OVERLOADED;
}

}  // namespace

Submitter::Submitter(ClientConfig config, std::int64_t timeout_ms, std::int64_t patience_ms)
    : config_(std::move(config)), timeout_ms_(timeout_ms), patience_ms_(patience_ms) {
  for (const auto& address : config_.nodes) {
    nodes_[address.name].client = std::make_unique<NodeClient>(address, timeout_ms);
  }
}

std::vector<Submitter::Node*> Submitter::order_for(std::string_view party) {
  const std::string& preferred = config_.node_for(party).name;
  std::vector<Node*> order{&nodes_.at(preferred)};
  for (const auto& address : config_.nodes) {
    if (address.name != preferred) {
      order.push_back(&nodes_.at(address.name));
    }
  }
  // Those that failed lately come last, each group in its own order.
  const auto now = Clock::now();
  std::vector<Node*> sorted;
  for (const bool avoided : {false, true}) {
    std::ranges::copy_if(order, std::back_inserter(sorted),
                         [&](const Node* node) { return (node->avoid_until > now) == avoided; });
  }
  return sorted;
}

Result<void> Submitter::await_height(Node& node, Clock::time_point deadline) {
  while (node.height < height_) {
    const auto status = node.client->status();
    if (!status) {
      return std::unexpected(status.error());
    }
    node.height = std::max<std::uint64_t>(node.height, status->final_height());
    if (node.height >= height_) {
      break;
    }
    if (Clock::now() >= deadline) {
      return fail(Reason::UNAVAILABLE, node.client->address().grpc,
                  "the node stands at height " + std::to_string(node.height) + ", behind " + std::to_string(height_));
    }
    std::this_thread::sleep_for(kHeightPoll);
  }
  return {};
}

Result<Verdict> Submitter::try_submit(Node& node, const SignedBytes& envelope, Clock::time_point deadline) {
  if (auto ready = await_height(node, std::min(deadline, Clock::now() + std::chrono::milliseconds(timeout_ms_)));
      !ready) {
    return std::unexpected(ready.error());
  }
  const std::int64_t budget_ms = std::clamp<std::int64_t>(milliseconds_until(deadline), 1, timeout_ms_);
  auto response = node.client->submit(envelope.bytes, budget_ms);
  Verdict verdict{.id = envelope.id, .node = node.client->address().name, .height = 0, .log_index = 0, .refusal = {}};
  if (!response) {
    const Error& error = response.error();
    if (is_transient(error.reason)) {
      return std::unexpected(error);
    }
    verdict.refusal = RefusalText{std::string(reason_name(error.reason)), error.field, error.message};
    return verdict;
  }
  if (response->outcome() == v1::OUTCOME_FINAL) {
    verdict.height = response->height();
    verdict.log_index = response->log_index();
    node.height = std::max(node.height, verdict.height);
    height_ = std::max(height_, verdict.height);
    return verdict;
  }
  if (response->outcome() == v1::OUTCOME_REFUSED) {
    const auto& refusal = response->refusal();
    verdict.refusal = RefusalText{refusal.reason(), refusal.field(), refusal.message()};
    return verdict;
  }
  return fail(Reason::UNAVAILABLE, node.client->address().grpc, "the envelope is not final yet");
}

Result<Verdict> Submitter::submit(const SignedBytes& envelope, std::string_view party) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(patience_ms_);
  auto back_off = kBackOffMin;
  Error last;
  do {
    const std::string& preferred = config_.node_for(party).name;
    for (Node* node : order_for(party)) {
      auto verdict = try_submit(*node, envelope, deadline);
      if (verdict) {
        detours_ += verdict->node == preferred ? 0 : 1;
        return verdict;
      }
      last = verdict.error();
      node->avoid_until = Clock::now() + kAvoidAfterFailure;
      if (Clock::now() >= deadline) {
        break;
      }
    }
    std::this_thread::sleep_for(
        std::min(back_off, std::chrono::milliseconds(std::max<std::int64_t>(0, milliseconds_until(deadline)))));
    back_off = std::min(back_off * 2, kBackOffMax);
  } while (Clock::now() < deadline);
  return fail(Reason::UNAVAILABLE, last.field,
              "envelope " + envelope.id.hex() + " has no final verdict yet (" + last.message + "); `kimberlite tx " +
                  envelope.id.hex() + "` tells what became of it");
}

Result<std::optional<std::string>> Submitter::state(const std::string& key, std::string_view party) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms_);
  Error last;
  for (Node* node : order_for(party)) {
    if (auto ready = await_height(*node, deadline); !ready) {
      last = ready.error();
      continue;
    }
    auto response = node->client->state(key);
    if (response) {
      return response->found() ? std::optional(response->value()) : std::nullopt;
    }
    last = response.error();
    if (last.reason == Reason::NOT_FOUND) {
      return std::nullopt;
    }
  }
  return std::unexpected(last);
}

}  // namespace kimberlite::cli
