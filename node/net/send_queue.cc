#include "node/net/send_queue.h"

#include <algorithm>
#include <utility>

#include "node/net/frame.h"
#include "proto/assert.h"

namespace kimberlite::net {

std::size_t SendQueue::bytes_max(Priority priority) {
  constexpr std::array<std::size_t, kPriorities> kBytesMax{kVoteQueueBytesMax, kProposalQueueBytesMax,
                                                           kEnvelopeQueueBytesMax, kCatchUpQueueBytesMax};
  return kBytesMax[index(priority)];
}

void SendQueue::push(Priority priority, std::shared_ptr<const std::string> payload) {
  KIMBERLITE_ASSERT(payload && !payload->empty(), "a message of 1 byte at the least");
  Lane& lane = lanes_[index(priority)];
  if (payload->size() > kFrameBytesMax) {  // no peer must be able to make one, but that is not worth a node
    ++lane.dropped;
    return;
  }
  const std::size_t limit = bytes_max(priority);
  if (priority != Priority::kCatchUp) {
    while (lane.bytes + payload->size() > limit && !lane.frames.empty()) {
      lane.bytes -= lane.frames.front()->size();
      lane.frames.pop_front();
      ++lane.dropped;
    }
  }
  if (lane.bytes + payload->size() > limit) {
    ++lane.dropped;
    return;
  }
  lane.bytes += payload->size();
  lane.frames.push_back(std::move(payload));
}

bool SendQueue::take_next() {
  const auto lane = std::ranges::find_if(lanes_, [](const Lane& candidate) { return !candidate.frames.empty(); });
  if (lane == lanes_.end()) return false;
  current_ = std::move(lane->frames.front());
  current_offset_ = 0;
  lane->frames.pop_front();
  lane->bytes -= current_->size();
  return true;
}

void SendQueue::fill(std::string& out, std::size_t out_bytes_max) {
  while (out.size() < out_bytes_max) {
    if (!current_) {
      if (!take_next()) return;
      const auto header = frame_header(current_->size());
      out.append(header.data(), header.size());
    }
    if (out.size() >= out_bytes_max) return;
    const std::size_t taken = std::min(out_bytes_max - out.size(), current_->size() - current_offset_);
    out.append(*current_, current_offset_, taken);
    current_offset_ += taken;
    if (current_offset_ == current_->size()) current_.reset();
  }
}

void SendQueue::clear() {
  for (Lane& lane : lanes_) {
    lane.frames.clear();
    lane.bytes = 0;
  }
  current_.reset();
}

}  // namespace kimberlite::net
