#include "node/net/internal/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"

namespace kimberlite::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
template <int kLevel, int kName>
using IntegerOption = asio::detail::socket_option::integer<kLevel, kName>;

// A silent peer is probed by the kernel; nothing else moves on an idle connection.
constexpr int kKeepaliveIdleS = 30;
constexpr int kKeepaliveIntervalS = 10;
constexpr int kKeepaliveProbes = 3;
/// Sent bytes that stay unacknowledged this long end the connection.
constexpr int kUnacknowledgedTimeoutMs = 20'000;
/// Bytes that the kernel holds unsent, so that a vote does not wait behind megabytes of catch-up.
constexpr int kUnsentBytesMax = 128 * 1024;

void set_options(asio::ip::tcp::socket& socket) {
  error_code ignored;  // a connection without one of these is worse, not wrong
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPIDLE>(kKeepaliveIdleS), ignored);
  socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPINTVL>(kKeepaliveIntervalS), ignored);
  socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPCNT>(kKeepaliveProbes), ignored);
  socket.set_option(IntegerOption<IPPROTO_TCP, TCP_USER_TIMEOUT>(kUnacknowledgedTimeoutMs), ignored);
  socket.set_option(IntegerOption<IPPROTO_TCP, TCP_NOTSENT_LOWAT>(kUnsentBytesMax), ignored);
}

bool is_end_of_stream(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Connection::Connection(Tcp::socket socket, asio::ssl::context& tls, ConnectionOwner& owner,
                       std::vector<PublicKey> allowed, const Digest& chain_id)
    : pinned_{std::move(allowed), std::nullopt},
      stream_(std::move(socket), tls),
      timer_(stream_.get_executor()),
      owner_(owner),
      chain_id_(chain_id),
      decoder_(kHelloBytesMax) {
  pin_keys(stream_.native_handle(), pinned_);
}

void Connection::start_timer() {
  timer_.expires_after(std::chrono::milliseconds(kHandshakeTimeoutMs));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->established_) return;
    self->close(Error{Reason::UNAVAILABLE, "", "no handshake within " + std::to_string(kHandshakeTimeoutMs) + " ms"},
                Fault::kLine);
  });
}

void Connection::connect(const Tcp::resolver::results_type& endpoints) {
  start_timer();
  asio::async_connect(stream_.lowest_layer(), endpoints,
                      [self = shared_from_this()](const error_code& error, const Tcp::endpoint&) {
                        if (error) return self->close_on(error, "connecting");
                        self->handshake(Role::client);
                      });
}

void Connection::accept() {
  start_timer();
  handshake(Role::server);
}

void Connection::handshake(Role role) {
  if (closed_) return;
  set_options(stream_.next_layer());
  stream_.async_handshake(role, [self = shared_from_this()](const error_code& error) {
    if (error) return self->close(self->handshake_error(error), Fault::kPeer);
    self->on_secured();
  });
}

Error Connection::handshake_error(const error_code& error) const {
  const bool met_other_key =
      pinned_.seen && std::find(pinned_.allowed.begin(), pinned_.allowed.end(), *pinned_.seen) == pinned_.allowed.end();
  if (met_other_key) {
    return Error{Reason::UNKNOWN_KEY, "",
                 "the other side has node key " + pinned_.seen->hex() +
                     (pinned_.allowed.size() == 1 ? ", expected was " + pinned_.allowed[0].hex()
                                                  : ", which is none of this network's dialling peers")};
  }
  return Error{Reason::UNAVAILABLE, "", "TLS handshake: " + error.message()};
}

void Connection::on_secured() {
  if (closed_) return;
  if (!agreed_on_protocol(stream_.native_handle())) {
    return close(Error{Reason::MALFORMED, "", "the other side does not speak " + std::string(kAlpn)}, Fault::kPeer);
  }
  const auto hello = owner_.secured(*this);
  if (!hello) return close(hello.error(), Fault::kPeer);
  const auto header = frame_header(hello->size());
  write(std::string(header.data(), header.size()) + *hello);
  read_more();
}

void Connection::write_more() {
  if (closed_ || writing_ || !established_) return;
  std::string bytes = std::exchange(write_buffer_, {});
  bytes.clear();
  owner_.fill(*this, bytes);
  if (bytes.empty()) {
    write_buffer_ = std::move(bytes);
    return;
  }
  write(std::move(bytes));
}

void Connection::write(std::string bytes) {
  write_buffer_ = std::move(bytes);
  writing_ = true;
  asio::async_write(stream_, asio::buffer(write_buffer_),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      self->writing_ = false;
                      if (error) return self->close_on(error, "writing");
                      if (self->end_after_write_) return self->close(*self->end_after_write_, Fault::kPeer);
                      self->write_more();
                    });
}

void Connection::read_more() {
  if (closed_ || reading_ || end_after_write_ || (established_ && !owner_.may_read(*this))) return;
  reading_ = true;
  stream_.async_read_some(
      asio::buffer(read_buffer_),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void Connection::on_read(const error_code& error, std::size_t bytes) {
  reading_ = false;
  if (closed_) return;
  if (error) return close_on(error, "reading");
  std::string_view input(read_buffer_.data(), bytes);
  while (!closed_ && !end_after_write_) {
    auto payload = decoder_.next(input);
    if (!payload) return close(payload.error(), Fault::kPeer);
    if (!*payload) break;
    if (const auto taken = on_payload(*std::move(*payload)); !taken) return end_after_write(taken.error());
  }
  read_more();
}

Result<void> Connection::on_payload(std::string payload) {
  if (established_) {
    owner_.received(*this, std::move(payload));
    return {};
  }
  const auto hello = read_hello(payload, chain_id_, wall_clock_now());
  if (!hello) return std::unexpected(hello.error());
  owner_.established(shared_from_this(), *hello);
  established_ = true;
  timer_.cancel();
  decoder_.set_payload_bytes_max(kFrameBytesMax);
  write_more();
  return {};
}

/// Lets our Hello get out first, so that the other side learns why it was refused.
void Connection::end_after_write(const Error& why) {
  if (!writing_) return close(why, Fault::kPeer);
  end_after_write_ = why;
}

void Connection::close_on(const error_code& error, const std::string& doing) {
  if (end_after_write_) return close(*end_after_write_, Fault::kPeer);
  if (!is_end_of_stream(error))
    return close(Error{Reason::UNAVAILABLE, "", doing + ": " + error.message()}, Fault::kLine);
  const std::string where = decoder_.between_frames() ? "" : " in the middle of a frame";
  close(Error{Reason::UNAVAILABLE, "", "the other side closed the connection" + where}, Fault::kLine);
}

void Connection::close(const Error& why, Fault fault) {
  if (std::exchange(closed_, true)) return;
  const auto self = shared_from_this();
  timer_.cancel();
  error_code ignored;
  stream_.lowest_layer().close(ignored);
  owner_.closed(self, why, fault);
}

}  // namespace kimberlite::net
