// Who waits for which envelope, and the answers already given: a submission repeated after a lost answer gets the first
// result. One owner (the core thread); callbacks are called there and must not block.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "node/ledger/rules.h"
#include "proto/digest.h"
#include "storage/store.h"

namespace kimberlite::runtime {

/// Refusals remembered by envelope id, the oldest forgotten first (then the envelope is judged anew).
inline constexpr std::size_t kRefusalsRemembered = 65'536;

enum class Outcome : std::uint8_t { kFinal, kRefused, kPending, kUnknown };

/// What became of an envelope.
struct SubmitResult {
  Outcome outcome{Outcome::kPending};
  storage::EnvelopeLocation location;  ///< kFinal
  ledger::Refusal refusal;             ///< kRefused
};

using SubmitCallback = std::function<void(const SubmitResult&)>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Submissions {
 public:
  /// Calls back once: on resolve(), or at the deadline with kPending.
  void wait(const Digest& id, SteadyTime deadline, SubmitCallback callback);
  /// Answers everybody who waits for the id; a refusal is remembered.
  void resolve(const Digest& id, const SubmitResult& result);
  /// Answers those whose deadline has passed.
  void expire(SteadyTime now);
  [[nodiscard]] std::optional<SteadyTime> next_deadline() const;
  [[nodiscard]] std::optional<ledger::Refusal> remembered_refusal(const Digest& id) const;
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiter {
    Digest id;
    SubmitCallback callback;
  };
  void remember(const Digest& id, const ledger::Refusal& refusal);

  std::multimap<SteadyTime, Waiter> waiting_;
  std::multimap<Digest, std::multimap<SteadyTime, Waiter>::iterator> by_id_;
  std::map<Digest, ledger::Refusal> refusals_;
  std::deque<Digest> refusals_in_order_;
};

}  // namespace kimberlite::runtime
