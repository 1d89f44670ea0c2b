// Setting the stage: see stage.h.
#include "tests/cluster/chaos/stage.h"

#include <stdexcept>
#include <utility>

#include "tests/cluster/chaos/tcp_relay.h"

namespace kimberlite::chaos {

Stage::Stage(const StageOptions& options) : lives_(options.nodes) {
  // Namespaces first: from the first thread on they could not be made.
  const auto mounts = enter_mount_namespace();
  std::unique_ptr<PacketSwitch> packets;
  if (options.network == NetworkKind::kRelay) {
    no_namespaces_ = "--network relay was asked for";
  } else if (auto made = PacketSwitch::make(options.nodes, options.seed)) {
    packets = *std::move(made);
  } else {
    no_namespaces_ = made.error().message;
    if (options.network == NetworkKind::kNamespaces) throw std::runtime_error(no_namespaces_);
  }
  cluster::NetworkOptions wanted;
  wanted.nodes = options.nodes;
  network_ = std::make_unique<cluster::DaemonNetwork>(wanted);
  make_links(options, std::move(packets));
  make_disks(mounts);
}

Stage::~Stage() {
  // A frozen disk holds its node; a mounted one would be removed with the network's folder.
  for (auto& disk : disks_) disk.go_on();
  network_->kill_all();
  disks_.clear();
}

std::filesystem::path Stage::data(std::size_t node) const {
  return network_->folder() / "nodes" / code(node) / "data";
}

void Stage::make_links(const StageOptions& options, std::unique_ptr<PacketSwitch> packets) {
  for (std::size_t node = 0; node < nodes(); ++node) {
    auto clock = NodeClock::make(network_->folder() / (code(node) + ".clock"));
    if (!clock) throw std::runtime_error(clock.error().to_string());
    clocks_.push_back(*std::move(clock));
    network_->set_launch(code(node), {.network_namespace = packets ? packets->network_namespace(node) : -1,
                                      .environment = clocks_.back().environment()});
  }
  if (!packets) return make_relay(options.seed);
  for (std::size_t node = 0; node < nodes(); ++node) {
    std::map<std::string, std::string> peers;
    for (std::size_t peer = 0; peer < nodes(); ++peer) {
      const std::string address = network_->peer_address(code(peer));
      if (peer != node) peers[code(peer)] = PacketSwitch::host(peer) + address.substr(address.rfind(':'));
    }
    network_->set_peers(code(node), peers);
  }
  for (std::size_t node = 0; node < nodes(); ++node) network_->move_to(code(node), PacketSwitch::host(node));
  links_ = std::move(packets);
}

void Stage::make_relay(std::uint64_t seed) {
  auto relay = std::make_unique<TcpRelay>(seed);
  for (std::size_t node = 0; node < nodes(); ++node) {
    std::map<std::string, std::string> peers;
    for (std::size_t peer = 0; peer < nodes(); ++peer) {
      if (peer == node) continue;
      const auto port = relay->add(node, peer, network_->peer_address(code(peer)));
      if (!port) throw std::runtime_error(port.error().to_string());
      peers[code(peer)] = "127.0.0.1:" + std::to_string(*port);
    }
    network_->set_peers(code(node), peers);
  }
  links_ = std::move(relay);
}

void Stage::make_disks(const Result<void>& mounts) {
  if (!mounts) {
    no_disks_ = mounts.error().message;
    return;
  }
  for (std::size_t node = 0; node < nodes(); ++node) {
    auto disk = NodeDisk::make(network_->folder() / (code(node) + ".ext4"), data(node));
    if (!disk) {
      no_disks_ = disk.error().message;
      disks_.clear();
      return;
    }
    disks_.push_back(*std::move(disk));
  }
}

}  // namespace kimberlite::chaos
