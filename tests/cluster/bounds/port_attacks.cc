// Attacks by strangers, on all three ports: connections that go no further, and readers that do not read.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "node/net/tls_identity.h"
#include "tests/cluster/bounds/attack.h"
#include "tests/cluster/bounds/byzantine_peer.h"

namespace kimberlite::bounds {
namespace {

constexpr std::size_t kPeerConnections = 300;  // more than the node holds unfinished
constexpr std::size_t kHttpConnections = 400;  // more than the node serves at once
constexpr std::size_t kGrpcConnections = 2'000;
constexpr std::size_t kWatchConnections = 300;
constexpr int kSmallBufferBytes = 4 * 1024;
constexpr std::chrono::milliseconds kBetweenRounds{100};
/// Connections that the node closed are replaced, so many a round.
constexpr std::size_t kReplacedARound = 50;
/// A TLS record that says "handshake, 512 bytes follow", and the first of them.
const std::string kHalfAHello("\x16\x03\x01\x02\x00\x01", 6);

std::uint16_t port_in(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

/// A socket that says something once and then nothing.
class Silent {
 public:
  Silent(std::uint16_t port, const std::string& words) : socket_(connect_to(port, kSmallBufferBytes)) {
    if (socket_ < 0) return;
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    if (!words.empty()) ::send(socket_, words.data(), words.size(), MSG_NOSIGNAL);
  }
  ~Silent() {
    if (socket_ >= 0) ::close(socket_);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  /// Looks without taking anything out of the buffer.
  [[nodiscard]] bool over() const {
    char byte = 0;
    if (socket_ < 0) return true;
    const auto got = ::recv(socket_, &byte, 1, MSG_PEEK);
    return got == 0 || (got < 0 && errno != EAGAIN);
  }

 private:
  int socket_;
};

/// Keeps `count` silent connections; what the node closes is opened anew.
void hold(std::uint16_t port, std::size_t count, const std::function<std::string(std::size_t)>& words,
          const std::stop_token& stop, Effort& effort) {
  std::vector<std::unique_ptr<Silent>> held;
  std::size_t made = 0;
  while (!stop.stop_requested()) {
    std::erase_if(held, [](const auto& silent) { return silent->over(); });
    for (std::size_t i = 0; i < kReplacedARound && held.size() < count && !stop.stop_requested(); ++i) {
      const std::string said = words(made++);
      held.push_back(std::make_unique<Silent>(port, said));
      effort.bytes += said.size();
      ++effort.connections;
    }
    std::this_thread::sleep_for(kBetweenRounds);
  }
}

/// The same, where each connection is said the same.
std::function<void(const Scene&, const std::stop_token&, Effort&)> holding(
    std::size_t count, std::function<std::uint16_t(const Scene&)> port, std::string words) {
  return [count, port = std::move(port), words = std::move(words)](const Scene& scene, const std::stop_token& stop,
                                                                   Effort& effort) {
    hold(port(scene), count, [&words](std::size_t) { return words; }, stop, effort);
  };
}

std::uint16_t peer_port(const Scene& scene) {
  return scene.peer_port();
}
std::uint16_t http_port(const Scene& scene) {
  return port_in(scene.network.address(scene.target).http);
}
std::uint16_t grpc_port(const Scene& scene) {
  return port_in(scene.network.address(scene.target).grpc);
}

/// Whole TLS handshakes with keys of nobody.
void strangers_over_tls(const Scene& scene, const std::stop_token& stop, Effort& effort) {
  auto tls = net::make_tls_context(SecretKey::generate());
  while (tls && !stop.stop_requested()) {
    ByzantinePeer::connect(scene.peer_port(), *tls, "hello", true);
    ++effort.connections;
  }
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: node\r\n\r\n";
}

/// Many requests on each connection, and no answer read: pages of metrics, and the widest tiles.
std::string http_requests() {
  std::string out;
  for (int i = 0; i < 50; ++i) out += get("/tile/entries/000.p/255") + get("/tile/entries/000") + get("/metrics");
  return out;
}

/// HTTP/2 by hand: preface, settings with the smallest window, one call of Watch from the first leaf on.
std::string grpc_watch() {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const auto frame = [](char type, char flags, char stream, const std::string& payload) {
    std::string out{
        0, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream};
    return out + payload;
  };
  const auto literal = [](const std::string& name, const std::string& value) {
    return std::string(1, '\0') + static_cast<char>(name.size()) + name + static_cast<char>(value.size()) + value;
  };
  const std::string headers = literal(":method", "POST") + literal(":scheme", "http") +
                              literal(":path", "/kimberlite.v1.Ledger/Watch") + literal(":authority", "node") +
                              literal("content-type", "application/grpc") + literal("te", "trailers");
  constexpr char kSettings = 4;
  constexpr char kHeaders = 1;
  constexpr char kEndHeaders = 4;
  constexpr char kEndStream = 1;
  std::string out(kPreface);
  out += frame(kSettings, 0, 0, {});
  for (char stream = 1; stream < 20; stream = static_cast<char>(stream + 2)) {
    out += frame(kHeaders, kEndHeaders, stream, headers);
    out += frame(0, kEndStream, stream, std::string(5, '\0'));  // an empty request
  }
  return out;
}

}  // namespace

std::vector<Attack> port_attacks() {
  return {
      {.name = "peer-half-open",
       .meaning = "300 connections to the peer port that say nothing",
       .reached = {Bound::kHandshakes},
       .strangers = holding(kPeerConnections, peer_port, {})},
      {.name = "peer-half-tls",
       .meaning = "300 connections to the peer port that stop within the TLS handshake",
       .reached = {Bound::kHandshakes},
       .strangers = holding(kPeerConnections, peer_port, kHalfAHello)},
      {.name = "peer-strangers",
       .meaning = "whole TLS handshakes with keys of nobody, one after another",
       .reached = {Bound::kHandshakes},
       .strangers = strangers_over_tls},
      {.name = "http-half-open",
       .meaning = "400 connections with half a request",
       .reached = {Bound::kHttp},
       .strangers = holding(kHttpConnections, http_port, "GET /metr")},
      {.name = "http-slow-readers",
       .meaning = "400 connections that ask for tiles and metrics and do not read",
       .reached = {Bound::kHttp},
       .strangers = holding(kHttpConnections, http_port, http_requests())},
      {.name = "grpc-half-open",
       .meaning = "2,000 connections to the gRPC port that say nothing",
       .reached = {Bound::kGrpc},
       .strangers = holding(kGrpcConnections, grpc_port, {})},
      {.name = "grpc-slow-readers",
       .meaning = "300 connections with ten streams of the log each, not read",
       .reached = {Bound::kGrpc, Bound::kWatch},
       .strangers = holding(kWatchConnections, grpc_port, grpc_watch())},
  };
}

}  // namespace kimberlite::bounds
