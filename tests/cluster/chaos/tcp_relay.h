// A TCP relay that breaks things: for each pair of nodes it listens on a port of loopback, forwards to the real one,
// and treats each direction as told. It needs no privileges. A stream cannot lose, double or reorder bytes without
// ending the TLS in it, so those rules are ignored here; a garbled bit does end it. Owns its thread; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "proto/error.h"
#include "tests/cluster/chaos/links.h"

namespace kimberlite::chaos {

/// Bytes of one direction of one connection that wait in the relay; above it the sender has to wait.
inline constexpr std::size_t kRelayBytesMax = 256 * 1024;
/// Connections of one link at once; with one more the oldest ends.
inline constexpr std::size_t kRelayConnectionsMax = 8;

class TcpRelay : public Links {
 public:
  explicit TcpRelay(std::uint64_t seed);
  ~TcpRelay() override;
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  /// Listens on loopback, at `port` or, if 0, at a free one, for what `from` dials at `to`, and forwards it to
  /// `target` ("127.0.0.1:7001"). Returns the port. BAD_CONFIGURATION: not an address, or the port is taken.
  Result<std::uint16_t> add(std::size_t from, std::size_t to, const std::string& target, std::uint16_t port = 0);

  void set(std::size_t from, std::size_t to, const LinkRule& rule) override;
  [[nodiscard]] bool has_packets() const override { return false; }
  void reset(std::size_t one, std::size_t other) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kimberlite::chaos
