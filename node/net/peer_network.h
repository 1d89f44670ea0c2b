// Connections to the other nodes: mutual TLS 1.3 with pinned Ed25519 node keys, framing, bounded priority queues,
// back-off. One connection a pair: the node with the smaller key dials, the other listens. Owns its threads; every
// public function is thread-safe; handlers are called on the network's thread and must not block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite::net {

inline constexpr std::size_t kFrameBytesMax = 4 * 1024 * 1024;
/// Bytes queued for one peer, by priority; when full the oldest frame of that priority is dropped (consensus repeats
/// what matters), except catch-up, whose sender is told to wait.
inline constexpr std::size_t kVoteQueueBytesMax = 1 * 1024 * 1024;
inline constexpr std::size_t kProposalQueueBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kEnvelopeQueueBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kCatchUpQueueBytesMax = 16 * 1024 * 1024;
/// Bytes received from one peer and handed to the handler but not yet released (see Frame): reading pauses above it.
inline constexpr std::size_t kInboundBytesMax = 16 * 1024 * 1024;
/// Counted beside each frame's own bytes: what it costs to hold one, however short, and what was read from it.
inline constexpr std::size_t kFrameOverheadBytes = 1'024;
/// Accepted connections that have not finished their handshake. With one more, the oldest of the address that holds
/// most of them is closed, so that a flood crowds out itself before a validator.
inline constexpr std::size_t kHandshakesMax = 64;
inline constexpr std::int64_t kHandshakeTimeoutMs = 10'000;
inline constexpr std::int64_t kBackoffFirstMs = 50;
inline constexpr std::int64_t kBackoffMaxMs = 5'000;
/// Keys that are named as peers while a node runs: each keeps its index for good, so that a late answer meets its peer.
inline constexpr std::size_t kPeersMax = 1'024;
/// Peers whose wall clock is further away than this are named in the log and in status.
inline constexpr std::int64_t kClockApartMaxMs = 10'000;

/// Streams by priority, first to last.
enum class Priority : std::uint8_t { kVote, kProposal, kEnvelope, kCatchUp };
inline constexpr std::size_t kPriorities = 4;

struct PeerAddress {
  std::string participant;
  PublicKey key;
  std::string address;  ///< host:port; empty, or not to be read: it is accepted, never dialled
};

struct NetworkOptions {
  std::string listen;              ///< host:port
  std::vector<PeerAddress> peers;  ///< the first, without ourselves; its order gives peer indices
  Digest chain_id;
  std::string software;
  /// Our highest final height, for the Hello; called on the network's thread.
  std::function<std::uint64_t()> final_height;
};

/// What a peer said first, already checked: same chain id, same protocol.
struct PeerHello {
  std::string software;
  std::int64_t clock_apart_ms{};  ///< its wall clock minus ours
  std::uint64_t final_height{};
};

/// A received frame's payload: a serialised PeerMessage. While it lives it counts against the peer's inbound bytes.
class Frame {
 public:
  virtual ~Frame() = default;
  [[nodiscard]] virtual const std::string& bytes() const = 0;
};

struct NetworkHandlers {
  std::function<void(std::size_t peer, const PeerHello&)> connected;
  /// A connection ended; or, with no connection before, an attempt failed for another reason than the last one told:
  /// that at most once in kBackoffMaxMs.
  std::function<void(std::size_t peer, const Error& why)> disconnected;
  std::function<void(std::size_t peer, std::shared_ptr<const Frame>)> received;
};

struct PeerState {
  std::string participant;
  std::string address;  ///< host:port
  bool named{};         ///< is a peer now
  bool connected{};
  std::uint64_t bytes_sent{};  ///< frames with their lengths, before TLS
  std::uint64_t bytes_received{};
  std::uint64_t frames_received{};
  std::uint64_t frames_dropped{};
  std::array<std::uint64_t, kPriorities> frames_dropped_by_priority{};  ///< adds up to frames_dropped
  std::uint64_t connects{};
  std::uint64_t punishments{};
  std::string last_error;
};

/// Connections that were accepted and refused before they were a known peer's: strangers, garbage, floods.
struct ListenerState {
  std::uint64_t refused{};
  std::string last_refusal;
};

class PeerNetwork {
 public:
  /// Binds and starts. BAD_CONFIGURATION: the address to listen on cannot be parsed or bound, a peer's key is ours or
  /// listed twice. What the roll says of a peer keeps no node from starting.
  static Result<std::unique_ptr<PeerNetwork>> start(NetworkOptions options, const SecretKey& node_key,
                                                    NetworkHandlers handlers);
  /// Closes every connection and joins the thread; no handler is called afterwards. Never to be called from a handler.
  virtual ~PeerNetwork() = default;

  /// Names the peers from now on. A known key keeps its index, a new one takes the next; a peer that is not named is
  /// disconnected and neither dialled nor accepted until it is named again. An address that cannot be parsed is not
  /// dialled. Returns the index of each; none for new keys once kPeersMax were named: such a peer is out of reach until
  /// this process starts anew. REQUIRES: distinct keys, not ours; called by one thread.
  virtual std::vector<std::optional<std::size_t>> set_peers(const std::vector<PeerAddress>& peers) = 0;
  /// Queues a serialised PeerMessage; silently dropped if the peer is away (consensus repeats on reconnect). A catch-up
  /// frame that does not fit its queue is refused and counted as dropped, as is one of more than kFrameBytesMax.
  /// REQUIRES: 1 byte at the least.
  virtual void send(std::size_t peer, Priority priority, std::shared_ptr<const std::string> message) = 0;
  /// The peer sent what cannot be parsed or verified: disconnect, count, try again with back-off.
  virtual void punish(std::size_t peer, const Error& why) = 0;
  /// Bytes waiting in the peer's queue of this priority; who answers its questions pauses above half of the bound.
  [[nodiscard]] virtual std::size_t backlog(std::size_t peer, Priority priority) const = 0;
  [[nodiscard]] virtual std::vector<PeerState> states() const = 0;
  [[nodiscard]] virtual ListenerState listener() const { return {}; }
  /// The port actually bound (for tests that listen on port 0).
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace kimberlite::net
