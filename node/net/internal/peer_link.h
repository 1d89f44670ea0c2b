// One peer as every thread sees it: what waits to be sent to it, and its state for status and metrics. Thread-safe.
// Invariant: while frames wait on an open link, somebody is bound to fetch them: the caller of push() that was told to
// wake the network's thread, or the write in flight. So a burst of messages wakes that thread once.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "node/net/peer_network.h"
#include "node/net/send_queue.h"

namespace kimberlite::net {

class PeerLink {
 public:
  /// Queues a message if the peer is connected. True: the caller must have the network's thread start to write.
  [[nodiscard]] bool push(Priority priority, std::shared_ptr<const std::string> message);
  /// The next bytes to write, at most `bytes_max`; none: the next push() asks to be woken for.
  void fill(std::string& out, std::size_t bytes_max);

  /// Who it is and where, and that it is a peer.
  void name(const std::string& participant, const std::string& address);
  /// It is a peer no more.
  void unname();
  /// The peer is connected: messages are taken from now on.
  void open();
  /// The connection is gone, with all that waited.
  void shut(const std::string& why);
  /// An attempt to connect failed.
  void note_error(const std::string& why);
  /// A frame came, of so many bytes.
  void note_received(std::size_t bytes);
  void note_punishment();

  [[nodiscard]] PeerState state() const;
  [[nodiscard]] std::size_t backlog(Priority priority) const;

 private:
  mutable std::mutex mutex_;
  SendQueue queue_;
  PeerState state_;  // `connected` is what decides whether messages are taken
  bool fetch_due_{};
};

}  // namespace kimberlite::net
