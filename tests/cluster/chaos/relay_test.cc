// The TCP relay against an echo server on loopback: each rule does what it says, in its own direction only. Lower
// bounds of time only: nothing here depends on how fast the machine is.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "tests/cluster/chaos/tcp_relay.h"

namespace kimberlite::chaos {
namespace {

using boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kQuiet{300};

/// Node 0 dials node 1 through the relay; the test is both of them.
class Relay : public testing::Test {
 protected:
  Relay() : listener_(context_, {boost::asio::ip::address_v4::loopback(), 0}), caller_(context_), called_(context_) {
    const auto port = relay_.add(0, 1, "127.0.0.1:" + std::to_string(listener_.local_endpoint().port()));
    EXPECT_TRUE(port) << port.error().to_string();
    caller_.connect({boost::asio::ip::address_v4::loopback(), *port});
    listener_.accept(called_);
  }

  static void say(tcp::socket& socket, const std::string& text) {
    boost::asio::write(socket, boost::asio::buffer(text));
  }

  /// What arrives next; "(end)" if the connection ended.
  static std::string hear(tcp::socket& socket) {
    std::array<char, 64> buffer{};
    boost::system::error_code error;
    const std::size_t size = socket.read_some(boost::asio::buffer(buffer), error);
    return error ? "(end)" : std::string(buffer.data(), size);
  }

  static bool quiet(tcp::socket& socket) {
    std::this_thread::sleep_for(kQuiet);
    return socket.available() == 0;
  }

  TcpRelay relay_{1};
  boost::asio::io_context context_;
  tcp::acceptor listener_;
  tcp::socket caller_;
  tcp::socket called_;
};

TEST_F(Relay, ForwardsBothWays) {
  say(caller_, "there");
  EXPECT_EQ(hear(called_), "there");
  say(called_, "back");
  EXPECT_EQ(hear(caller_), "back");
}

TEST_F(Relay, CutOneWayLeavesTheOtherAndKeepsTheBytes) {
  relay_.set(0, 1, {.cut = true});
  say(caller_, "lost?");
  say(called_, "back");
  EXPECT_EQ(hear(caller_), "back");
  EXPECT_TRUE(quiet(called_));
  relay_.set(0, 1, {});
  EXPECT_EQ(hear(called_), "lost?");
}

TEST_F(Relay, DelaysAtLeastSoLong) {
  relay_.set(1, 0, {.delay_ms = 200});
  const auto begin = Clock::now();
  say(called_, "late");
  EXPECT_EQ(hear(caller_), "late");
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(200));
}

TEST_F(Relay, ThinLine) {
  relay_.set(0, 1, {.bytes_per_s = 100});
  const auto begin = Clock::now();
  for (int i = 0; i < 3; ++i) {
    say(caller_, "ten bytes!");
    EXPECT_EQ(hear(called_), "ten bytes!");
  }
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(200));
}

TEST_F(Relay, GarblesOneBit) {
  relay_.set(0, 1, {.garble_percent = 100});
  say(caller_, "x");
  EXPECT_EQ(hear(called_), std::string(1, 'x' ^ 0x10));
}

TEST_F(Relay, ResetEndsBoth) {
  say(caller_, "hello");
  EXPECT_EQ(hear(called_), "hello");
  relay_.reset(1, 0);
  EXPECT_EQ(hear(caller_), "(end)");
  EXPECT_EQ(hear(called_), "(end)");
}

TEST_F(Relay, RefusesWhatIsNoAddress) {
  EXPECT_FALSE(relay_.add(0, 1, "nonsense"));
  EXPECT_FALSE(relay_.add(0, 1, "127.0.0.1:"));
  EXPECT_FALSE(relay_.add(0, 1, "127.0.0.1:70000"));
}

}  // namespace
}  // namespace kimberlite::chaos
