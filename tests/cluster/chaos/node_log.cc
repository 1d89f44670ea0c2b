// Reading a log: see node_log.h.
#include "tests/cluster/chaos/node_log.h"

#include "cli/signing.h"
#include "proto/block.h"
#include "proto/merkle_log.h"

namespace kimberlite::chaos {
namespace {

/// Adds one leaf; a block's record gives its height to the leaves since the last one.
Result<void> add_leaf(NodeLog& log, const std::string& bytes) {
  LogLeaf leaf{.hash = leaf_hash(bytes)};
  const auto envelope = decode_accepted_leaf(bytes);
  if (!envelope) return std::unexpected(envelope.error());
  if (!envelope->empty()) {
    leaf.envelope = cli::id_of_signed_bytes(*envelope);
    log.leaves.push_back(leaf);
    return {};
  }
  const auto record = decode_block_leaf(bytes);
  if (!record) return std::unexpected(record.error());
  leaf.height = record->height.value;
  for (auto before = log.leaves.rbegin(); before != log.leaves.rend() && before->envelope; ++before) {
    before->height = leaf.height;
  }
  log.leaves.push_back(leaf);
  return {};
}

}  // namespace

Result<NodeLog> read_node_log(cli::NodeClient& client, const std::string& node) {
  const auto status = client.status();
  if (!status) return std::unexpected(status.error());
  NodeLog log{node, {}};
  if (status->log_size() == 0) return log;
  Result<void> added;
  const auto read = client.watch(0, [&](const v1::WatchResponse& response) {
    added = add_leaf(log, response.leaf());
    return added && log.leaves.size() < status->log_size();
  });
  if (!added) return std::unexpected(added.error());
  if (!read) return std::unexpected(read.error());
  if (log.leaves.size() < status->log_size()) return fail(Reason::UNAVAILABLE, node, "its log ended early");
  return log;
}

}  // namespace kimberlite::chaos
