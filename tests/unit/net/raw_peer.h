// A peer as an attacker would write it: blocking OpenSSL on a plain socket, every byte under the test's control.
// Reads and handshakes give up after a generous time, so that a test fails instead of hanging.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/ed25519.h"

namespace kimberlite::net {

class RawPeer {
 public:
  /// A TCP connection to 127.0.0.1; `receive_buffer` bytes of kernel buffer if not zero; from this address of 127/8.
  explicit RawPeer(std::uint16_t port, int receive_buffer = 0, const char* source = "127.0.0.1");
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer();

  /// TLS as a well-behaved node with this key would do it, after `alter` had its way with the context. False if it
  /// failed.
  bool handshake(const SecretKey& key, const std::function<void(SSL_CTX*)>& alter = {});

  /// Plain bytes on the socket, below TLS.
  void write_plain(std::string_view bytes);
  /// Bytes inside TLS. False if the connection is gone.
  bool write(std::string_view bytes);
  /// A frame inside TLS.
  bool write_frame(std::string_view payload);
  /// The next frame; nullopt if the connection ended.
  std::optional<std::string> read_frame();
  /// Waits for the other side to end the connection, whatever comes before.
  bool closed();
  /// Whether anything arrives, at any layer, within the time.
  bool anything_arrives(int wait_ms);

 private:
  bool read(char* bytes, std::size_t size);

  int socket_{-1};
  SSL_CTX* context_{};
  SSL* session_{};
};

}  // namespace kimberlite::net
