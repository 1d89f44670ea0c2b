// A connection to a node's peer port with a validator's own key, through which any bytes may go. Written to be cheap:
// an attacker who shares the machine must not be what slows it down. One owner.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "node/net/frame.h"

namespace kimberlite::bounds {

/// A payload with its length before it.
std::string framed(std::string_view payload);

/// A TCP connection to a port of 127.0.0.1 with a receive buffer of this size (0: the system's); -1 if there is none.
int connect_to(std::uint16_t port, int receive_buffer_bytes = 0);

class ByzantinePeer {
 public:
  /// What to do with a frame of the node.
  using Heard = std::function<void(const std::string& payload)>;

  /// Connected, both Hellos exchanged; null if the node refuses, as it does for a while after a fault.
  static std::unique_ptr<ByzantinePeer> connect(std::uint16_t port, boost::asio::ssl::context& tls,
                                                const std::string& hello, bool reads);
  ~ByzantinePeer();
  ByzantinePeer(const ByzantinePeer&) = delete;
  ByzantinePeer& operator=(const ByzantinePeer&) = delete;

  /// Writes all of it, and reads meanwhile if `reads` was set. False: the connection is over, or a stop was asked for.
  bool send(std::string_view bytes, const std::stop_token& stop, const Heard& heard);
  /// Waits this long and reads if `reads` was set. False: the connection is over.
  bool wait(std::chrono::milliseconds time, const Heard& heard);

 private:
  ByzantinePeer(int socket, SSL* session, bool reads) : socket_(socket), session_(session), reads_(reads) {}
  bool read_all(const Heard& heard);

  int socket_;
  SSL* session_;
  bool reads_;
  net::FrameDecoder decoder_{net::kFrameBytesMax};
};

}  // namespace kimberlite::bounds
