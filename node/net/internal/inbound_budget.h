// Bytes received from one peer that the node still holds (kInboundBytesMax): reading pauses when they are too many and
// goes on once half of them were released. Frames release from any thread and may outlive the network. Thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "node/net/peer_network.h"

namespace kimberlite::net {

class InboundBudget {
 public:
  /// `resume` is called, under a lock, when a paused reader may go on: it must only post.
  explicit InboundBudget(std::function<void()> resume);

  void add(std::size_t bytes);
  void release(std::size_t bytes);
  /// True if the reader must pause; `resume` is then called once, later.
  bool pause_if_full();
  /// Never calls `resume` again.
  void detach();

 private:
  std::mutex mutex_;
  std::function<void()> resume_;
  std::size_t bytes_{};
  bool paused_{};
};

/// A payload that counts against its peer's budget as long as it lives.
std::shared_ptr<const Frame> make_frame(std::string bytes, std::shared_ptr<InboundBudget> budget);

}  // namespace kimberlite::net
