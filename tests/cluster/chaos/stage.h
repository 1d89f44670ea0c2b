// Where a chaos run plays: a network of daemons, the links between them, and a disk and a clock for each, as far as
// this machine permits. What it does not permit is known by its reason. Not thread-safe, but for lives and recorder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/cluster/chaos/history.h"
#include "tests/cluster/chaos/links.h"
#include "tests/cluster/chaos/node_clock.h"
#include "tests/cluster/chaos/node_disk.h"
#include "tests/cluster/chaos/packet_switch.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::chaos {

enum class NetworkKind : std::uint8_t { kAuto, kNamespaces, kRelay };

struct StageOptions {
  std::size_t nodes = 4;
  NetworkKind network = NetworkKind::kAuto;
  std::uint64_t seed = 1;
};

class Stage {
 public:
  /// Makes everything; starts no daemon. Throws std::runtime_error if even the least cannot be had, or if namespaces
  /// were asked for and cannot be. REQUIRES: the process has a single thread.
  explicit Stage(const StageOptions& options);
  /// Kills the daemons, and takes everything away again.
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] cluster::DaemonNetwork& network() { return *network_; }
  [[nodiscard]] std::size_t nodes() const { return network_->codes().size(); }
  [[nodiscard]] const std::string& code(std::size_t node) const { return network_->codes().at(node); }
  [[nodiscard]] std::filesystem::path data(std::size_t node) const;
  [[nodiscard]] Links& links() { return *links_; }
  [[nodiscard]] NodeClock& clock(std::size_t node) { return clocks_.at(node); }
  /// REQUIRES: no_disks() is empty.
  [[nodiscard]] NodeDisk& disk(std::size_t node) { return disks_.at(node); }
  /// Why nodes have no namespaces, or no disks of their own; empty if they have.
  [[nodiscard]] const std::string& no_namespaces() const { return no_namespaces_; }
  [[nodiscard]] const std::string& no_disks() const { return no_disks_; }

  /// What is asked and told. Thread-safe.
  [[nodiscard]] Recorder& recorder() { return recorder_; }

  /// Which life of its disk the node is in. Thread-safe.
  [[nodiscard]] Life life(std::size_t node) const { return lives_[node]; }
  void begin_life(std::size_t node) { ++lives_[node]; }

 private:
  void make_links(const StageOptions& options, std::unique_ptr<PacketSwitch> packets);
  void make_relay(std::uint64_t seed);
  void make_disks(const Result<void>& mounts);

  Recorder recorder_;
  std::string no_namespaces_;
  std::string no_disks_;
  std::unique_ptr<cluster::DaemonNetwork> network_;
  std::unique_ptr<Links> links_;
  std::vector<NodeClock> clocks_;
  std::vector<NodeDisk> disks_;
  std::vector<std::atomic<Life>> lives_;
};

}  // namespace kimberlite::chaos
