#include "tests/unit/net/raw_peer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "node/net/frame.h"
#include "node/net/tls_identity.h"

namespace kimberlite::net {
namespace {

constexpr timeval kPatience{30, 0};

int accept_any(X509_STORE_CTX* /*store*/, void* /*unused*/) {
  return 1;
}

}  // namespace

RawPeer::RawPeer(std::uint16_t port, int receive_buffer, const char* source) {
  std::signal(SIGPIPE, SIG_IGN);  // a test may write to a connection that the node has closed
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  EXPECT_EQ(::inet_pton(AF_INET, source, &address.sin_addr), 1);
  EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

RawPeer::~RawPeer() {
  SSL_free(session_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

bool RawPeer::handshake(const SecretKey& key, const std::function<void(SSL_CTX*)>& alter) {
  auto made = make_tls_context(key);
  context_ = made->native_handle();
  SSL_CTX_up_ref(context_);
  SSL_CTX_set_cert_verify_callback(context_, accept_any, nullptr);
  if (alter) alter(context_);
  session_ = SSL_new(context_);
  SSL_set_fd(session_, socket_);
  return SSL_connect(session_) == 1;
}

void RawPeer::write_plain(std::string_view bytes) {
  EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

bool RawPeer::write(std::string_view bytes) {
  return SSL_write(session_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

bool RawPeer::write_frame(std::string_view payload) {
  const auto header = frame_header(payload.size());
  return write(std::string(header.data(), header.size()).append(payload));
}

bool RawPeer::read(char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const int got = SSL_read(session_, bytes + done, static_cast<int>(size - done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<std::string> RawPeer::read_frame() {
  std::array<char, kFrameHeaderBytes> header{};
  if (!read(header.data(), header.size())) return std::nullopt;
  std::size_t size = 0;
  for (const char byte : header) size = (size << 8) | static_cast<unsigned char>(byte);
  std::string payload(size, '\0');
  if (!read(payload.data(), size)) return std::nullopt;
  return payload;
}

bool RawPeer::closed() {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got == 0) return true;
    if (got < 0) return errno == ECONNRESET || errno == EPIPE;
  }
}

bool RawPeer::anything_arrives(int wait_ms) {
  pollfd waiting{socket_, POLLIN, 0};
  return (session_ != nullptr && SSL_pending(session_) > 0) || ::poll(&waiting, 1, wait_ms) != 0;
}

}  // namespace kimberlite::net
