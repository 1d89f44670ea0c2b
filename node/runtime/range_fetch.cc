#include "node/runtime/range_fetch.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "node/runtime/range_answer.h"
#include "proto/merkle_log.h"

namespace kimberlite::runtime {
namespace {

constexpr std::int64_t kTickMs = 250;

std::size_t bytes_of(const std::vector<std::string>& leaves) {
  std::size_t bytes = 0;
  for (const auto& leaf : leaves) bytes += leaf.size();
  return bytes;
}

}  // namespace

Result<void> verify_range(const LogRangeFrame& range, const Digest& root) {
  if (range.before.size() != static_cast<std::size_t>(std::popcount(range.first.value)))
    return fail(Reason::MALFORMED, "log_range.before", "not one peak for each bit of first_index");
  if (range.leaves.empty())
    return fail(Reason::PROOF_TRUNCATED, "log_range.leaves", "no leaf at " + std::to_string(range.first.value));
  CompactRange extended(LogSize{range.first.value}, range.before);
  for (const auto& leaf : range.leaves) extended.append(leaf_hash(leaf));
  if (extended.size() > range.target) return fail(Reason::FIELD_OUT_OF_RANGE, "log_range.leaves", "beyond the target");
  return verify_consistency(extended.size(), extended.root(), range.target, root, range.consistency);
}

RangeFetch::RangeFetch(boost::asio::io_context& core, Port port) : timer_(core), port_(std::move(port)) {}

void RangeFetch::start(LogIndex first, LogSize target, const Digest& root) {
  target_ = target;
  root_ = root;
  next_cut_ = next_taken_ = first.value;
  segments_.clear();
  bytes_ = 0;
  for (auto& [peer, state] : peers_) state.asked = 0;
  liars_.clear();
  ask();
  arm_timer();
}

void RangeFetch::stop() {
  timer_.cancel();
  segments_.clear();
  target_ = LogSize{};
  next_cut_ = next_taken_ = 0;
}

void RangeFetch::add_segments() {
  while (segments_.size() < kSegmentsMax && bytes_ < kSegmentBytesMax && next_cut_ < target_.value) {
    const std::uint64_t count = std::min(kSegmentLeaves, target_.value - next_cut_);
    segments_.push_back({LogIndex{next_cut_}, count, {}, std::nullopt, {}});
    next_cut_ += count;
  }
}

// The fewest segments under way; of those who rest, whoever has rested longest, and only if all do.
std::optional<std::size_t> RangeFetch::choose_peer() const {
  const Time now = NodeClock::now();
  std::optional<std::size_t> best;
  std::pair<Time, std::size_t> least;
  bool somebody_is_awake = false;
  for (const std::size_t peer : port_.connected_peers()) {
    if (liars_.contains(peer)) continue;
    const auto known = peers_.find(peer);
    const PeerState state = known == peers_.end() ? PeerState{} : known->second;
    const bool awake = state.rests_until <= now;
    somebody_is_awake = somebody_is_awake || awake;
    if (state.asked >= kSegmentsPerPeerMax) continue;
    const std::pair rank{awake ? Time{} : state.rests_until, state.asked};
    if (best && rank >= least) continue;
    best = peer;
    least = rank;
  }
  if (best && somebody_is_awake && least.first != Time{}) return std::nullopt;
  return best;
}

void RangeFetch::ask() {
  add_segments();
  for (auto& segment : segments_) {
    if (segment.complete() || segment.asked) continue;
    const auto peer = choose_peer();
    if (!peer) return;
    ask_for(segment, *peer);
  }
}

void RangeFetch::ask_for(Segment& segment, std::size_t peer) {
  segment.asked = peer;
  segment.asked_at = NodeClock::now();
  ++peers_[peer].asked;
  port_.request(peer, segment.wanted(), segment.count - segment.leaves.size(), target_);
}

void RangeFetch::pass_over(Segment& segment) {
  PeerState& peer = peers_[*segment.asked];
  --peer.asked;
  segment.asked.reset();
}

void RangeFetch::on_range(std::size_t peer, LogRangeFrame range) {
  if (range.target != target_) return;  // a late answer
  const auto segment = std::ranges::find_if(segments_, [&](const Segment& one) {
    return one.asked == peer && one.wanted() == range.first && !one.complete();
  });
  if (segment == segments_.end()) return;
  pass_over(*segment);
  Result<void> verified = verify_range(range, root_);
  if (verified && range.leaves.size() > segment->count - segment->leaves.size())
    verified = fail(Reason::FIELD_OUT_OF_RANGE, "log_range.leaves", "more than was asked for");
  if (!verified) {
    liars_.insert(peer);
    port_.punish(peer, verified.error());
    return ask();
  }
  const std::size_t bytes = bytes_of(range.leaves);
  // Nodes answer in full, as far as a frame carries it. Whoever gives a little at a time holds everybody up.
  const bool in_full = range.leaves.size() == segment->count - segment->leaves.size() || bytes >= kRangeBytesMax / 2;
  peers_[peer].rests_until = in_full ? Time{} : NodeClock::now() + std::chrono::milliseconds(kRangeRestMs);
  bytes_ += bytes;
  std::ranges::move(range.leaves, std::back_inserter(segment->leaves));
  const bool first_is_complete = segments_.front().complete();
  ask();
  if (first_is_complete) port_.ready();
}

std::optional<std::vector<std::string>> RangeFetch::take() {
  if (segments_.empty() || !segments_.front().complete()) return std::nullopt;
  auto leaves = std::move(segments_.front().leaves);
  next_taken_ += segments_.front().count;
  segments_.pop_front();
  bytes_ -= bytes_of(leaves);
  if (finished()) timer_.cancel();
  ask();
  return leaves;
}

void RangeFetch::arm_timer() {
  timer_.expires_after(std::chrono::milliseconds(kTickMs));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !finished()) on_timer();
  });
}

void RangeFetch::on_timer() {
  const Time now = NodeClock::now();
  const auto peers = port_.connected_peers();
  for (auto& segment : segments_) {
    if (!segment.asked) continue;
    const bool gone = std::ranges::find(peers, *segment.asked) == peers.end();
    if (!gone && now - segment.asked_at < std::chrono::milliseconds(kRangeTimeoutMs)) continue;
    peers_[*segment.asked].rests_until = now + std::chrono::milliseconds(kRangeRestMs);
    pass_over(segment);
  }
  ask();
  arm_timer();
}

}  // namespace kimberlite::runtime
