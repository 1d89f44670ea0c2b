#include "node/runtime/range_answer.h"

#include <algorithm>

#include "kimberlite/v1/peer.pb.h"
#include "proto/merkle_log.h"

namespace kimberlite::runtime {

std::string answer_range(const storage::Snapshot& state, const LogRangeRequestFrame& request) {
  if (request.target > state.tip().log_size || request.first.value >= request.target.value || request.count == 0)
    return {};
  const NodeReader read = [&](unsigned level, std::uint64_t index) { return state.log_node(level, index); };
  const auto before = log_peaks(LogSize{request.first.value}, read);
  auto leaves = state.leaves(
      request.first,
      std::min({request.count, request.target.value - request.first.value, std::uint64_t{kRangeLeavesMax}}),
      kRangeBytesMax);
  if (!before || !leaves) return {};
  const auto proof = consistency_proof(LogSize{request.first.value + leaves->size()}, request.target, read);
  if (!proof) return {};
  v1::PeerMessage message;
  auto& out = *message.mutable_log_range();
  out.set_first_index(request.first.value);
  out.set_target_size(request.target.value);
  for (const auto& peak : *before) out.add_before(std::string(peak.view()));
  for (auto& leaf : *leaves) out.add_leaves(std::move(leaf));
  for (const auto& node : *proof) out.add_consistency(std::string(node.view()));
  return message.SerializeAsString();
}

}  // namespace kimberlite::runtime
