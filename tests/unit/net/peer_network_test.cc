// Real nodes over real sockets: connecting, exchanging, reconnecting, back-pressure, order and stop.
// What strangers and misbehaving peers do is in peer_refusal_test.cc, who comes back too often in peer_return_test.cc.
// Not covered: DNS that is silent, IPv6, loss on the line.
#include "node/net/peer_network.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "node/net/frame.h"
#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "tests/unit/net/raw_peer.h"
#include "tests/unit/net/test_node.h"

namespace kimberlite::net {
namespace {

class PeerNetworkTest : public testing::Test {
 protected:
  std::vector<SecretKey> keys_ = ascending_keys(3);
  const SecretKey& dialler_ = keys_[0];
  const SecretKey& listener_ = keys_[1];

  std::vector<TestNode::Known> only_dialler() { return {{&dialler_, 1}}; }
  std::vector<TestNode::Known> only_listener(std::uint16_t port) { return {{&listener_, port}}; }
  static std::string our_hello() { return encode_hello(test_chain_id(), "raw peer", wall_clock_now(), 7); }
};

TEST_F(PeerNetworkTest, NodesConnectAndExchange) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(listening.wait_connects(1));
  ASSERT_TRUE(dialling.wait_connects(1));
  EXPECT_EQ(dialling.hellos()[0].software, "test node");
  EXPECT_EQ(dialling.hellos()[0].final_height, 42U);
  EXPECT_LT(std::abs(dialling.hellos()[0].clock_apart_ms), kClockApartMaxMs);

  const std::string large(kFrameBytesMax, 'L');
  dialling.send(0, Priority::kVote, "vote");
  dialling.send(0, Priority::kCatchUp, large);
  listening.send(0, Priority::kProposal, "proposal");
  ASSERT_TRUE(listening.wait_frames(2));
  ASSERT_TRUE(dialling.wait_frames(1));
  EXPECT_EQ(listening.frames()[0], "vote");
  EXPECT_EQ(listening.frames()[1], large);
  EXPECT_EQ(dialling.frames()[0], "proposal");

  const PeerState state = dialling.state(0);
  EXPECT_TRUE(state.connected);
  EXPECT_EQ(state.connects, 1U);
  EXPECT_EQ(state.frames_dropped, 0U);
  EXPECT_EQ(state.bytes_sent, 4 + 4 + 4 + large.size());
  EXPECT_EQ(state.bytes_received, 4 + std::string("proposal").size());
  EXPECT_TRUE(dialling.disconnects().empty());
}

TEST_F(PeerNetworkTest, APeerThatIsNamedNoMoreIsCutOffUntilItIsNamedAgain) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(listening.wait_connects(1));
  EXPECT_TRUE(listening.network().set_peers({}).empty());
  ASSERT_TRUE(listening.wait_disconnects(1));
  EXPECT_FALSE(listening.state(0).named);
  ASSERT_TRUE(listening.wait_refused(1)) << "it dials again, and is a stranger now";
  const auto again = listening.network().set_peers({{"AA", dialler_.public_key(), ""}});
  EXPECT_EQ(again, std::vector<std::optional<std::size_t>>{0});
  ASSERT_TRUE(listening.wait_connects(2));
  EXPECT_EQ(listening.state(0).participant, "AA");
}

TEST_F(PeerNetworkTest, APeerNamedLaterIsDialled) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, {});
  const std::string address = "127.0.0.1:" + std::to_string(listening.port());
  const auto indices = dialling.network().set_peers({{"BB", listener_.public_key(), address}});
  ASSERT_EQ(indices, std::vector<std::optional<std::size_t>>{0});
  ASSERT_TRUE(dialling.wait_connects(1));
  ASSERT_TRUE(listening.wait_connects(1));
}

TEST_F(PeerNetworkTest, APeerIsFoundByTheNameOfItsHost) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, {});
  dialling.network().set_peers({{"BB", listener_.public_key(), "localhost:" + std::to_string(listening.port())}});
  ASSERT_TRUE(dialling.wait_connects(1));
  ASSERT_TRUE(listening.wait_connects(1));
}

// An operator named its key; the log, caught up with since, says where it is.
TEST_F(PeerNetworkTest, APeerWhoseAddressBecomesKnownIsDialled) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, {});
  const auto name = [&](const std::string& address) {
    dialling.network().set_peers({{"BB", listener_.public_key(), address}});
  };
  name("");
  name("127.0.0.1:" + std::to_string(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  ASSERT_TRUE(listening.wait_connects(1));
}

// Whoever is on the roll could stop every other node from starting.
TEST_F(PeerNetworkTest, AnAddressThatCannotBeReadKeepsNobodyFromStarting) {
  NetworkOptions options;
  options.listen = "127.0.0.1:0";
  options.chain_id = test_chain_id();
  options.peers = {{"AE", listener_.public_key(), "2001:db8::1:7000"}};
  options.final_height = [] { return std::uint64_t{0}; };
  const auto started = PeerNetwork::start(options, dialler_, {[](auto...) {}, [](auto...) {}, [](auto...) {}});
  ASSERT_TRUE(started) << started.error().to_string();
  EXPECT_FALSE((*started)->states()[0].connected);
}

TEST_F(PeerNetworkTest, MoreKeysThanAProcessCanNameHarmNobodyElse) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(listening.wait_connects(1));
  std::vector<PeerAddress> peers{{"AA", dialler_.public_key(), ""}};
  for (std::size_t i = 0; i < kPeersMax; ++i) {
    PublicKey key;
    key.bytes.fill(0xff);
    key.bytes[30] = static_cast<std::uint8_t>(i >> 8);
    key.bytes[31] = static_cast<std::uint8_t>(i);
    peers.push_back({"P" + std::to_string(i), key, ""});
  }
  const auto indices = listening.network().set_peers(peers);
  EXPECT_EQ(indices.front(), 0U);
  EXPECT_EQ(indices[kPeersMax - 1], kPeersMax - 1);
  EXPECT_EQ(indices.back(), std::nullopt);
  listening.send(0, Priority::kVote, "still there");
  EXPECT_TRUE(dialling.wait_frames(1));
}

TEST_F(PeerNetworkTest, MessagesForAnAbsentPeerAreForgotten) {
  TestNode listening(listener_, only_dialler());
  listening.send(0, Priority::kVote, "too early");
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(listening.wait_connects(1));
  listening.send(0, Priority::kVote, "in time");
  ASSERT_TRUE(dialling.wait_frames(1));
  EXPECT_EQ(dialling.frames()[0], "in time");
}

TEST_F(PeerNetworkTest, APeersClockIsMeasured) {
  TestNode listening(listener_, only_dialler());
  RawPeer peer(listening.port());
  ASSERT_TRUE(peer.handshake(dialler_));
  constexpr std::int64_t kHourMs = 3'600'000;
  peer.write_frame(encode_hello(test_chain_id(), "late", TimeMs{wall_clock_now().value - kHourMs}, 0));
  ASSERT_TRUE(listening.wait_connects(1));
  EXPECT_LT(listening.hellos()[0].clock_apart_ms, -kHourMs + 60'000);
  EXPECT_GT(listening.hellos()[0].clock_apart_ms, -kHourMs - 60'000);
}

TEST_F(PeerNetworkTest, AnIdleConnectionIsSilent) {
  TestNode listening(listener_, only_dialler());
  RawPeer peer(listening.port());
  ASSERT_TRUE(peer.handshake(dialler_));
  peer.write_frame(our_hello());
  ASSERT_TRUE(peer.read_frame().has_value());
  ASSERT_TRUE(listening.wait_connects(1));
  EXPECT_FALSE(peer.anything_arrives(1500));  // no session ticket, no heartbeat
  EXPECT_EQ(listening.state(0).bytes_sent, 0U);
}

TEST_F(PeerNetworkTest, AnAbsentPeerIsReportedOnceNotAtEachAttempt) {
  std::uint16_t vacated = 0;
  {
    TestNode gone(listener_, only_dialler());
    vacated = gone.port();
  }
  TestNode dialling(dialler_, only_listener(vacated));
  ASSERT_TRUE(dialling.wait_disconnects(1));
  EXPECT_NE(dialling.disconnects()[0].message.find("Connection refused"), std::string::npos);
  std::this_thread::sleep_for(std::chrono::milliseconds(8 * kBackoffFirstMs));  // three attempts or more
  EXPECT_EQ(dialling.disconnects().size(), 1U);
  EXPECT_NE(dialling.state(0).last_error.find("Connection refused"), std::string::npos);
  EXPECT_FALSE(dialling.state(0).connected);
}

TEST_F(PeerNetworkTest, APeerThatGoesAndComesBackIsDialledAgain) {
  auto listening = std::make_unique<TestNode>(listener_, only_dialler());
  const std::uint16_t port = listening->port();
  TestNode dialling(dialler_, only_listener(port));
  ASSERT_TRUE(dialling.wait_connects(1));
  listening.reset();
  ASSERT_TRUE(dialling.wait_disconnects(1));
  EXPECT_FALSE(dialling.state(0).connected);
  listening = std::make_unique<TestNode>(listener_, only_dialler(), TestNode::Setup{.port = port});
  ASSERT_TRUE(dialling.wait_connects(2));
  ASSERT_TRUE(listening->wait_connects(1));
  dialling.send(0, Priority::kVote, "again");
  ASSERT_TRUE(listening->wait_frames(1));
  EXPECT_EQ(listening->frames()[0], "again");
  EXPECT_EQ(dialling.state(0).connects, 2U);
}

TEST_F(PeerNetworkTest, ADialledPeerThatReturnsIsTakenAgain) {
  TestNode listening(listener_, only_dialler());
  {
    TestNode dialling(dialler_, only_listener(listening.port()));
    ASSERT_TRUE(listening.wait_connects(1));
  }
  ASSERT_TRUE(listening.wait_disconnects(1));
  EXPECT_EQ(listening.disconnects()[0].reason, Reason::UNAVAILABLE);
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(listening.wait_connects(2));
}

TEST_F(PeerNetworkTest, ANewConnectionReplacesTheOld) {
  TestNode listening(listener_, only_dialler());
  RawPeer half_open(listening.port());
  ASSERT_TRUE(half_open.handshake(dialler_));
  half_open.write_frame(our_hello());
  ASSERT_TRUE(listening.wait_connects(1));
  std::unique_ptr<RawPeer> fresh;
  ASSERT_TRUE(listening.wait_until([&] {  // refused as long as the old one is younger than back-off asks
    fresh = std::make_unique<RawPeer>(listening.port());
    return fresh->handshake(dialler_) && fresh->write_frame(our_hello()) && fresh->read_frame().has_value();
  }));
  ASSERT_TRUE(listening.wait_connects(2));
  EXPECT_TRUE(half_open.closed());
  ASSERT_EQ(listening.disconnects().size(), 1U);
  EXPECT_NE(listening.disconnects()[0].message.find("replaced"), std::string::npos);
  EXPECT_TRUE(listening.state(0).connected);
  listening.send(0, Priority::kVote, "to the new one");
  EXPECT_EQ(fresh->read_frame(), "to the new one");
}

TEST_F(PeerNetworkTest, ASlowReaderCostsABoundedAmountOfMemory) {
  TestNode listening(listener_, only_dialler());
  RawPeer slow(listening.port(), 64 * 1024);
  ASSERT_TRUE(slow.handshake(dialler_));
  slow.write_frame(our_hello());
  ASSERT_TRUE(listening.wait_connects(1));

  constexpr std::size_t kPiece = 256 * 1024;
  for (int i = 0; i < 200; ++i) listening.send(0, Priority::kEnvelope, std::string(kPiece, 'e'));
  for (int i = 0; i < 200; ++i) listening.send(0, Priority::kCatchUp, std::string(kPiece, 'c'));
  listening.send(0, Priority::kVote, "vote");
  const PeerState state = listening.state(0);
  const auto dropped = [&](Priority priority) {
    return state.frames_dropped_by_priority[static_cast<std::size_t>(priority)];
  };
  EXPECT_GE(dropped(Priority::kEnvelope), 100U);  // 50 MiB offered, 16 MiB kept, a little in the kernel
  EXPECT_GE(dropped(Priority::kCatchUp), 100U);
  EXPECT_EQ(dropped(Priority::kVote), 0U);
  EXPECT_EQ(dropped(Priority::kProposal), 0U);
  EXPECT_EQ(state.frames_dropped, dropped(Priority::kEnvelope) + dropped(Priority::kCatchUp));
  EXPECT_LE(listening.network().backlog(0, Priority::kCatchUp), kCatchUpQueueBytesMax);
  EXPECT_GT(listening.network().backlog(0, Priority::kCatchUp), kCatchUpQueueBytesMax / 2);
  EXPECT_TRUE(state.connected);

  // Once it reads, the vote has overtaken what was queued before it, and nothing is garbled.
  std::size_t before_vote = 0;
  for (auto frame = slow.read_frame(); frame && *frame != "vote"; frame = slow.read_frame()) ++before_vote;
  EXPECT_LT(before_vote, 100U);
  for (std::size_t i = 0; i < kEnvelopeQueueBytesMax / kPiece; ++i) {
    const auto frame = slow.read_frame();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->size(), kPiece);
    EXPECT_EQ(frame->find_first_not_of((*frame)[0]), std::string::npos);
  }
}

TEST_F(PeerNetworkTest, ReadingPausesWhileFramesAreHeld) {
  TestNode listening(listener_, only_dialler(), TestNode::Setup{.keep_frames = true});
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  constexpr std::size_t kPiece = 1024 * 1024;
  constexpr std::size_t kPieces = 48;
  constexpr std::size_t kHeld = kInboundBytesMax / (kPiece + kFrameOverheadBytes) + 1;
  std::thread sender([&] {
    for (std::size_t i = 0; i < kPieces; ++i) {
      dialling.wait_until(
          [&] { return dialling.network().backlog(0, Priority::kCatchUp) < kCatchUpQueueBytesMax / 2; });
      dialling.send(0, Priority::kCatchUp, std::string(kPiece, 'c'));
    }
  });
  ASSERT_TRUE(listening.wait_frames(kHeld));
  // The sender's queue fills up behind the paused reader; the bound holds all the same.
  ASSERT_TRUE(dialling.wait_until(
      [&] { return dialling.network().backlog(0, Priority::kCatchUp) >= kCatchUpQueueBytesMax / 2 - kPiece; }));
  EXPECT_LE(listening.kept_bytes(), kInboundBytesMax + kPiece);
  listening.release_frames();
  sender.join();
  ASSERT_TRUE(listening.wait_frames(kPieces - kHeld));
  EXPECT_TRUE(listening.state(0).connected);
  EXPECT_EQ(dialling.state(0).frames_dropped, 0U);
}

/// A frame of one byte costs its holder far more than that byte.
TEST_F(PeerNetworkTest, ReadingPausesWhileManyShortFramesAreHeld) {
  TestNode listening(listener_, only_dialler(), TestNode::Setup{.keep_frames = true});
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  constexpr std::size_t kHeldMax = kInboundBytesMax / kFrameOverheadBytes;
  constexpr std::size_t kReadAtOnce = 16 * 1024 / (kFrameHeaderBytes + 1);  // frames in a TLS record
  constexpr std::size_t kSent = 4 * kHeldMax;
  for (std::size_t i = 0; i < kSent; ++i) dialling.send(0, Priority::kCatchUp, "c");
  ASSERT_TRUE(listening.wait_frames(kHeldMax));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // time to take more than it may
  EXPECT_LE(listening.kept_bytes(), kHeldMax + kReadAtOnce);
  listening.release_frames();
  ASSERT_TRUE(listening.wait_frames(kHeldMax));
}

TEST_F(PeerNetworkTest, FramesMayOutliveTheNetwork) {
  TestNode listening(listener_, only_dialler(), TestNode::Setup{.keep_frames = true});
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  dialling.send(0, Priority::kVote, "kept");
  ASSERT_TRUE(listening.wait_frames(1));
  listening.stop();
  listening.release_frames();
  EXPECT_EQ(listening.kept_bytes(), 4U);
}

TEST_F(PeerNetworkTest, ManyThreadsMaySendAtOnce) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        dialling.send(0, Priority::kVote, std::to_string(thread) + " " + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(listening.wait_frames(kThreads * kEach));
  std::map<char, int> next;
  for (const std::string& frame : listening.frames()) {
    EXPECT_EQ(frame.substr(2), std::to_string(next[frame[0]]++));
  }
}

TEST_F(PeerNetworkTest, ThreeNodesMeetInPairs) {
  TestNode greatest(keys_[2], {{&keys_[0], 1}, {&keys_[1], 1}});
  TestNode middle(keys_[1], {{&keys_[0], 1}, {&keys_[2], greatest.port()}});
  TestNode smallest(keys_[0], {{&keys_[1], middle.port()}, {&keys_[2], greatest.port()}});
  ASSERT_TRUE(greatest.wait_connects(2));
  ASSERT_TRUE(middle.wait_connects(2));
  ASSERT_TRUE(smallest.wait_connects(2));
  for (TestNode* node : {&greatest, &middle, &smallest}) {
    for (const PeerState& state : node->network().states()) EXPECT_EQ(state.connects, 1U);
  }
}

TEST_F(PeerNetworkTest, StoppingIsQuietInTheMiddleOfTraffic) {
  TestNode listening(listener_, only_dialler());
  TestNode dialling(dialler_, only_listener(listening.port()));
  ASSERT_TRUE(dialling.wait_connects(1));
  for (int i = 0; i < 1000; ++i) {
    dialling.send(0, Priority::kEnvelope, std::string(10'000, 'e'));
    listening.send(0, Priority::kEnvelope, std::string(10'000, 'e'));
  }
  dialling.stop();
  EXPECT_TRUE(dialling.disconnects().empty());
}

TEST_F(PeerNetworkTest, BadOptionsAreNamed) {
  const auto refusal = [&](const std::function<void(NetworkOptions&)>& alter) {
    NetworkOptions options;
    options.listen = "127.0.0.1:0";
    options.peers = {{"AE", dialler_.public_key(), "127.0.0.1:1"}, {"BW", keys_[2].public_key(), "127.0.0.1:1"}};
    options.final_height = [] { return std::uint64_t{0}; };
    alter(options);
    const auto started = PeerNetwork::start(options, listener_, {});
    EXPECT_FALSE(started.has_value());
    EXPECT_EQ(started.error().reason, Reason::BAD_CONFIGURATION);
    return started.error();
  };
  TestNode other(listener_, only_dialler());
  EXPECT_EQ(refusal([](NetworkOptions& o) { o.listen = "nonsense"; }).field, "listen");
  EXPECT_EQ(refusal([](NetworkOptions& o) { o.listen = "192.0.2.1:0"; }).field, "listen");  // not this machine's
  const Error taken = refusal([&](NetworkOptions& o) { o.listen = "127.0.0.1:" + std::to_string(other.port()); });
  EXPECT_NE(taken.message.find("in use"), std::string::npos) << taken.message;
  EXPECT_EQ(refusal([](NetworkOptions& o) { o.peers[1].key = o.peers[0].key; }).field, "peers[1].key");
  EXPECT_EQ(refusal([&](NetworkOptions& o) { o.peers[0].key = listener_.public_key(); }).field, "peers[0].key");
}

}  // namespace
}  // namespace kimberlite::net
