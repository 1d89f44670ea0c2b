// A node: configuration, store, journal, consensus, peers, wired together. What node/api serves comes from here.
// Every public function is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/runtime/checkpoints.h"
#include "node/runtime/configuration.h"
#include "node/runtime/core.h"
#include "node/runtime/submissions.h"
#include "proto/genesis.h"

namespace kimberlite::runtime {

/// Calls that wait for the core at once: submit() and find() together, and status(callback) beside them. Of either kind
/// one at a time stands among the core's own work, so whoever floods a node with calls does not keep it from voting.
inline constexpr std::size_t kCallsWaitingMax = 1'024;

struct NodeStatus {
  CoreStatus core;
  storage::Tip tip;
  TimeMs ledger_time_ms;
  Checkpoints::Note checkpoint;
  std::vector<net::PeerState> peers;
  std::uint64_t synced_writes{};
  std::uint64_t peer_bytes_sent{};
};

class Node {
 public:
  /// Opens everything and joins the network. Refuses: BAD_CONFIGURATION, UNKNOWN_KEY (another participant's node key),
  /// WRONG_CLOCK, STORE_* (another process, another network, newer format, rot), JOURNAL_OTHER_KEY. A journal that is
  /// lost or damaged, or a key that the log does not name (yet), makes the node a follower, and it says so.
  static Result<std::unique_ptr<Node>> start(const Configuration& configuration, const std::string& software);
  virtual ~Node() = default;

  virtual const GenesisDocument& genesis() const = 0;
  virtual const std::string& participant() const = 0;
  virtual const std::string& software() const = 0;

  /// Calls back once, on the node's core thread: the callback must not block. Where kCallsWaitingMax wait already, it
  /// is called with OVERLOADED at once, on the caller's thread; find() and status(callback) do the same.
  virtual void submit(EnvelopePtr envelope, SteadyTime deadline, SubmitCallback callback) = 0;
  /// Before a stop: answers everybody who waits, and refuses later submissions with UNAVAILABLE.
  virtual void drain() = 0;
  /// Sees what was submitted before. kRefused by OVERLOADED is not what became of the envelope.
  virtual void find(const Digest& id, SubmitCallback callback) = 0;
  virtual void status(std::function<void(const Result<NodeStatus>&)> callback) = 0;
  /// The same, waiting for the core thread, ahead of all calls that wait. Never call it from there.
  virtual NodeStatus status() = 0;

  virtual std::shared_ptr<const storage::Snapshot> snapshot() const = 0;
  /// All evidence kept, each a serialised EvidencePair.
  virtual std::vector<std::string> evidence() const = 0;
  virtual Checkpoints& checkpoints() = 0;
  virtual std::string metrics() = 0;

  /// Calls `changed` on the core thread after each commit until it is removed by the returned number.
  virtual std::uint64_t add_listener(std::function<void()> changed) = 0;
  virtual void remove_listener(std::uint64_t listener) = 0;
};

}  // namespace kimberlite::runtime
