// The process of a whole node that makes its store from a snapshot: the real SnapshotSync over a store import in
// memory, wired as node/runtime/snapshot_start.cc does, with simulated wires. Not thread-safe.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "node/runtime/membership.h"
#include "node/runtime/snapshot_sync.h"
#include "storage/store_import.h"
#include "tests/simulation/whole_node/process.h"

namespace kimberlite::whole_node {

class Joining {
 public:
  struct Hooks {
    ProcessNetwork::Send send;
    ProcessNetwork::Punish punish;
    std::function<void()> named;
    /// The store is in its place, or cannot be made.
    std::function<void(const Result<void>&)> done;
  };
  /// `options` as for a node that runs; what they refer to outlives this.
  Joining(const ProcessOptions& options, std::unique_ptr<storage::StoreImport> import, Hooks hooks);
  Joining(const Joining&) = delete;
  Joining& operator=(const Joining&) = delete;

  void start() { sync_.start(); }
  void poll() { context_.poll(); }
  void connected(const PublicKey& peer);
  void disconnected(const PublicKey& peer);
  void receive(const PublicKey& peer, const std::string& bytes);
  [[nodiscard]] const ProcessNetwork& network() const { return network_; }
  /// How much of the log it has.
  [[nodiscard]] LogSize log_size() const { return import_->log_size(); }

 private:
  [[nodiscard]] runtime::SnapshotSync::Port port(std::function<void(const Result<void>&)> done);
  void name_peers(const ValidatorSet& validators);

  ledger::VotingSet genesis_set_;
  runtime::Membership membership_;
  ProcessNetwork network_;
  std::unique_ptr<storage::StoreImport> import_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::set<std::size_t> connected_;
  runtime::SnapshotSync sync_;
};

}  // namespace kimberlite::whole_node
