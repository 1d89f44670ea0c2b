// The switch of packets between namespaces, with datagrams from one node to another: each rule does what it says, in
// its own direction only. Skipped, with the reason, where this machine does not permit namespaces.
#include "tests/cluster/chaos/packet_switch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

namespace kimberlite::chaos {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 7'000;
constexpr int kQuietMs = 300;
constexpr int kPatienceMs = 10'000;

sockaddr_in address_of(std::size_t node) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  inet_pton(AF_INET, PacketSwitch::host(node).c_str(), &address.sin_addr);
  return address;
}

/// Two nodes with a datagram socket each.
class Packets : public testing::Test {
 protected:
  void SetUp() override {
    auto made = PacketSwitch::make(2, 1);
    ASSERT_TRUE(made) << made.error().to_string();
    switch_ = *std::move(made);
    for (std::size_t node = 0; node < sockets_.size(); ++node) sockets_[node] = open_socket(node);
    ASSERT_TRUE(sockets_[0] >= 0 && sockets_[1] >= 0);
  }
  void TearDown() override {
    for (const int socket : sockets_) {
      if (socket >= 0) close(socket);
    }
  }

  /// A socket belongs to the namespace in which it was made.
  int open_socket(std::size_t node) const {
    int made = -1;
    std::thread([&] {
      if (setns(switch_->network_namespace(node), CLONE_NEWNET) != 0) return;
      const sockaddr_in own = address_of(node);
      const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0) made = socket;
    }).join();
    return made;
  }

  void say(std::size_t from, std::size_t to, const std::string& text) const {
    const sockaddr_in address = address_of(to);
    ASSERT_EQ(sendto(sockets_[from], text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                     sizeof(address)),
              static_cast<ssize_t>(text.size()));
  }

  /// The next datagram; "(nothing)" if none comes.
  [[nodiscard]] std::string hear(std::size_t node, int patience_ms = kPatienceMs) const {
    pollfd wait{sockets_[node], POLLIN, 0};
    if (poll(&wait, 1, patience_ms) != 1) return "(nothing)";
    std::array<char, 64> buffer{};
    const auto size = recv(sockets_[node], buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(size)};
  }

  std::unique_ptr<PacketSwitch> switch_;
  std::array<int, 2> sockets_{-1, -1};
};

TEST_F(Packets, ArriveBothWays) {
  say(0, 1, "there");
  EXPECT_EQ(hear(1), "there");
  say(1, 0, "back");
  EXPECT_EQ(hear(0), "back");
}

TEST_F(Packets, CutOneWayLeavesTheOther) {
  switch_->set(0, 1, {.cut = true});
  say(0, 1, "lost");
  EXPECT_EQ(hear(1, kQuietMs), "(nothing)");
  say(1, 0, "back");
  EXPECT_EQ(hear(0), "back");
  switch_->set(0, 1, {});
  say(0, 1, "there");
  EXPECT_EQ(hear(1), "there");
}

TEST_F(Packets, Lost) {
  switch_->set(0, 1, {.loss_percent = 100});
  say(0, 1, "lost");
  EXPECT_EQ(hear(1, kQuietMs), "(nothing)");
}

TEST_F(Packets, Twice) {
  switch_->set(0, 1, {.twice_percent = 100});
  say(0, 1, "twice");
  EXPECT_EQ(hear(1), "twice");
  EXPECT_EQ(hear(1), "twice");
}

// The receiver's checksum finds the flipped bit.
TEST_F(Packets, GarbledIsThrownAway) {
  switch_->set(0, 1, {.garble_percent = 100});
  say(0, 1, "garbled");
  EXPECT_EQ(hear(1, kQuietMs), "(nothing)");
}

TEST_F(Packets, DelayedAtLeastSoLong) {
  switch_->set(0, 1, {.delay_ms = 200});
  const auto begin = Clock::now();
  say(0, 1, "late");
  EXPECT_EQ(hear(1), "late");
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(200));
}

TEST_F(Packets, Overtaken) {
  switch_->set(0, 1, {.delay_ms = 300});
  say(0, 1, "first");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the switch has it
  switch_->set(0, 1, {});
  say(0, 1, "second");
  EXPECT_EQ(hear(1), "second");
  EXPECT_EQ(hear(1), "first");
}

TEST_F(Packets, ThinLine) {
  switch_->set(0, 1, {.bytes_per_s = 500});  // a datagram has 28 bytes of headers
  const auto begin = Clock::now();
  for (int i = 0; i < 4; ++i) say(0, 1, "twenty-two bytes more.");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(hear(1), "twenty-two bytes more.");
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace kimberlite::chaos
