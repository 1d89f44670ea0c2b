// The lines: see limits.h.
#include "tests/cluster/bounds/limits.h"

#include <algorithm>

#include "consensus/replica.h"
#include "node/api/counted_answer.h"
#include "node/api/grpc_server.h"
#include "node/api/http_server.h"
#include "node/api/watch_reactor.h"
#include "node/net/peer_network.h"
#include "node/runtime/checkpoints.h"
#include "node/runtime/core.h"
#include "node/runtime/execution.h"
#include "node/runtime/final_state.h"
#include "node/runtime/peer_inbox.h"
#include "node/runtime/pool.h"
#include "node/runtime/submissions.h"
#include "storage/internal/database.h"
#include "storage/internal/page_cache.h"

namespace kimberlite::bounds {
namespace {

/// Of bytes of envelopes or messages: as they came, as they are kept, and parsed, with what the allocator adds.
constexpr std::uint64_t kOpenedFactor = 4;
/// A vote, a checkpoint signature or a remembered refusal in its maps.
constexpr std::uint64_t kRecordBytes = 512;
/// A page of the state's map as it is read, or one of its values with its key: what they come to on average.
constexpr std::uint64_t kStateRecordBytes = 1024;
/// A TLS session with its buffers, before the Hello.
constexpr std::uint64_t kHandshakeBytes = 128 * 1024;
/// Views in the window of votes: 4n + 1, three votes a validator.
constexpr std::uint64_t votes_of(std::uint64_t validators) {
  return (4 * validators + 1) * 3 * validators;
}

}  // namespace

std::vector<BoundLine> bound_lines(std::size_t validators, std::size_t liars) {
  const std::uint64_t queues =
      net::kVoteQueueBytesMax + net::kProposalQueueBytesMax + net::kEnvelopeQueueBytesMax + net::kCatchUpQueueBytesMax;
  return {
      {Bound::kReceived, "received from the liars, as it came and opened",
       "kInboundBytesMax + kFrameBytesMax, x 4 opened",
       kOpenedFactor * liars * (net::kInboundBytesMax + net::kFrameBytesMax)},
      {Bound::kToSend, "to be sent to the liars",
       "kVoteQueueBytesMax + kProposalQueueBytesMax + kEnvelopeQueueBytesMax + kCatchUpQueueBytesMax + kFrameBytesMax",
       liars * (queues + net::kFrameBytesMax)},
      {Bound::kPool, "envelopes that wait", "kPoolBytesMax, x 4 opened", kOpenedFactor * runtime::kPoolBytesMax},
      {Bound::kProposals, "proposals whose envelopes or parents are missing",
       "n x kProposalsEachMax x kEnvelopeIdsMax x 32",
       validators * runtime::kProposalsEachMax * static_cast<std::uint64_t>(runtime::kEnvelopeIdsMax) * Digest::kSize},
      {Bound::kVotes, "votes in the window of views", "3 n (4 n + 1), 512 bytes each",
       votes_of(validators) * kRecordBytes},
      {Bound::kTree, "blocks above the final one", "kCertifiedAboveFinalMax x kBlockBytesMax, x 4 opened",
       kOpenedFactor * consensus::kCertifiedAboveFinalMax * runtime::kBlockBytesMax},
      {Bound::kHandshakes, "connections without a Hello", "kHandshakesMax, 128 KiB each",
       net::kHandshakesMax * kHandshakeBytes},
      {Bound::kCheckpoints, "checkpoint signatures", "n x kCheckpointsCollected, 512 bytes each",
       runtime::kCheckpointsCollected * validators * kRecordBytes},
      {Bound::kRefusals, "refusals remembered", "kRefusalsRemembered, 512 bytes each",
       runtime::kRefusalsRemembered * kRecordBytes},
      {Bound::kHttp, "HTTP answers and connections",
       "kHttpAnswerBytesMax + kHttpConnectionsMax x 2 kHttpRequestBytesMax",
       api::kHttpAnswerBytesMax + api::kHttpConnectionsMax * 2 * api::kHttpRequestBytesMax},
      {Bound::kWatch, "gRPC streams", "kWatchersMax x 2 kWatchPageBytes", api::kWatchersMax * 2 * api::kWatchPageBytes},
      {Bound::kGrpc, "gRPC connections and answers", "kGrpcBytesMax + kGrpcAnswerBytesMax",
       api::kGrpcBytesMax + api::kGrpcAnswerBytesMax},
      {Bound::kStore, "caches of the store", "kBlockCacheBytes + 2 kWriteBufferBytes",
       storage::kBlockCacheBytes + 2 * storage::kWriteBufferBytes},
      {Bound::kState, "pages and values of the state remembered", "kCachedPagesMax + kRememberedValuesMax, 1 KiB each",
       (storage::kCachedPagesMax + runtime::kRememberedValuesMax) * kStateRecordBytes},
  };
}

std::uint64_t growth_allowed(const std::vector<BoundLine>& lines, const std::vector<Bound>& reached) {
  std::uint64_t bytes = 0;
  for (const auto& line : lines) {
    const bool counts = line.bound == Bound::kStore || std::ranges::find(reached, line.bound) != reached.end();
    if (counts) bytes += line.bytes;
  }
  return bytes;
}

std::uint64_t total(const std::vector<BoundLine>& lines) {
  std::uint64_t bytes = 0;
  for (const auto& line : lines) bytes += line.bytes;
  return bytes;
}

}  // namespace kimberlite::bounds
