// What goes into a replica and what comes out: one struct a step, duties written on its fields.
// Thread-safe: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/messages.h"
#include "consensus/types.h"

namespace kimberlite::consensus {

// ---- inputs -------------------------------------------------------------------------------------------------------

/// A message from a validator (or a follower: `from` empty), already checked by verify_message.
struct Received {
  std::optional<ValidatorIndex> from;
  Message message;
};
/// A validator's connection is up (again): our highest finalization and the certificate of our view go to it.
struct PeerConnected {
  ValidatorIndex peer{};
};
/// Time may have passed a deadline.
struct Tick {};
/// Whether there is something to order: the pool holds an acceptable event, or a heartbeat block is due. Said again
/// with `true` when an event arrives after a Built that came back empty; repeating it is harmless.
struct WorkChanged {
  bool has_work{};
};
/// Answer to Actions::build. `block` empty: nothing to propose after all, or building failed (asked again half a Δ
/// later while there is work). Otherwise the block was executed already, its parent is the one asked for, its view
/// `view`.
struct Built {
  View view;
  std::optional<BlockRef> block;
};
/// Answer to Actions::verify: the block was executed on its parent's state and its roots compared.
struct Verified {
  View view;
  Digest block;
  bool valid{};
};
/// A block's body is here, executed and durable. Also for blocks of one's own and after a fetch.
struct BodyReady {
  BlockRef block;
};
/// Every journal record up to and including this sequence is on disk.
struct Durable {
  std::uint64_t sequence{};
};
/// Catch-up brought the ledger to this final block: executed, committed, durable.
struct CaughtUp {
  BlockRef block;
  Certificate finalization;
};
/// The log holds a block that our key proposed and the journal does not know of: the key voted in another life.
struct RolledBack {};

using Input =
    std::variant<Received, PeerConnected, Tick, WorkChanged, Built, Verified, BodyReady, Durable, CaughtUp, RolledBack>;

// ---- actions ------------------------------------------------------------------------------------------------------

/// A vote to be journalled, with the certificate that allowed it (consensus.md, Durable).
struct JournalRecord {
  std::uint64_t sequence{};  ///< ascending by one from 1; goes on after a restart from the last one on disk
  Vote vote;
  std::optional<Certificate> justification;
};

/// A message to one validator, or to all others.
struct Outgoing {
  std::optional<ValidatorIndex> to;
  Message message;
};

/// Build a block on `parent` for `view`: the highest certified block. Answer with Built.
struct BuildRequest {
  View view;
  BlockRef parent;
};
/// Execute this proposal on its parent. Missing envelopes are the runtime's to fetch, from the proposer first. Answer
/// with Verified.
struct VerifyRequest {
  View view;
  BlockRef block;
  ValidatorIndex leader{};  ///< of the view: the proposer
};
/// Get, execute and make durable the body of a certified block, from those that voted for it. Answer with BodyReady.
/// Said again while the body is missing: keep one fetch a digest. A certified block may hang on ancestors that this
/// replica knows nothing of and for which no certificate is left anywhere: the runtime fetches the parent that a body's
/// record names as well, down to a block that is executed here, and executes them upwards.
struct FetchBlock {
  Digest digest;
  std::vector<ValidatorIndex> voters;
};
/// Two messages by one validator that no honest one signs: kept for ever.
struct Evidence {
  ValidatorIndex validator{};
  Vote first;
  Vote second;
};

/// Duties of the runtime after a step, in the order of the fields.
struct Actions {
  /// Write to the vote journal and sync; then step(Durable{last sequence}). A notarize record also waits for its
  /// block's body to be durable.
  std::vector<JournalRecord> persist;
  /// May leave at once.
  std::vector<Outgoing> send;
  /// May leave only when everything in `persist` of this step (and so of all earlier ones) is durable.
  std::vector<Outgoing> send_after_persist;
  std::optional<BuildRequest> build;
  std::vector<VerifyRequest> verify;
  /// Final blocks in order of height, all bodies here; `finalization` certifies the last one. Commit them in one batch.
  std::vector<BlockRef> finalized;
  std::optional<Certificate> finalization;
  std::vector<FetchBlock> fetch;
  /// A finalization of a block too far away to fetch one by one: catch up by log range, up to its block at the
  /// least (any node that has that block in its final log can serve it). Answer with CaughtUp. Never a
  /// second one, and no `finalized`, before that answer.
  std::optional<Certificate> catch_up;
  /// Halfway through the leader's time: send it the pending envelopes that it may lack.
  std::optional<ValidatorIndex> forward_pool_to;
  std::vector<Evidence> evidence;
  /// Certificates to be kept on disk, synced, until something later is final, and given back in Recovered: the journal,
  /// a ring, has held them so far and will drop them. Nothing waits for it.
  std::vector<Certificate> keep;
  /// Said once: votes of our own key were seen that the journal does not hold, so it was set back to an older state.
  /// The key votes no more; remember that for the next start, when nobody may show such a vote again.
  bool rolled_back{};
  /// Call step(Tick) at this time at the latest; empty: no timer runs (quiet).
  std::optional<TimeMs> wake_at;
};

}  // namespace kimberlite::consensus
