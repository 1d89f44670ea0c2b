// Catching up by log range: from a finalization far above us to that block, executed and committed.
// Leaves are fetched from several peers at once, proven to be part of the finalized log before anything is executed
// (range_fetch.h), their signatures verified on all workers, and blocks executed while the next leaves are on their way
// and the last ones are being written. One owner (the core thread).
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "node/runtime/execution.h"
#include "node/runtime/peer_inbox.h"
#include "node/runtime/range_fetch.h"
#include "node/runtime/timer.h"

namespace kimberlite::runtime {

/// Segments whose signatures are being verified, or that wait for their execution.
inline constexpr std::size_t kSegmentsOpenMax = 4;
/// Blocks, and envelopes in them, that are executed before they are committed together, with one update of the map. Few
/// blocks: each read of the state walks down all that are not stored yet.
inline constexpr std::size_t kCatchUpBlocksPerCommit = 32;
inline constexpr std::size_t kCatchUpEnvelopesPerCommit = 4'096;
/// Commits handed to the store writer and not done; what they hold stays in memory until they are.
inline constexpr std::size_t kCatchUpCommitsMax = 2;
/// A peer that does not answer a request for the target within this time is passed over.
inline constexpr std::int64_t kCatchUpTimeoutMs = 2'000;

class CatchUp {
 public:
  /// What the core does for it.
  struct Port {
    std::function<void(std::size_t peer, const Digest& block)> request_block;
    std::function<void(std::size_t peer, LogIndex first, std::uint64_t count, LogSize target)> request_range;
    std::function<void(std::size_t peer, const Error& why)> punish;
    /// Commits executed blocks that follow the final one; `done` runs after Execution::advance. Commits are done in the
    /// order of the calls.
    std::function<void(std::vector<ExecutedPtr>, const std::optional<consensus::Certificate>& finalization,
                       std::function<void()> done)>
        commit;
    std::function<void(const consensus::BlockRef&, const consensus::Certificate&)> caught_up;
    std::function<std::vector<std::size_t>()> connected_peers;
  };
  CatchUp(Digest chain_id, Execution& execution, boost::asio::io_context& core, boost::asio::any_io_executor workers,
          std::size_t verify_threads, Port port);

  /// Starts towards the block that this finalization certifies. While one runs, another is forgotten: consensus has one
  /// under way at a time.
  void start(const consensus::Certificate& finalization);
  void on_block(std::size_t peer, const BlockFrame& block);
  void on_range(std::size_t peer, LogRangeFrame range) { fetch_.on_range(peer, std::move(range)); }
  [[nodiscard]] bool active() const { return target_.has_value(); }
  void stop();

 private:
  struct Leaf {
    std::string bytes;
    EnvelopePtr envelope;  // null: a block record
  };
  // A segment on its way through the workers.
  struct Opening {
    std::vector<Leaf> leaves;
    std::atomic<std::size_t> slices_left;
    std::atomic<bool> failed{false};
    bool opened{};       // all slices are back
    std::size_t next{};  // leaf to be executed
  };
  void request_block();
  void open_segments();
  void open(std::vector<std::string> leaves);
  void pump();
  void execute_leaves();
  void execute(const std::string& record_leaf);
  void commit(const std::optional<consensus::Certificate>& finalization, std::function<void()> done);
  void finish();

  Digest chain_id_;
  Execution& execution_;
  boost::asio::io_context& core_;
  boost::asio::any_io_executor workers_;
  std::size_t verify_threads_;
  Port port_;
  RangeFetch fetch_;
  Timer timer_;

  std::optional<consensus::Certificate> target_;
  std::optional<BlockHeader> target_header_;
  bool finishing_{};  // the target was handed to the store writer
  std::string target_leaf_;
  std::deque<std::shared_ptr<Opening>> opening_;  // in the order of the log
  std::vector<EnvelopePtr> envelopes_;            // of the block whose record is still to come
  std::vector<ExecutedPtr> executed_;             // to be committed
  std::size_t executed_envelopes_{};
  std::size_t commits_{};
  std::size_t attempts_{};  // kept from one catch-up to the next: who answered last is asked first
};

}  // namespace kimberlite::runtime
