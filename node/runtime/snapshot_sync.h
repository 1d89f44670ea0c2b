// Joining by a snapshot: a node without a store takes the newest state that a quorum certified, in chunks from several
// peers at once, and then the whole log up to it, checking hashes instead of executing. Nothing that a peer says is
// trusted: the links of the epochs lead from the genesis document to the set that certified the snapshot's block, its
// record names the log's root and the state's, and every range and chunk proves itself against those. The log comes
// last, for every node has it: nobody needs to offer the snapshot any more then, and one whose chunks nobody gives
// costs no log. Goes on after a crash where it stood. One owner (the core thread).
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/range_fetch.h"
#include "node/runtime/timer.h"
#include "proto/epoch_chain.h"
#include "proto/genesis.h"
#include "storage/store_import.h"

namespace kimberlite::runtime {

/// After the first offer others are waited for so long.
inline constexpr std::int64_t kOfferWaitMs = 1'000;
/// Peers without an offer are asked again this often.
inline constexpr std::int64_t kOfferIntervalMs = 2'000;
/// A snapshot of which chunks are missing, and that no connected peer offers any more, is given up after this.
inline constexpr std::int64_t kSnapshotLostMs = 10'000;
/// So is one of which nothing came for so long, though it is offered; another peer's offer is tried first then.
inline constexpr std::int64_t kSnapshotStuckMs = 20'000;
/// And one that a single peer offers while others offer another, when chunks are missing after this; twice as long each
/// time that this peer's offer was given up, so that a slow one may come to its end and a liar cannot hold everybody.
inline constexpr std::int64_t kSnapshotSoleMs = 600'000;
/// A peer that does not answer for a chunk or for links within this time is passed over, and rests.
inline constexpr std::int64_t kChunkTimeoutMs = 2'000;
inline constexpr std::int64_t kChunkRestMs = 10'000;
/// Chunks asked of one peer at a time, and of all.
inline constexpr std::size_t kChunksPerPeerMax = 2;
inline constexpr std::size_t kChunksAskedMax = 16;

class SnapshotSync {
 public:
  struct Port {
    std::function<void(std::size_t peer, const v1::PeerMessage& message)> send;
    /// A peer lied, or sent what is no answer.
    std::function<void(std::size_t peer, const Error& why)> punish;
    std::function<std::vector<std::size_t>()> connected_peers;
    /// Who votes now, once the links were walked.
    std::function<void(const ValidatorSet& validators)> validators;
    /// Called once: the store is whole and in its place, or the disk fails.
    std::function<void(Result<void>)> done;
  };
  /// `genesis` and `import` outlive this.
  SnapshotSync(const GenesisDocument& genesis, storage::StoreImport& import, boost::asio::io_context& core, Port port);

  void start();
  void peer_connected(std::size_t peer);
  void receive(std::size_t peer, const v1::PeerMessage& message);

 private:
  using Time = NodeClock::time_point;
  struct Offer {
    storage::SnapshotManifest manifest;
    BlockHeader header;
    Digest block;
    consensus::Certificate finalization;
  };
  struct Asked {
    std::size_t peer{};
    Time at;
  };
  void arm_timer();
  void on_timer();
  void on_offer(std::size_t peer, const v1::SnapshotOffer& message);
  void on_links(std::size_t peer, const v1::EpochLinks& message);
  void on_chunk(std::size_t peer, const v1::StateChunk& message);
  void ask_for_offers();
  void choose();
  void ask_for_links();
  void request_links();
  void end_walk();
  [[nodiscard]] Result<void> verify_target() const;
  [[nodiscard]] bool is_target(const Offer& offer) const;
  [[nodiscard]] bool leads_nowhere() const;
  [[nodiscard]] bool holds_up_others() const;
  void begin();
  void drop_target(const std::optional<Error>& lie);
  void ask_for_chunks();
  [[nodiscard]] std::optional<std::size_t> choose_peer() const;
  [[nodiscard]] std::vector<std::size_t> offering_peers() const;
  void pass_over_late_chunks();
  void fetch_log();
  void take_leaves();
  void finish(Result<void> result);
  void log_waiting();
  void log_progress();

  const GenesisDocument& genesis_;
  storage::StoreImport& import_;
  Port port_;
  RangeFetch fetch_;
  Timer timer_;

  std::map<std::size_t, Offer> offers_;
  Time first_offer_at_;
  Time offers_asked_at_;
  std::optional<Offer> target_;
  Time target_offered_at_;               // when a connected peer offered it last
  Time progress_at_;                     // when the target, or anything of it, came last
  std::map<std::size_t, int> failures_;  // how often a peer's offer was given up, or changed while it was the target
  Time chosen_at_;
  std::vector<std::string> links_;  // serialised, each proven when it came
  EpochSets sets_;                  // to which they lead
  std::optional<Asked> links_asked_;
  std::size_t link_attempts_{};
  std::size_t longest_walk_{};  // links, of all walks for the target
  bool fetching_{};             // the target was verified, and the import begun
  std::set<std::uint32_t> wanted_;
  std::map<std::uint32_t, Asked> asked_;
  std::map<std::size_t, Time> rests_until_;
  std::set<std::size_t> liars_;
  Time logged_at_;
  bool finished_{};
};

}  // namespace kimberlite::runtime
