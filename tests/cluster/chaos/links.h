// Faults of the links between nodes, told apart by direction: what a partition, a slow or a lossy line is made of. Two
// implementations: a TCP relay on loopback (tcp_relay.h), which anybody may run, and a switch of IP packets between
// network namespaces (packet_switch.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace kimberlite::chaos {

/// What happens to what one node sends to another. The default is a good line.
struct LinkRule {
  bool cut{};                      ///< nothing arrives
  std::int64_t delay_ms{};         ///< before it arrives
  std::int64_t jitter_ms{};        ///< at most so much more, drawn anew each time; packets overtake one another by it
  std::int64_t bytes_per_s{};      ///< 0: as fast as it goes
  std::uint32_t loss_percent{};    ///< packets only
  std::uint32_t twice_percent{};   ///< packets only: delivered twice
  std::uint32_t garble_percent{};  ///< one bit of a packet, or of a chunk of the stream, is flipped
};

class Links {
 public:
  virtual ~Links() = default;
  /// From now on. Thread-safe. REQUIRES: two different nodes of the network.
  virtual void set(std::size_t from, std::size_t to, const LinkRule& rule) = 0;
  /// Whether single packets can be lost, doubled and overtaken; a stream can only be slow, cut or garbled.
  [[nodiscard]] virtual bool has_packets() const = 0;
  /// Ends every connection between the two, as a firewall does that forgets. Without has_packets() only. Thread-safe.
  virtual void reset(std::size_t one, std::size_t other) = 0;
};

}  // namespace kimberlite::chaos
