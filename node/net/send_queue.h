// What waits to be sent to one peer: a queue of frames for each priority, each with its byte bound (peer_network.h).
// When votes, proposals or envelopes are full, the oldest frame of that priority is dropped; a catch-up frame that does
// not fit is refused, so that a range in flight keeps its order. A frame whose first byte was taken is always finished.
// Pure; one owner at a time (the network guards it with the peer's lock).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "node/net/peer_network.h"

namespace kimberlite::net {

class SendQueue {
 public:
  /// Queues a payload; one that fits no frame is dropped, and counted. REQUIRES: 1 byte at the least.
  void push(Priority priority, std::shared_ptr<const std::string> payload);
  /// Appends framed bytes to `out` until it holds `out_bytes_max` bytes or nothing waits: highest priority first, in
  /// order within a priority. A long frame is handed out in pieces.
  void fill(std::string& out, std::size_t out_bytes_max);
  /// Forgets everything, the unfinished frame too; counts stay.
  void clear();

  /// Payload bytes that wait in one priority, without the frame that is being handed out.
  [[nodiscard]] std::size_t bytes(Priority priority) const { return lanes_[index(priority)].bytes; }
  /// Frames of one priority that were dropped or refused since the beginning.
  [[nodiscard]] std::uint64_t dropped(Priority priority) const { return lanes_[index(priority)].dropped; }
  /// The bound of one priority.
  static std::size_t bytes_max(Priority priority);

 private:
  struct Lane {
    std::deque<std::shared_ptr<const std::string>> frames;
    std::size_t bytes{};
    std::uint64_t dropped{};
  };

  static constexpr std::size_t index(Priority priority) { return static_cast<std::size_t>(priority); }
  bool take_next();

  std::array<Lane, kPriorities> lanes_;
  std::shared_ptr<const std::string> current_;  // its header is out, `current_offset_` bytes of it as well
  std::size_t current_offset_{};
};

}  // namespace kimberlite::net
