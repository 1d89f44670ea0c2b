// Peers that come back: one with a known key that reconnects as fast as it can gets to the runtime seldom, and one that
// is honest gets in all the same. What is allowed is reckoned from the time that really passed, so that no test depends
// on how fast the machine is.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "node/net/peer_network.h"
#include "tests/unit/net/raw_peer.h"
#include "tests/unit/net/test_node.h"

namespace kimberlite::net {
namespace {

constexpr std::chrono::milliseconds kLasting{kBackoffMaxMs};
/// So many waits in a row take longer than a connection that lasts, whatever the jitter: at least 25 ms, 50 ms, ...
constexpr unsigned kInARow = 8;
static_assert(kBackoffFirstMs * ((1 << (kInARow - 1)) - 1) + kBackoffMaxMs >= 2 * kBackoffMaxMs);

class PeerReturnTest : public testing::Test {
 protected:
  std::vector<SecretKey> keys_ = ascending_keys(2);
  const SecretKey& dialler_ = keys_[0];
  const SecretKey& listener_ = keys_[1];
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  TestNode node_{listener_, {{&dialler_, 1}}};

  static std::string our_hello() { return encode_hello(test_chain_id(), "raw peer", wall_clock_now(), 7); }

  /// One attempt, over once the node has said Hello or has refused: then null.
  std::unique_ptr<RawPeer> come() {
    auto peer = std::make_unique<RawPeer>(node_.port());
    EXPECT_TRUE(peer->handshake(dialler_));
    peer->write_frame(our_hello());
    if (!peer->read_frame()) peer.reset();
    return peer;
  }

  /// The node has connected or refused, and counted, so many attempts.
  bool wait_decided(std::uint64_t attempts) {
    return node_.wait_until([&] { return node_.state(0).connects + node_.network().listener().refused == attempts; });
  }

  /// Attempts until one is let in.
  std::unique_ptr<RawPeer> come_until_let_in() {
    const std::uint64_t before = node_.state(0).connects;
    std::unique_ptr<RawPeer> peer;
    EXPECT_TRUE(node_.wait_until([&] {
      peer = come();
      return peer != nullptr;
    }));
    EXPECT_TRUE(node_.wait_until([&] { return node_.state(0).connects > before; }));
    return peer;
  }

  /// How often something can have happened by now that rests as long each time as a connection must last.
  [[nodiscard]] std::size_t at_most() const {
    return 1 + static_cast<std::size_t>((std::chrono::steady_clock::now() - begun_) / kLasting);
  }

  void expect_seldom_told() {
    EXPECT_LE(node_.hellos().size(), kInARow * at_most());
    EXPECT_LE(node_.disconnects().size(), (kInARow + 1) * at_most());
  }
};

TEST_F(PeerReturnTest, APeerThatReconnectsOverAndOverIsSeldomNews) {
  constexpr std::uint64_t kAttempts = 200;
  for (std::uint64_t i = 0; i < kAttempts; ++i) come();
  ASSERT_TRUE(wait_decided(kAttempts));
  EXPECT_GE(node_.state(0).connects, 1U);
  expect_seldom_told();
  EXPECT_EQ(node_.state(0).punishments, 0U);
}

TEST_F(PeerReturnTest, APeerThatReplacesItsConnectionOverAndOverIsSeldomNews) {
  constexpr std::uint64_t kAttempts = 200;
  std::vector<std::unique_ptr<RawPeer>> held;
  for (std::uint64_t i = 0; i < kAttempts; ++i) held.push_back(come());
  ASSERT_TRUE(wait_decided(kAttempts));
  EXPECT_GE(node_.state(0).connects, 1U);
  expect_seldom_told();
}

/// All are let in before any of them is the peer's connection.
TEST_F(PeerReturnTest, HellosThatAreHeldBackAreNoWayRound) {
  constexpr std::uint64_t kAttempts = kHandshakesMax / 2;
  std::vector<std::unique_ptr<RawPeer>> held;
  for (std::uint64_t i = 0; i < kAttempts; ++i) {
    held.push_back(std::make_unique<RawPeer>(node_.port()));
    ASSERT_TRUE(held.back()->handshake(dialler_));
    ASSERT_TRUE(held.back()->read_frame().has_value());
  }
  for (const auto& peer : held) peer->write_frame(our_hello());
  ASSERT_TRUE(wait_decided(kAttempts));
  expect_seldom_told();
}

TEST_F(PeerReturnTest, APeerThatFailsForAnotherReasonEachTimeIsSeldomNews) {
  constexpr std::uint64_t kAttempts = 50;
  for (std::uint64_t i = 0; i < kAttempts; ++i) {
    RawPeer peer(node_.port());
    ASSERT_TRUE(peer.handshake(dialler_));
    peer.write_frame(encode_hello(sha256("network " + std::to_string(i)), "raw peer", wall_clock_now(), 7));
    EXPECT_TRUE(peer.closed());
  }
  ASSERT_TRUE(node_.wait_refused(kAttempts));
  EXPECT_LE(node_.disconnects().size(), at_most());
  EXPECT_NE(come(), nullptr) << "nothing that was no connection makes it wait";
}

TEST_F(PeerReturnTest, AfterAConnectionThatLastedTheNextIsTakenAtOnce) {
  auto peer = come_until_let_in();
  peer.reset();
  peer = come_until_let_in();
  std::this_thread::sleep_for(kLasting);
  peer.reset();
  ASSERT_TRUE(node_.wait_disconnects(2));
  EXPECT_NE(come(), nullptr);
  EXPECT_TRUE(node_.wait_connects(3));
}

/// The peer's machine lost its power, and its old line still stands here.
TEST_F(PeerReturnTest, AConnectionThatLastedIsReplacedAtOnce) {
  const auto half_open = come_until_let_in();
  std::this_thread::sleep_for(kLasting);
  const auto fresh = come();
  ASSERT_NE(fresh, nullptr);
  EXPECT_TRUE(node_.wait_connects(2));
  EXPECT_TRUE(half_open->closed());
  EXPECT_EQ(node_.network().listener().refused, 0U);
}

TEST_F(PeerReturnTest, AnHonestPeerThatRestartsOverAndOverGetsInEachTime) {
  constexpr std::size_t kRestarts = 6;
  for (std::size_t i = 1; i <= kRestarts; ++i) {
    TestNode honest(dialler_, {{&listener_, node_.port()}});
    ASSERT_TRUE(node_.wait_connects(i));
    ASSERT_TRUE(honest.wait_connects(1));
    honest.send(0, Priority::kVote, "here I am");
    ASSERT_TRUE(node_.wait_frames(i));
  }
}

}  // namespace
}  // namespace kimberlite::net
