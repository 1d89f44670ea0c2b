// A network of network namespaces: each node has one of its own with an address of 192.0.2.0/24, and every IP packet
// between them passes through this switch, which loses, delays, doubles, overtakes and garbles them as told. It is made
// of TUN devices, so it needs neither a bridge nor netem nor a firewall in the kernel, only the right to make
// namespaces. Everything it makes ends with the process. Owns its thread; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/error.h"
#include "tests/cluster/chaos/links.h"

namespace kimberlite::chaos {

/// Packets that wait in the switch; one more is lost, as in a real one.
inline constexpr std::size_t kSwitchPacketsMax = 20'000;
/// Nodes that the addresses have room for.
inline constexpr std::size_t kSwitchNodesMax = 200;

class PacketSwitch : public Links {
 public:
  /// Takes this process out of the machine's network into a namespace of its own, as 192.0.2.1, and makes one for each
  /// node. REQUIRES: the process has a single thread, and no sockets that it still needs.
  /// BAD_CONFIGURATION: what the machine does not permit.
  static Result<std::unique_ptr<PacketSwitch>> make(std::size_t nodes, std::uint64_t seed);
  ~PacketSwitch() override;
  PacketSwitch(const PacketSwitch&) = delete;
  PacketSwitch& operator=(const PacketSwitch&) = delete;

  /// The node's address, such as "192.0.2.11".
  [[nodiscard]] static std::string host(std::size_t node);
  /// An open file that stands for the node's namespace, for setns().
  [[nodiscard]] int network_namespace(std::size_t node) const;

  void set(std::size_t from, std::size_t to, const LinkRule& rule) override;
  [[nodiscard]] bool has_packets() const override { return true; }
  void reset(std::size_t one, std::size_t other) override;

 private:
  struct State;
  explicit PacketSwitch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kimberlite::chaos
