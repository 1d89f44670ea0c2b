// A PeerNetwork on 127.0.0.1 that writes down what its handlers are told, and tests that wait for it.
// Waiting has a generous end, so that a test fails instead of hanging; nothing depends on how long things take.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "node/net/peer_network.h"
#include "proto/ed25519.h"

namespace kimberlite::net {

/// `count` keys in ascending order of public key: an earlier one dials a later one.
std::vector<SecretKey> ascending_keys(std::size_t count);
/// A key is movable only; a restarted node needs it again.
SecretKey copy_of(const SecretKey& key);
/// The network that tests are on unless they say otherwise.
Digest test_chain_id();

class TestNode {
 public:
  struct Known {
    const SecretKey* key;
    std::uint16_t port;  ///< 1 if it is never dialled
  };
  struct Setup {
    Digest chain_id = test_chain_id();
    std::uint16_t port = 0;  ///< 0: any
    bool keep_frames = false;
  };

  TestNode(const SecretKey& key, const std::vector<Known>& peers, Setup setup);
  TestNode(const SecretKey& key, const std::vector<Known>& peers) : TestNode(key, peers, Setup{}) {}
  ~TestNode();
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;

  PeerNetwork& network() { return *network_; }
  std::uint16_t port() { return network_->port(); }
  void send(std::size_t peer, Priority priority, std::string bytes);
  PeerState state(std::size_t peer) { return network_->states()[peer]; }
  /// Stops the network; what was written down stays.
  void stop() { network_.reset(); }

  // Each waits until it is so; false if it never is.
  bool wait_connects(std::size_t count);
  bool wait_disconnects(std::size_t count);
  bool wait_frames(std::size_t count);
  bool wait_refused(std::uint64_t count);
  bool wait_until(const std::function<bool()>& condition);

  std::vector<PeerHello> hellos();
  std::vector<Error> disconnects();
  /// Payloads, in order of arrival.
  std::vector<std::string> frames();
  std::size_t kept_bytes();
  /// Drops the frames kept so far, and keeps no later ones.
  void release_frames();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PeerHello> hellos_;
  std::vector<Error> disconnects_;
  std::vector<std::string> frames_;
  std::vector<std::shared_ptr<const Frame>> kept_;
  std::size_t kept_bytes_{};
  bool keep_frames_;
  std::unique_ptr<PeerNetwork> network_;
};

}  // namespace kimberlite::net
