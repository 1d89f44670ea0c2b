// From a peer's frame to something checked: parsed, shapes and signatures verified on the worker pool, then posted to
// the core thread. What does not parse or verify is told to `punish` and goes no further. Peers take turns, on the
// workers as on the core: however much one sends, the others' frames wait for one piece of its work. Thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/messages.h"
#include "node/net/peer_network.h"
#include "node/runtime/checkpoints.h"
#include "node/runtime/lanes.h"
#include "proto/envelope.h"
#include "proto/validator_set.h"

namespace kimberlite::v1 {
class LogRange;
class PeerMessage;
}  // namespace kimberlite::v1

namespace kimberlite::runtime {

/// Most envelope ids of one request.
inline constexpr int kEnvelopeIdsMax = 4'096;

/// A proposal with what its block is made of.
struct ProposalFrame {
  consensus::Proposal proposal;
  std::string record_leaf;
  std::vector<Digest> envelope_ids;
};
struct EnvelopesFrame {
  std::vector<EnvelopePtr> envelopes;
};
struct EnvelopeRequestFrame {
  std::vector<Digest> ids;
};
struct BlockRequestFrame {
  Digest digest;
};
struct BlockFrame {
  Digest digest;
  std::string record_leaf;
  std::vector<EnvelopePtr> envelopes;
};
struct LogRangeRequestFrame {
  LogIndex first;
  LogSize target;
  std::uint64_t count{};  ///< leaves wanted at most
};
struct LogRangeFrame {
  LogIndex first;
  LogSize target;
  std::vector<Digest> before;  ///< peaks of the log up to `first`
  std::vector<std::string> leaves;
  std::vector<Digest> consistency;
};

/// Requests of a node that joins by a snapshot.
struct SnapshotRequestFrame {};
struct StateChunkRequestFrame {
  Height height;
  std::uint32_t chunk{};
};
struct EpochLinksRequestFrame {
  Epoch first;
};

/// A message of consensus that speaks of another epoch than ours. Nothing in it was checked.
struct OtherEpochFrame {
  Epoch epoch;
  std::shared_ptr<const net::Frame> frame;
  std::optional<Digest> finalized;  ///< of a finalization: the block
};

/// What reaches the core thread.
using PeerInput = std::variant<consensus::VoteMessage, consensus::Certificate, consensus::CertificateRequest,
                               ProposalFrame, OtherEpochFrame, EnvelopesFrame, EnvelopeRequestFrame, BlockRequestFrame,
                               BlockFrame, LogRangeRequestFrame, LogRangeFrame, SnapshotRequestFrame,
                               StateChunkRequestFrame, EpochLinksRequestFrame>;

/// The shape of a range as it travels; what it says is for verify_range(). MALFORMED, FIELD_OUT_OF_RANGE.
Result<LogRangeFrame> open_range(const v1::LogRange& message);

/// Frames up to this size (votes, requests, an envelope or two) are opened on the network's thread: waking another
/// costs more than the few signatures that they can hold.
inline constexpr std::size_t kInlineFrameBytesMax = 1'024;
/// A proposal holds one signature, however many ids: it does not queue behind its sender's envelopes, for all wait for
/// it. This is one of kEnvelopeIdsMax ids.
inline constexpr std::size_t kInlineProposalBytesMax = 144 * 1'024;
/// Envelopes of one frame that are verified, and then taken by the core, before the other peers have their turn.
inline constexpr std::size_t kEnvelopesAtOnce = 64;

class PeerInbox {
 public:
  struct Options {
    Digest chain_id;
    Epoch epoch;
    ValidatorSet validators;
    /// Checks and counts a checkpoint signature; called on a worker or the
    /// network's thread.
    std::function<Result<void>(std::size_t peer, const CheckpointVote&)> checkpoint;
    /// Told how many signatures were verified; called on any thread.
    std::function<void(std::size_t count)> verified;
  };
  using Deliver = std::function<void(std::size_t peer, PeerInput)>;
  using Punish = std::function<void(std::size_t peer, const Error&)>;
  /// `deliver` is called on the core thread, `punish` on a worker or the network's thread.
  PeerInbox(Options options, boost::asio::any_io_executor workers, boost::asio::io_context& core, Deliver deliver,
            Punish punish);

  /// From now on messages of this epoch are verified, against its set.
  void begin_epoch(Epoch epoch, ValidatorSet validators);
  /// Takes a frame; called on the network's thread, or on the core's with one that waited for its epoch.
  void receive(std::size_t peer, std::shared_ptr<const net::Frame> frame);

 private:
  /// Who votes in an epoch.
  struct Voters {
    Epoch epoch;
    std::size_t validators{};
    consensus::Ed25519VoteVerifier verifier;
  };
  /// A frame that is being opened, some envelopes at a time.
  struct Opening {
    std::shared_ptr<const net::Frame> frame;
    std::shared_ptr<const v1::PeerMessage> message;  ///< null: not parsed yet
    std::vector<EnvelopePtr> envelopes;
    std::size_t opened{};  ///< envelopes that were verified
  };
  /// What goes to the core. The frame travels along: what waits there counts against the peer's inbound bytes.
  struct Arrival {
    std::shared_ptr<const net::Frame> frame;
    PeerInput input;
  };
  bool take(std::size_t peer, Opening& opening);
  Result<bool> open_envelopes(std::size_t peer, Opening& opening);
  Result<std::optional<PeerInput>> open_whole(std::size_t peer, const Opening& opening) const;
  Result<PeerInput> open(const v1::PeerMessage& message, const Voters& voters) const;
  [[nodiscard]] std::shared_ptr<const Voters> voters() const;

  Options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Voters> voters_;
  Deliver deliver_;
  Punish punish_;
  Lanes<Opening> openings_;  ///< on the workers
  Lanes<Arrival> arrivals_;  ///< on the core thread
};

}  // namespace kimberlite::runtime
