// The process of a whole node: what a crash loses. It wires the runtime's parts as node/runtime/node.cc does, with
// simulated threads and wires. Not thread-safe.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/net/peer_network.h"
#include "node/runtime/checkpoints.h"
#include "node/runtime/core.h"
#include "node/runtime/metrics.h"
#include "node/runtime/peer_inbox.h"
#include "tests/simulation/whole_node/disk.h"
#include "tests/simulation/whole_node/task_queue.h"

namespace kimberlite::whole_node {

/// What the runtime sees of the wires: peers by index.
class ProcessNetwork final : public net::PeerNetwork {
 public:
  using Send = std::function<void(const PublicKey& peer, std::shared_ptr<const std::string> bytes)>;
  using Punish = std::function<void(const PublicKey& peer, const Error& why)>;
  /// `named` is called when the peers changed.
  ProcessNetwork(Send send, Punish punish, std::function<void()> named)
      : send_(std::move(send)), punish_(std::move(punish)), named_now_(std::move(named)) {}

  std::vector<std::optional<std::size_t>> set_peers(const std::vector<net::PeerAddress>& peers) override;
  void send(std::size_t peer, net::Priority priority, std::shared_ptr<const std::string> message) override;
  void punish(std::size_t peer, const Error& why) override;
  [[nodiscard]] std::size_t backlog(std::size_t /*peer*/, net::Priority /*priority*/) const override { return 0; }
  [[nodiscard]] std::vector<net::PeerState> states() const override { return {}; }
  [[nodiscard]] std::uint16_t port() const override { return 0; }

  [[nodiscard]] bool names(const PublicKey& peer) const { return named_.contains(peer); }
  /// Of a key that was ever named.
  [[nodiscard]] std::optional<std::size_t> index_of(const PublicKey& peer) const;

 private:
  Send send_;
  Punish punish_;
  std::function<void()> named_now_;
  std::vector<PublicKey> keys_;
  std::map<PublicKey, std::size_t> indices_;
  std::set<PublicKey> named_;
};

/// What a process has from the run that it is part of.
struct ProcessOptions {
  const GenesisDocument& genesis;
  const SecretKey& key;
  std::map<std::string, PublicKey> known_keys;  ///< of peers, as the operator has them from their participants
  std::int64_t delta_ms{};
  std::int64_t heartbeat_ms{};
  std::filesystem::path snapshots_folder;
  std::uint64_t snapshot_every_blocks{};
};

class Process {
 public:
  struct Hooks {
    std::function<void(Task)> worker;
    std::function<void(Task)> journal;
    std::function<void(Task)> store;
    std::function<void(std::shared_ptr<const storage::Snapshot>)> committed;
    ProcessNetwork::Punish punish;
    ProcessNetwork::Send send;
    std::function<void()> named;
  };
  Process(const ProcessOptions& options, DiskContents contents, Hooks hooks);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void start() {
    core_->start(network_);
    started_ = true;
  }
  [[nodiscard]] bool started() const { return started_; }
  /// A frame from a peer, as the network hands it on; nothing if that key is no peer's.
  void receive(const PublicKey& peer, const std::shared_ptr<const std::string>& bytes);
  /// Runs the core thread until it has nothing to do.
  void poll() { context_.poll(); }
  [[nodiscard]] runtime::Core& core() { return *core_; }
  [[nodiscard]] const runtime::Core& core() const { return *core_; }
  [[nodiscard]] const ProcessNetwork& network() const { return network_; }
  [[nodiscard]] const runtime::Checkpoints& checkpoints() const { return checkpoints_; }
  [[nodiscard]] const runtime::StateSnapshots& snapshots() const { return snapshots_; }

 private:
  [[nodiscard]] runtime::Core::Parts parts(const ProcessOptions& options, DiskContents contents, Hooks& hooks);
  void punish(std::size_t peer, const Error& why);

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  TaskQueue workers_;
  TaskQueue journal_thread_;
  TaskQueue store_thread_;
  runtime::Metrics metrics_;
  runtime::Checkpoints checkpoints_;
  runtime::StateSnapshots snapshots_;
  ProcessNetwork network_;
  std::unique_ptr<runtime::Core> core_;
  std::unique_ptr<runtime::PeerInbox> inbox_;
  bool started_{};
};

}  // namespace kimberlite::whole_node
