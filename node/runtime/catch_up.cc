#include "node/runtime/catch_up.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "node/runtime/log.h"
#include "proto/assert.h"

namespace kimberlite::runtime {

CatchUp::CatchUp(Digest chain_id, Execution& execution, boost::asio::io_context& core,
                 boost::asio::any_io_executor workers, std::size_t verify_threads, Port port)
    : chain_id_(chain_id),
      execution_(execution),
      core_(core),
      workers_(std::move(workers)),
      verify_threads_(verify_threads),
      port_(std::move(port)),
      fetch_(core, {port_.request_range, port_.punish, port_.connected_peers, [this] { pump(); }}),
      timer_(core) {}

void CatchUp::start(const consensus::Certificate& finalization) {
  if (target_) return;
  target_ = finalization;
  target_header_.reset();
  log_event(Level::kInfo, "catch_up_started",
            {{"target", finalization.block.hex()}, {"from_height", execution_.final_state().tip().height.value}});
  request_block();
}

void CatchUp::stop() {
  timer_.cancel();
  fetch_.stop();
  target_.reset();
  target_header_.reset();
  finishing_ = false;
  opening_.clear();
  envelopes_.clear();
  executed_.clear();
  executed_envelopes_ = 0;
}

// Asks one peer after the other; the timer moves on from one that is silent.
void CatchUp::request_block() {
  timer_.expires_after(std::chrono::milliseconds(kCatchUpTimeoutMs));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !target_ || target_header_) return;
    ++attempts_;
    request_block();
  });
  const auto peers = port_.connected_peers();
  if (!peers.empty()) port_.request_block(peers[attempts_ % peers.size()], target_->block);
}

void CatchUp::on_block(std::size_t, const BlockFrame& block) {
  if (!target_ || target_header_ || finishing_ || block.digest != target_->block) return;  // a second answer is none
  auto header = decode_block_leaf(block.record_leaf);
  KIMBERLITE_ASSERT(header, "a decoded frame holds a record");
  timer_.cancel();
  const auto& tip = execution_.final_state().tip();
  if (header->height <= tip.height) {
    stop();  // it became final by another way
    return;
  }
  target_header_ = *std::move(header);
  target_leaf_ = block.record_leaf;
  fetch_.start(LogIndex{tip.log_size.value}, LogSize{target_header_->first_index.value + target_header_->count},
               target_header_->events_root);
  pump();
}

// Everything that can go on does. Runs whenever leaves came, were opened, or a commit is done.
void CatchUp::pump() {
  if (!target_header_) return;
  open_segments();
  execute_leaves();
  if (fetch_.finished() && opening_.empty() && commits_ < kCatchUpCommitsMax) finish();
}

void CatchUp::open_segments() {
  while (opening_.size() < kSegmentsOpenMax) {
    auto leaves = fetch_.take();
    if (!leaves) return;
    open(*std::move(leaves));
  }
}

// Parses and verifies the signatures on all workers, then goes on in the core thread.
void CatchUp::open(std::vector<std::string> bytes) {
  auto job = std::make_shared<Opening>();
  job->leaves.resize(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) job->leaves[i].bytes = std::move(bytes[i]);
  const std::size_t slices = verify_threads_;
  job->slices_left = slices;
  opening_.push_back(job);
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
      if (--job->slices_left > 0) return;
      boost::asio::post(core_, [this, job] {
        KIMBERLITE_ASSERT(!job->failed, "every leaf of a finalized log is a valid envelope or a record");
        job->opened = true;
        pump();
      });
    });
  }
}

// One segment at a time, so that the core thread sees to others in between.
void CatchUp::execute_leaves() {
  if (opening_.empty() || !opening_.front()->opened) return;
  Opening& segment = *opening_.front();
  while (segment.next < segment.leaves.size()) {
    if (commits_ == kCatchUpCommitsMax && executed_.size() == kCatchUpBlocksPerCommit) return;
    Leaf leaf = std::move(segment.leaves[segment.next++]);
    if (leaf.envelope) {
      envelopes_.push_back(std::move(leaf.envelope));
      continue;
    }
    execute(leaf.bytes);
    const bool enough =
        executed_.size() >= kCatchUpBlocksPerCommit || executed_envelopes_ >= kCatchUpEnvelopesPerCommit;
    if (enough && commits_ < kCatchUpCommitsMax) commit(std::nullopt, [this] { pump(); });
  }
  opening_.pop_front();
  boost::asio::post(core_, [this] { pump(); });
}

void CatchUp::execute(const std::string& record_leaf) {
  const auto header = decode_block_leaf(record_leaf);
  KIMBERLITE_ASSERT(header, "a leaf of a finalized log without an envelope is a record");
  if (header->height <= execution_.final_state().tip().height) {
    envelopes_.clear();  // consensus had its body meanwhile, and made it final
    return;
  }
  executed_envelopes_ += envelopes_.size();
  auto block = execution_.execute_final(record_leaf, std::move(envelopes_));
  envelopes_.clear();
  KIMBERLITE_ASSERT(block, "executing a finalized block gives what its record says: " +
                               (block ? std::string() : block.error().to_string()));
  executed_.push_back(*std::move(block));
}

void CatchUp::commit(const std::optional<consensus::Certificate>& finalization, std::function<void()> done) {
  ++commits_;
  executed_envelopes_ = 0;
  port_.commit(std::exchange(executed_, {}), finalization, [this, done = std::move(done)] {
    --commits_;
    if (target_) done();
  });
}

void CatchUp::finish() {
  if (target_header_->height <= execution_.final_state().tip().height) return stop();  // it became final by another way
  execute(target_leaf_);
  target_header_.reset();
  finishing_ = true;
  const auto block = executed_.back()->ref();
  // A finalization in a later view than the block's own (re-proposal) certifies the same digest.
  commit(target_, [this, target = *target_, block] {
    target_.reset();
    finishing_ = false;
    log_event(Level::kInfo, "catch_up_done", {{"height", block.height.value}});
    port_.caught_up(block, target);
  });
}

}  // namespace kimberlite::runtime
