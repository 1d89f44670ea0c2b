// Catching up by log range: from a finalization far above us to that block, executed and committed.
// Every chunk of leaves is proven to be part of the finalized log (RFC 6962 consistency with the target record's events
// root) before it is executed, and executed before it is committed. One owner (the core thread).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types.h"
#include "node/runtime/execution.h"
#include "node/runtime/peer_inbox.h"

namespace kimberlite::runtime {

/// Bytes of leaves that one answer carries at most: a chunk fits a peer frame.
inline constexpr std::size_t kRangeBytesMax = 2 * 1024 * 1024;
/// Leaves of one answer at most.
inline constexpr std::size_t kRangeLeavesMax = 16'384;
/// Blocks executed before they are committed together.
inline constexpr std::size_t kCatchUpBlocksPerCommit = 128;
/// A peer that does not answer within this time is passed over.
inline constexpr std::int64_t kCatchUpTimeoutMs = 2'000;

class CatchUp {
 public:
  /// What the core does for it.
  struct Port {
    std::function<void(std::size_t peer, const Digest& block)> request_block;
    std::function<void(std::size_t peer, LogIndex first, LogSize target)> request_range;
    std::function<void(std::size_t peer, const Error& why)> punish;
    /// Commits executed blocks that follow the final one; `done` runs after Execution::advance.
    std::function<void(std::vector<ExecutedPtr>, const std::optional<consensus::Certificate>& finalization,
                       std::function<void()> done)>
        commit;
    std::function<void(const consensus::BlockRef&, const consensus::Certificate&)> caught_up;
    std::function<std::vector<std::size_t>()> connected_peers;
  };
  CatchUp(Digest chain_id, Execution& execution, boost::asio::io_context& core, boost::asio::thread_pool& workers,
          std::size_t verify_threads, Port port);

  /// Starts towards the block that this finalization certifies; a running catch-up goes on, and this one is forgotten
  /// (consensus asks again).
  void start(const consensus::Certificate& finalization);
  void on_block(std::size_t peer, const BlockFrame& block);
  void on_range(std::size_t peer, LogRangeFrame range);
  [[nodiscard]] bool active() const { return target_.has_value(); }
  void stop();

 private:
  struct Leaf {
    std::string bytes;
    EnvelopePtr envelope;  // null: a block record
  };
  void request();
  void request_next_peer();
  Result<void> verify_range(const LogRangeFrame& range);
  void open_leaves(std::vector<std::string> leaves);
  void process();
  void finish();
  void execute(const std::string& record_leaf);

  Digest chain_id_;
  Execution& execution_;
  boost::asio::io_context& core_;
  boost::asio::thread_pool& workers_;
  std::size_t verify_threads_;
  Port port_;
  boost::asio::steady_timer timer_;

  std::optional<consensus::Certificate> target_;
  std::optional<BlockHeader> target_header_;
  std::string target_leaf_;
  CompactRange range_;                  // of all leaves verified so far
  std::deque<Leaf> leaves_;             // verified, not yet executed
  std::vector<EnvelopePtr> envelopes_;  // of the block whose record is still to come
  std::vector<ExecutedPtr> executed_;
  std::optional<std::size_t> asked_;
  std::size_t attempts_{};  // kept from one catch-up to the next: who answered last is asked first
  bool busy_{};             // a chunk is being opened or committed
};

}  // namespace kimberlite::runtime
