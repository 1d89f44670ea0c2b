// What strangers, and a validator that went bad, may send to a node's peer port. The node goes on serving, counts what
// it refused, and the others notice nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>

#include "cli/http_get.h"
#include "cli/wallet.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/net/hello.h"
#include "proto/types.h"
#include "proto/vote_payload.h"
#include "tests/cluster/cluster_test.h"
#include "tests/cluster/daemon_network.h"
#include "tests/unit/net/raw_peer.h"

namespace kimberlite::cluster {
namespace {

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

/// The value of a sample, labels included; 0 if there is none.
double metric(const DaemonNetwork& network, const std::string& code, const std::string& sample) {
  cli::HttpGet http(network.address(code).http, kHttpMs);
  const auto page = http.get("/metrics");
  if (!page) return 0;
  const std::size_t at = page->find("\n" + sample + " ");
  return at == std::string::npos ? 0 : std::stod(page->substr(at + sample.size() + 2));
}

class HostilePeers : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // writing to a connection that the node closed is what these tests do
    network_.start_all();
    ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
    const auto& validators = network_.genesis().validators;
    std::vector<std::pair<PublicKey, std::string>> order;
    for (std::size_t i = 0; i < validators.size(); ++i) {
      order.emplace_back(validators[i].key, validators[i].participant);
    }
    std::sort(order.begin(), order.end());
    // The smaller key dials: the smallest may connect to any other node.
    attacker_ = order.front().second;
    target_ = order.back().second;
  }

  void expect_serving(std::uint64_t number) {
    const auto answer = network_.client(target_).submit(network_.issue("BW", "IN", number), kPatienceMs);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->outcome(), v1::OUTCOME_FINAL) << answer->refusal().reason();
  }

  std::uint16_t target_port() const { return port_of(network_.peer_address(target_)); }

  /// Connected to the target as the attacker, both Hellos exchanged. Tries again while the target backs off.
  std::unique_ptr<net::RawPeer> establish(const SecretKey& key) {
    std::unique_ptr<net::RawPeer> peer;
    const std::string hello = net::encode_hello(network_.genesis().chain_id, "attacker", wall_now(), 0);
    const bool connected = wait_until(kPatienceMs, [&] {
      peer = std::make_unique<net::RawPeer>(target_port());
      return peer->handshake(key) && peer->write_frame(hello) && peer->read_frame().has_value();
    });
    return connected ? std::move(peer) : nullptr;
  }

  /// Two blocks in one view, by the attacker.
  void vote_twice(net::RawPeer& peer, const SecretKey& key, View view) {
    const auto place = network_.genesis().validators.index_of(key.public_key());
    for (const char* block : {"one", "another"}) {
      v1::PeerMessage message;
      auto& vote = *message.mutable_vote()->mutable_vote();
      vote.set_kind(v1::VOTE_KIND_NOTARIZE);
      vote.set_epoch(1);
      vote.set_view(view.value);
      vote.set_block(std::string(sha256(block).view()));
      vote.set_validator(static_cast<std::uint32_t>(*place));
      const auto payload = vote_payload(network_.genesis().chain_id, Epoch{1}, view, sha256(block));
      vote.set_signature(std::string(key.sign_tagged(kNotarizeTag, payload).view()));
      EXPECT_TRUE(peer.write_frame(message.SerializeAsString()));
    }
  }

  static TimeMs wall_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
  }

  DaemonNetwork network_{{}};
  std::string attacker_;
  std::string target_;
};

TEST_F(HostilePeers, Strangers) {
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(5'000, '\0'),
                                   std::string(5'000, '\xff'), std::string("\x16\x03\x01\xff\xff", 5)}) {
    net::RawPeer peer(target_port());
    peer.write_plain(bytes);
    if (bytes.size() > 5) {
      EXPECT_TRUE(peer.closed());
    }
  }
  for (int i = 0; i < 3; ++i) {
    net::RawPeer peer(target_port());
    peer.handshake(SecretKey::generate());
    EXPECT_TRUE(peer.closed());
  }
  expect_serving(1);
  EXPECT_TRUE(
      wait_until(kPatienceMs, [&] { return metric(network_, target_, "kimberlite_connections_refused") >= 6; }));
  EXPECT_TRUE(wait_until(kPatienceMs, [&] { return metric(network_, target_, "kimberlite_peers_connected") == 3; }));
  EXPECT_TRUE(network_.wait_equal(1, kPatienceMs)) << network_.describe();
}

TEST_F(HostilePeers, HalfOpenConnections) {
  constexpr int kFlood = 100;  // more than the node holds unfinished
  std::vector<std::unique_ptr<net::RawPeer>> flood;
  for (int i = 0; i < kFlood; ++i) {
    flood.push_back(std::make_unique<net::RawPeer>(target_port()));
    if (i % 2 == 0) flood.back()->write_plain(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  for (std::uint64_t number = 1; number <= 5; ++number) expect_serving(number);
  // A node is ready with a quorum: the third peer may have to get in through the flood.
  EXPECT_TRUE(wait_until(kPatienceMs, [&] { return metric(network_, target_, "kimberlite_peers_connected") == 3; }));
  EXPECT_TRUE(
      wait_until(kPatienceMs, [&] { return metric(network_, target_, "kimberlite_connections_refused") >= 1; }));
  EXPECT_TRUE(network_.wait_equal(1, kPatienceMs)) << network_.describe();
}

TEST_F(HostilePeers, ValidatorThatBreaksTheProtocol) {
  const auto key = cli::load_key(network_.folder() / "nodes" / attacker_ / "node.key");
  ASSERT_TRUE(key) << key.error().to_string();
  network_.signal(attacker_, SIGKILL);
  expect_serving(1);

  v1::PeerMessage forged_vote;
  auto& vote = *forged_vote.mutable_vote()->mutable_vote();
  vote.set_kind(v1::VOTE_KIND_NULLIFY);
  vote.set_epoch(1);
  vote.set_view(1);
  vote.set_signature(std::string(64, 's'));
  v1::PeerMessage garbage_envelope;
  garbage_envelope.mutable_envelopes()->add_envelopes("garbage");
  v1::PeerMessage short_checkpoint;
  short_checkpoint.mutable_checkpoint_signature()->set_root("short");
  struct Row {
    std::string name;
    std::string bytes;  // as they follow the Hello, lengths included
  };
  const auto framed = [](const std::string& payload) {
    std::string bytes(3, '\0');
    return bytes + static_cast<char>(payload.size()) + payload;
  };
  const std::vector<Row> rows{
      {"a frame of more than 4 MiB", std::string("\x00\x40\x00\x01", 4)},
      {"a frame of no bytes", std::string(4, '\0')},
      {"a frame of 4 GiB", std::string(4, '\xff')},
      {"garbage", framed(std::string(100, '\xff'))},
      {"a message of no kind", framed(std::string("\xa2\x06\x00", 3))},
      {"a forged vote", framed(forged_vote.SerializeAsString())},
      {"a garbage envelope", framed(garbage_envelope.SerializeAsString())},
      {"a short checkpoint", framed(short_checkpoint.SerializeAsString())},
  };
  std::uint64_t number = 1;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const auto peer = establish(*key);
    ASSERT_NE(peer, nullptr);
    EXPECT_TRUE(peer->write(row.bytes));
    EXPECT_TRUE(peer->closed());
    expect_serving(++number);
  }
  // A frame that never ends.
  {
    const auto peer = establish(*key);
    ASSERT_NE(peer, nullptr);
    EXPECT_TRUE(peer->write(std::string("\x00\x00\x10\x00half", 8)));
    expect_serving(++number);
  }
  EXPECT_GE(metric(network_, target_, "kimberlite_peer_faults"), static_cast<double>(rows.size()));
  EXPECT_GE(metric(network_, target_, "kimberlite_peer_messages_refused_total{reason=\"MALFORMED\"}"), 3);
  EXPECT_GE(metric(network_, target_, "kimberlite_peer_messages_refused_total{reason=\"BAD_SIGNATURE\"}"), 1);

  network_.start(attacker_);
  ASSERT_TRUE(network_.wait_ready(attacker_, kPatienceMs)) << network_.describe();
  EXPECT_TRUE(network_.wait_equal(number, kPatienceMs)) << network_.describe();
}

/// Evidence is kept for ever and shown where an operator looks: metric, status, command line, also after a restart.
TEST_F(HostilePeers, ValidatorThatVotesTwiceIsNamed) {
  const auto key = cli::load_key(network_.folder() / "nodes" / attacker_ / "node.key");
  ASSERT_TRUE(key) << key.error().to_string();
  network_.signal(attacker_, SIGKILL);
  expect_serving(1);
  const auto status = network_.client(target_).status();
  ASSERT_TRUE(status);
  const auto peer = establish(*key);
  ASSERT_NE(peer, nullptr);
  vote_twice(*peer, *key, View{status->view() + 1});
  ASSERT_TRUE(wait_until(kPatienceMs, [&] { return metric(network_, target_, "kimberlite_evidence") == 1; }));
  const auto shown = [&] {
    const auto printed = network_.run_cli({"evidence"});
    EXPECT_NE(printed.output.find(attacker_), std::string::npos) << printed.output;
    EXPECT_NE(printed.output.find("Proven: two votes by one key"), std::string::npos) << printed.output;
    EXPECT_EQ(printed.output.find("NO: "), std::string::npos) << printed.output;
    const auto all = network_.run_cli({"status"});
    EXPECT_NE(all.output.find("voted against itself"), std::string::npos) << all.output;
  };
  shown();
  network_.signal(target_, SIGKILL);
  network_.start(target_);
  network_.start(attacker_);
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  shown();
  expect_serving(2);
}

/// Who votes twice in every view fills no disk: sixteen pairs are kept, over a restart as well.
TEST_F(HostilePeers, EvidenceOfOneKeyIsBounded) {
  constexpr std::uint64_t kKept = 16;
  constexpr std::uint64_t kWindow = 8;  // views ahead that are listened to
  constexpr std::int64_t kHeardMs = 1'000;
  constexpr int kRoundsMax = 30;
  const auto key = cli::load_key(network_.folder() / "nodes" / attacker_ / "node.key");
  ASSERT_TRUE(key) << key.error().to_string();
  network_.signal(attacker_, SIGKILL);
  std::uint64_t number = 1;
  std::uint64_t voted = 0;
  // The network goes on meanwhile: of some views it has no use for votes any more.
  const auto vote_twice_in_all = [&] {
    expect_serving(number++);
    const auto status = network_.client(target_).status();
    ASSERT_TRUE(status);
    const auto peer = establish(*key);
    ASSERT_NE(peer, nullptr);
    for (voted = std::max(voted, status->view()); voted < status->view() + kWindow;)
      vote_twice(*peer, *key, View{++voted});
    wait_until(kHeardMs, [&] { return metric(network_, target_, "kimberlite_evidence") == kKept; });
  };
  for (int rounds = 0; metric(network_, target_, "kimberlite_evidence") < kKept; ++rounds) {
    ASSERT_LT(rounds, kRoundsMax) << network_.describe();
    vote_twice_in_all();
  }
  vote_twice_in_all();
  expect_serving(number++);
  EXPECT_EQ(metric(network_, target_, "kimberlite_evidence"), kKept);
  network_.signal(target_, SIGKILL);
  network_.start(target_);
  ASSERT_TRUE(network_.wait_all_ready(kPatienceMs)) << network_.describe();
  EXPECT_EQ(metric(network_, target_, "kimberlite_evidence"), kKept);
}

}  // namespace
}  // namespace kimberlite::cluster
