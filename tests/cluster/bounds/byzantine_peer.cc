// Blocking until the Hellos are exchanged, then not: see byzantine_peer.h.
#include "tests/cluster/bounds/byzantine_peer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace kimberlite::bounds {
namespace {

constexpr timeval kHandshakePatience{2, 0};
constexpr int kPollMs = 50;
constexpr std::size_t kReadBytes = 16 * 1024;

bool read_exactly(SSL* session, char* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const int got = SSL_read(session, bytes + done, static_cast<int>(size - done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool exchange_hellos(SSL* session, const std::string& hello) {
  const std::string bytes = framed(hello);
  if (SSL_write(session, bytes.data(), static_cast<int>(bytes.size())) <= 0) return false;
  std::array<unsigned char, net::kFrameHeaderBytes> header{};
  if (!read_exactly(session, reinterpret_cast<char*>(header.data()), header.size())) return false;
  std::size_t size = 0;
  for (const unsigned char byte : header) size = (size << 8) | byte;
  std::string payload(size, '\0');
  return size < kReadBytes && read_exactly(session, payload.data(), size);
}

}  // namespace

std::string framed(std::string_view payload) {
  const auto header = net::frame_header(payload.size());
  return std::string(header.data(), header.size()).append(payload);
}

int connect_to(std::uint16_t port, int receive_buffer_bytes) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &kHandshakePatience, sizeof kHandshakePatience);
  ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &kHandshakePatience, sizeof kHandshakePatience);
  if (receive_buffer_bytes > 0)
    ::setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
  ::close(made);
  return -1;
}

std::unique_ptr<ByzantinePeer> ByzantinePeer::connect(std::uint16_t port, boost::asio::ssl::context& tls,
                                                      const std::string& hello, bool reads) {
  const int socket = connect_to(port);
  if (socket < 0) return nullptr;
  SSL* session = SSL_new(tls.native_handle());
  SSL_set_fd(session, socket);
  SSL_set_verify(session, SSL_VERIFY_NONE, nullptr);
  SSL_set_mode(session, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  std::unique_ptr<ByzantinePeer> peer(new ByzantinePeer(socket, session, reads));
  if (SSL_connect(session) != 1 || !exchange_hellos(session, hello)) return nullptr;
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
  return peer;
}

ByzantinePeer::~ByzantinePeer() {
  SSL_free(session_);
  ::close(socket_);
}

bool ByzantinePeer::send(std::string_view bytes, const std::stop_token& stop, const Heard& heard) {
  while (!bytes.empty()) {
    if (stop.stop_requested() || !read_all(heard)) return false;
    const int wrote = SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()));
    if (wrote > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      continue;
    }
    if (SSL_get_error(session_, wrote) != SSL_ERROR_WANT_WRITE) return false;
    pollfd waiting{socket_, static_cast<short>(reads_ ? POLLOUT | POLLIN : POLLOUT), 0};
    ::poll(&waiting, 1, kPollMs);
  }
  return true;
}

bool ByzantinePeer::wait(std::chrono::milliseconds time, const Heard& heard) {
  pollfd waiting{socket_, static_cast<short>(reads_ ? POLLIN : 0), 0};
  ::poll(&waiting, 1, static_cast<int>(time.count()));
  return (waiting.revents & (POLLHUP | POLLERR)) == 0 && read_all(heard);
}

bool ByzantinePeer::read_all(const Heard& heard) {
  if (!reads_) return true;
  std::array<char, kReadBytes> buffer{};
  for (;;) {
    const int got = SSL_read(session_, buffer.data(), static_cast<int>(buffer.size()));
    if (got <= 0) return SSL_get_error(session_, got) == SSL_ERROR_WANT_READ;
    if (!heard) continue;
    std::string_view input(buffer.data(), static_cast<std::size_t>(got));
    for (;;) {
      const auto payload = decoder_.next(input);
      if (!payload) return false;
      if (!*payload) break;
      heard(**payload);
    }
  }
}

}  // namespace kimberlite::bounds
