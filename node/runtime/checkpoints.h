// Checkpoints: signs final and durable log prefixes, collects the other nodes' signatures and publishes the newest
// prefix for which 2f+1 are at hand, adding late ones. Invariant (S6): only what sign() was given, final and durable,
// is signed, and only what it or know() was given is published. Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proto/checkpoint.h"
#include "proto/validator_set.h"

namespace kimberlite::runtime {

/// Signatures of one validator that are kept; its own oldest is forgotten first, so that nobody crowds out another.
inline constexpr std::size_t kCheckpointsCollected = 256;
/// Proofs waiting for a checkpoint; more are refused.
inline constexpr std::size_t kCheckpointWaitersMax = 1'024;

/// A validator's signature on a log prefix, as nodes exchange it.
struct CheckpointVote {
  LogSize size;
  Digest root;
  PublicKey key;
  Signature signature;
};

/// Whose signatures count: prefixes up to the one that closed the epoch before are signed by its set.
struct CheckpointSigners {
  ValidatorSet before;
  LogSize closed;  ///< 0 in the first epoch
  ValidatorSet now;

  [[nodiscard]] const ValidatorSet& of(LogSize size) const { return size > closed ? now : before; }
};

class Checkpoints {
 public:
  /// `published` is told each new or extended note, in their order: under the lock, so it must only pass the note on.
  /// `stored`: the note published before a restart; may be empty.
  using Published = std::function<void(const std::string& note)>;
  Checkpoints(std::string origin, CheckpointSigners signers, std::string stored, Published published);

  /// An epoch began. Signatures on longer prefixes that are here already count if the new set knows their keys, also
  /// the newest of each peer by a key that no set knew.
  void begin_epoch(CheckpointSigners signers);

  /// Remembers a final and durable prefix: what a quorum of others signed is published, and who signs another root for
  /// its size contradicts it.
  void know(LogSize size, const Digest& root);
  /// Signs a final and durable prefix with our key, and counts the signature if we are a validator.
  CheckpointVote sign(LogSize size, const Digest& root, const SecretKey& key);
  /// Adds another validator's signature, which this peer sent; one by a key that no set at hand knows is put by, for
  /// its node may be epochs ahead of ours, and in a quiet network it would not be said again. BAD_SIGNATURE;
  /// LOG_INCONSISTENT if it contradicts a prefix that we know (which proves its signer dishonest, or us).
  Result<void> add(std::size_t peer, const CheckpointVote& vote);

  struct Note {
    std::string bytes;  ///< empty: none yet
    LogSize size;
    std::size_t signatures{};
  };
  [[nodiscard]] Note newest() const;
  /// Our newest signature, for a peer that connects.
  [[nodiscard]] std::optional<CheckpointVote> own_newest() const;
  /// Calls `ready` once the published checkpoint covers `size`, at once if it does. False if too many wait already.
  bool when_covered(LogSize size, std::function<void(const Note&)> ready);
  /// Before a stop: tells everybody who waits an empty note, and takes no more.
  void close();

 private:
  using Signatures = std::map<PublicKey, Signature>;
  /// What a signature is on.
  struct Prefix {
    LogSize size;
    Digest root;
  };
  [[nodiscard]] bool knows(const PublicKey& key) const {
    return signers_.now.index_of(key) || signers_.before.index_of(key);
  }
  [[nodiscard]] std::vector<CheckpointCosignature> cosignatures(LogSize size, const Signatures& signatures) const;
  void count(LogSize size, const Digest& root, const PublicKey& key, const Signature& signature);
  void forget(const PublicKey& key, const Prefix& prefix);
  void remember(LogSize size, const Digest& root);
  std::vector<std::function<void()>> publish_if_ready(LogSize size);

  const std::string origin_;
  const Published published_;
  mutable std::mutex mutex_;
  CheckpointSigners signers_;
  std::map<LogSize, std::map<Digest, Signatures>> collected_;
  std::map<PublicKey, std::deque<Prefix>> said_;  ///< in order of arrival, at most kCheckpointsCollected each
  std::map<std::size_t, CheckpointVote> early_;   ///< by peer: its newest by a key that no set at hand knows
  std::map<LogSize, Digest> own_;
  std::optional<CheckpointVote> own_newest_;
  Note note_;
  bool closed_{};
  std::multimap<LogSize, std::function<void(const Note&)>> waiters_;
};

}  // namespace kimberlite::runtime
