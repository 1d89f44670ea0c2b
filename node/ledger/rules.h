// The Kimberley Process rules as a pure function: (state, block time, envelope) -> changes | refusal.
// No clock, no randomness, no I/O, no floating point. Every replica, the offline auditor and the tests call this.
// Source: the scheme document of 2002 with its annexes; guard order is part of the interface. Thread-safe: no state.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "proto/envelope.h"
#include "proto/error.h"
#include "proto/state_reader.h"
#include "proto/types.h"

namespace kimberlite::ledger {

/// Most bytes of one record. Histories and reports grow with what is said of a number; whoever may say it without end
/// must not make every node read and write ever more for each word, nor a piece of a snapshot that fits no frame.
inline constexpr std::size_t kRecordBytesMax = 64UL * 1024;
/// And after events that one party alone may repeat (corrections, supplements, its own suspensions), so that room is
/// left for what others have to say of the same record.
inline constexpr std::size_t kRepeatedRecordBytesMax = 16UL * 1024;

/// Why an envelope was refused: the first failing guard of its first failing event.
struct Refusal {
  Reason reason{};
  std::uint32_t event_index{};
  std::string field;           ///< path within the envelope, e.g. "events[0].certificate_issue.sources[1]"
  std::string message;         ///< what the rule is and what was found
  std::uint64_t work_bytes{};  ///< until then, as in Applied
};

/// What an accepted envelope does.
struct Applied {
  StateChanges changes;
  std::uint64_t work_bytes{};  ///< Transaction::work_bytes(), the same at every node
};

/// What rules see of the block in which an envelope stands.
struct BlockPlace {
  TimeMs time_ms;
  Epoch epoch;
};

/// Applies all events of an envelope, in order, or none (atomic).
/// Checks, in this order: WRONG_NETWORK is the caller's; not_after (ENVELOPE_EXPIRED, NOT_AFTER_TOO_FAR) by the
/// ledger's clock; the key (UNKNOWN_KEY, KEY_REVOKED, KEY_NOT_YET_VALID, KEY_EXPIRED, WRONG_PARTY); then each event's
/// own guards, and before each what all have cost so far (TOO_COSTLY); at last the size of what would be written
/// (RECORD_FULL). Replays of an id are the caller's to refuse (it holds the index of ids). Returns the writes; the
/// state is untouched.
std::expected<Applied, Refusal> apply_envelope(const StateReader& state, const BlockPlace& block,
                                               const OpenedEnvelope& envelope);

/// The clock that rules see: block time, or on a replay network the newest AdvanceClock (at first: genesis time).
TimeMs ledger_time(const StateReader& state, TimeMs block_time);

}  // namespace kimberlite::ledger
