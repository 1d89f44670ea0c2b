// The snapshots that this node keeps for nodes that join, and its answers to them: one is taken of every so-manieth
// final block, on a worker, while the node goes on. Thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "proto/types.h"
#include "storage/state_snapshot.h"
#include "storage/store.h"

namespace kimberlite::runtime {

/// Bytes of links of epochs that one answer carries at most.
inline constexpr std::size_t kEpochLinksBytesMax = 2 * 1024 * 1024;

class StateSnapshots {
 public:
  /// `every_blocks`: 0 for never. `store` and the workers outlive this.
  StateSnapshots(std::filesystem::path folder, std::uint64_t every_blocks, const storage::Store& store,
                 boost::asio::any_io_executor workers);

  /// Whether a snapshot is to be taken of the block at this height, which has a finalization of its own. All nodes take
  /// theirs at the same heights, so that a node that joins can ask several for the chunks of one.
  [[nodiscard]] bool due(Height height) const { return every_blocks_ > 0 && height.value % every_blocks_ == 0; }
  /// Begins to take one on a worker, unless one is being taken.
  void take(std::shared_ptr<const storage::Snapshot> state, std::string finalization);
  [[nodiscard]] std::shared_ptr<const storage::StateSnapshot> newest() const;

  /// Serialised PeerMessages for a node that joins; empty: there is nothing to answer.
  [[nodiscard]] std::string offer() const;
  [[nodiscard]] std::string chunk(Height height, std::uint32_t chunk) const;
  [[nodiscard]] std::string epoch_links(Epoch first) const;

 private:
  std::filesystem::path folder_;
  std::uint64_t every_blocks_;
  const storage::Store& store_;
  boost::asio::any_io_executor workers_;
  mutable std::mutex mutex_;
  std::shared_ptr<const storage::StateSnapshot> newest_;
  bool taking_{};
};

}  // namespace kimberlite::runtime
