// One connection to a peer, from TCP to its end: TLS with pinned keys, the Hello each way, then frames both ways.
// It knows nothing of queues or of other connections: its owner decides. Lives on the network's thread; its pending
// operations keep it alive; after closed() it calls its owner no more.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "node/net/frame.h"
#include "node/net/peer_network.h"
#include "node/net/tls_identity.h"
#include "proto/digest.h"
#include "proto/error.h"

namespace kimberlite::net {

class Connection;

/// Whose doing the end of a connection was: a peer that broke the protocol is punished, a broken line is not.
enum class Fault : std::uint8_t { kLine, kPeer };

/// What a connection asks of the network. Called on the network's thread.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  /// TLS is up, with an accepted key: our Hello, serialised. An error closes the connection before anything was said.
  virtual Result<std::string> secured(Connection& connection) = 0;
  /// Both Hellos are done.
  virtual void established(const std::shared_ptr<Connection>& connection, const PeerHello& hello) = 0;
  /// A frame after the Hello.
  virtual void received(Connection& connection, std::string payload) = 0;
  /// Whether the next bytes may be read; if not, the owner calls read_more() later.
  virtual bool may_read(Connection& connection) = 0;
  /// Appends what is to be written next.
  virtual void fill(Connection& connection, std::string& out) = 0;
  /// The connection is over; called once.
  virtual void closed(const std::shared_ptr<Connection>& connection, const Error& why, Fault fault) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Tcp = boost::asio::ip::tcp;

  Connection(Tcp::socket socket, boost::asio::ssl::context& tls, ConnectionOwner& owner, std::vector<PublicKey> allowed,
             const Digest& chain_id);

  /// Dials one of the endpoints, then as client.
  void connect(const Tcp::resolver::results_type& endpoints);
  /// Goes on as server with an accepted socket.
  void accept();
  /// Writes what the owner has, unless a write is in flight (which goes on by itself).
  void write_more();
  /// Reads on, unless a read is in flight or the owner says no.
  void read_more();
  /// Ends the connection now.
  void close(const Error& why, Fault fault);

  /// The Ed25519 key that the other side showed, accepted or not.
  [[nodiscard]] const std::optional<PublicKey>& peer_key() const { return pinned_.seen; }

 private:
  using Role = boost::asio::ssl::stream_base::handshake_type;

  void start_timer();
  void handshake(Role role);
  void on_secured();
  void write(std::string bytes);
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  Result<void> on_payload(std::string payload);
  void end_after_write(const Error& why);
  void close_on(const boost::system::error_code& error, const std::string& doing);
  Error handshake_error(const boost::system::error_code& error) const;

  PinnedKeys pinned_;
  boost::asio::ssl::stream<Tcp::socket> stream_;
  boost::asio::steady_timer timer_;
  ConnectionOwner& owner_;
  const Digest chain_id_;
  FrameDecoder decoder_;
  std::array<char, 16 * 1024> read_buffer_{};  // a TLS record holds no more
  std::string write_buffer_;
  std::optional<Error> end_after_write_;
  bool established_{};
  bool reading_{};
  bool writing_{};
  bool closed_{};
};

}  // namespace kimberlite::net
