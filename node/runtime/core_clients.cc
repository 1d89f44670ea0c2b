// Submissions by clients of this node.
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "node/runtime/clock.h"
#include "node/runtime/core.h"
#include "node/runtime/log.h"

namespace kimberlite::runtime {

void Core::submit(EnvelopePtr envelope, SteadyTime deadline, SubmitCallback callback) {
  const Digest id = envelope->id();
  if (const auto location = execution_.final_location(id)) {
    callback({Outcome::kFinal, *location, {}});
    return;
  }
  if (auto refusal = submissions_.remembered_refusal(id)) {
    callback({Outcome::kRefused, {}, *std::move(refusal)});
    return;
  }
  if (draining_) {
    callback({Outcome::kRefused, {}, {Reason::UNAVAILABLE, 0, "node", "this node is stopping"}});
    return;
  }
  if (submissions_.waiting() >= parts_.submissions_max) {
    callback(
        {Outcome::kRefused, {}, {Reason::OVERLOADED, 0, "submissions", "as many clients wait as the node allows"}});
    return;
  }
  if (!pool_.find(id)) {
    if (auto refusal = execution_.trial(*envelope, wall_now_ms()).refusal) {
      parts_.metrics.envelope_refused(reason_name(refusal->reason));
      submissions_.resolve(id, {Outcome::kRefused, {}, *refusal});
      callback({Outcome::kRefused, {}, *std::move(refusal)});
      return;
    }
    if (pool_.add(envelope, execution_.final_state().tip().height) == Pool::Added::kFull) {
      callback({Outcome::kRefused, {}, {Reason::OVERLOADED, 0, "pool", "as many envelopes wait as the node allows"}});
      return;
    }
    submitted_.emplace(id, NodeClock::now());
    gossip(std::move(envelope));
  }
  submissions_.wait(id, deadline, std::move(callback));
  arm_submission_timer();
}

void Core::find(const Digest& id, const SubmitCallback& callback) {
  if (const auto location = execution_.final_location(id)) {
    callback({Outcome::kFinal, *location, {}});
  } else if (auto refusal = submissions_.remembered_refusal(id)) {
    callback({Outcome::kRefused, {}, *std::move(refusal)});
  } else {
    callback({pool_.find(id) ? Outcome::kPending : Outcome::kUnknown, {}, {}});
  }
}

// The first goes out at once; those that follow close behind go together, in one frame that wakes everybody once.
void Core::gossip(EnvelopePtr envelope) {
  gossip_.push_back(std::move(envelope));
  if (gossip_.size() > 1) return;
  const auto due = last_gossip_ + std::chrono::milliseconds(kGossipIntervalMs);
  if (NodeClock::now() >= due) {
    boost::asio::post(parts_.context, [this] { send_gossip(); });
    return;
  }
  gossip_timer_.expires_at(due);
  gossip_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) send_gossip();
  });
}

void Core::send_gossip() {
  last_gossip_ = NodeClock::now();
  const auto envelopes = std::exchange(gossip_, {});
  send_envelopes(std::nullopt, envelopes);
  update_work();
  told_more_work();
}

// Consensus knows that there is work, but a leader that found nothing to build must hear that there is more.
void Core::told_more_work() {
  if (told_work_) step(consensus::WorkChanged{true});
}

void Core::refuse(const EnvelopePtr& envelope, const ledger::Refusal& refusal) {
  pool_.remove(envelope->id());
  submitted_.erase(envelope->id());
  parts_.metrics.envelope_refused(reason_name(refusal.reason));
  submissions_.resolve(envelope->id(), {Outcome::kRefused, {}, refusal});
}

void Core::arm_submission_timer() {
  const auto deadline = submissions_.next_deadline();
  if (!deadline || submission_timer_.expiry() == *deadline) return;
  submission_timer_.expires_at(*deadline);
  submission_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    submissions_.expire(NodeClock::now());
    arm_submission_timer();
  });
}

}  // namespace kimberlite::runtime
