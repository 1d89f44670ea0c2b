#include "node/runtime/catch_up.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "node/runtime/log.h"
#include "proto/assert.h"

namespace kimberlite::runtime {

CatchUp::CatchUp(Digest chain_id, Execution& execution, boost::asio::io_context& core,
                 boost::asio::thread_pool& workers, std::size_t verify_threads, Port port)
    : chain_id_(chain_id),
      execution_(execution),
      core_(core),
      workers_(workers),
      verify_threads_(verify_threads),
      port_(std::move(port)),
      timer_(core) {}

void CatchUp::start(const consensus::Certificate& finalization) {
  if (target_) return;
  target_ = finalization;
  target_header_.reset();
  range_ = execution_.final_state().log_range();
  leaves_.clear();
  envelopes_.clear();
  executed_.clear();
  busy_ = false;
  log_event(Level::kInfo, "catch_up_started",
            {{"target", finalization.block.hex()}, {"from_height", execution_.final_state().tip().height.value}});
  request();
}

void CatchUp::stop() {
  timer_.cancel();
  target_.reset();
}

// Asks one peer after the other; the timer moves on from one that is silent.
void CatchUp::request() {
  timer_.expires_after(std::chrono::milliseconds(kCatchUpTimeoutMs));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !target_ || busy_) return;
    ++attempts_;
    request();
  });
  request_next_peer();
}

void CatchUp::request_next_peer() {
  const auto peers = port_.connected_peers();
  if (peers.empty()) return;
  const std::size_t peer = peers[attempts_ % peers.size()];
  asked_ = peer;
  if (!target_header_) {
    port_.request_block(peer, target_->block);
  } else {
    port_.request_range(peer, LogIndex{range_.size().value},
                        LogSize{target_header_->first_index.value + target_header_->count});
  }
}

void CatchUp::on_block(std::size_t, const BlockFrame& block) {
  if (!target_ || target_header_ || block.digest != target_->block) return;
  auto header = decode_block_leaf(block.record_leaf);
  KIMBERLITE_ASSERT(header, "a decoded frame holds a record");
  target_header_ = *std::move(header);
  target_leaf_ = block.record_leaf;
  if (target_header_->height <= execution_.final_state().tip().height) {
    stop();  // it became final by another way
    return;
  }
  request();
}

void CatchUp::on_range(std::size_t peer, LogRangeFrame range) {
  if (!target_ || !target_header_ || busy_ || asked_ != peer) return;
  if (range.first.value != range_.size().value) return;  // a late answer
  if (auto verified = verify_range(range); !verified) {
    port_.punish(peer, verified.error());
    ++attempts_;
    request();
    return;
  }
  busy_ = true;
  timer_.cancel();
  open_leaves(std::move(range.leaves));
}

// Nothing is executed unless it is proven to be part of the finalized log.
Result<void> CatchUp::verify_range(const LogRangeFrame& range) {
  const LogSize target{target_header_->first_index.value + target_header_->count};
  if (range.leaves.empty() && range.first.value < target.value) {
    return fail(Reason::PROOF_TRUNCATED, "log_range.leaves", "no leaf at " + std::to_string(range.first.value));
  }
  CompactRange extended = range_;
  for (const auto& leaf : range.leaves) extended.append(leaf_hash(leaf));
  if (extended.size() > target) return fail(Reason::FIELD_OUT_OF_RANGE, "log_range.leaves", "beyond the target");
  if (auto verified =
          verify_consistency(extended.size(), extended.root(), target, target_header_->events_root, range.consistency);
      !verified) {
    return verified;
  }
  range_ = std::move(extended);
  return {};
}

// Parses and verifies the signatures on all workers, then goes on in the core thread.
void CatchUp::open_leaves(std::vector<std::string> bytes) {
  struct Job {
    std::vector<Leaf> leaves;
    std::atomic<std::size_t> left;
    std::atomic<bool> failed{false};
  };
  auto job = std::make_shared<Job>();
  job->leaves.resize(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) job->leaves[i].bytes = std::move(bytes[i]);
  const std::size_t slices = verify_threads_;
  job->left = slices;
  for (std::size_t slice = 0; slice < slices; ++slice) {
    boost::asio::post(workers_, [this, job, slice, slices] {
      for (std::size_t i = slice; i < job->leaves.size(); i += slices) {
        auto signed_bytes = decode_accepted_leaf(job->leaves[i].bytes);
        if (signed_bytes && signed_bytes->empty()) continue;  // a block record
        auto envelope = signed_bytes ? open_envelope(*signed_bytes, chain_id_) : std::unexpected(signed_bytes.error());
        if (!envelope) {
          job->failed = true;
          break;
        }
        job->leaves[i].envelope = *std::move(envelope);
      }
      if (--job->left > 0) return;
      boost::asio::post(core_, [this, job] {
        KIMBERLITE_ASSERT(!job->failed, "every leaf of a finalized log is a valid envelope or a record");
        if (!target_) return;
        std::ranges::move(job->leaves, std::back_inserter(leaves_));
        process();
      });
    });
  }
}

void CatchUp::execute(const std::string& record_leaf) {
  auto block = execution_.execute(record_leaf, std::move(envelopes_));
  envelopes_.clear();
  KIMBERLITE_ASSERT(block, "executing a finalized block gives what its record says: " +
                               (block ? std::string() : block.error().to_string()));
  executed_.push_back(*std::move(block));
}

void CatchUp::process() {
  while (!leaves_.empty() && executed_.size() < kCatchUpBlocksPerCommit) {
    Leaf leaf = std::move(leaves_.front());
    leaves_.pop_front();
    if (leaf.envelope) {
      envelopes_.push_back(std::move(leaf.envelope));
    } else {
      execute(leaf.bytes);
    }
  }
  const auto next = [this] {
    if (!target_) return;
    if (!leaves_.empty()) {
      process();
    } else if (range_.size().value == target_header_->first_index.value + target_header_->count) {
      finish();
    } else {
      busy_ = false;
      request();
    }
  };
  if (executed_.empty()) {
    next();
    return;
  }
  port_.commit(std::exchange(executed_, {}), std::nullopt, next);
}

void CatchUp::finish() {
  execute(target_leaf_);
  const auto target = *target_;
  const auto block = executed_.back()->ref();
  // A finalization in a later view than the block's own (re-proposal) certifies the same digest.
  port_.commit(std::exchange(executed_, {}), target, [this, target, block] {
    timer_.cancel();
    target_.reset();
    log_event(Level::kInfo, "catch_up_done", {{"height", block.height.value}});
    port_.caught_up(block, target);
  });
}

}  // namespace kimberlite::runtime
