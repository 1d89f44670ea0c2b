#include "tests/simulation/whole_node/oracle.h"

#include <algorithm>
#include <utility>

#include "consensus/messages.h"
#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"
#include "tests/unit/proto/naive_map.h"

namespace kimberlite::whole_node {

using consensus::VoteKind;
using simulation::Violation;

namespace {

constexpr std::size_t kLeavesBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kItemsPerRead = 1'000;

std::string short_name(const Digest& digest) {
  return digest.hex().substr(0, 8);
}

std::string node_name(NodeId node) {
  return "node " + std::to_string(node);
}

// A liar's vote may be of no kind that there is.
std::string kind_words(v1::VoteKind kind) {
  constexpr std::string_view kPrefix = "VOTE_KIND_";
  return v1::VoteKind_IsValid(kind) ? v1::VoteKind_Name(kind).substr(kPrefix.size())
                                    : "kind " + std::to_string(static_cast<int>(kind));
}

}  // namespace

Oracle::Oracle(const Cast& cast, std::size_t nodes) : cast_(cast), log_(cast.genesis()), reported_by_(nodes) {}

void Oracle::started(NodeId node, const storage::Snapshot& state) {
  if (distrusts(node)) return;
  if (state.tip().height < reported_by_[node]) {
    throw Violation("S4", node_name(node) + " comes back at height " + std::to_string(state.tip().height.value) +
                              " and had reported " + std::to_string(reported_by_[node].value));
  }
  // What reached the disk at a crash was reported by nobody yet.
  if (state.tip().height > log_.height()) extend(node, state);
  check_tip(node, state);
  reported_by_[node] = state.tip().height;
}

void Oracle::rolled_back(NodeId node, const PublicKey& key) {
  excused_.insert(key);
  reported_by_[node] = Height{};
}

void Oracle::extend(NodeId node, const storage::Snapshot& state) {
  const Epoch before = log_.newest_voters().epoch;
  for (Height height{log_.height().value + 1}; height <= state.tip().height; ++height.value) {
    const auto record = state.record_leaf(height);
    const auto header = record ? decode_block_leaf(*record) : std::unexpected(Error{});
    if (!header) throw Violation("S1", node_name(node) + " has no record of height " + std::to_string(height.value));
    std::vector<std::string> leaves;
    if (header->count > 0) {
      auto read = state.leaves(header->first_index, header->count, kLeavesBytesMax);
      if (!read) throw Violation("S1", node_name(node) + " lacks leaves: " + read.error().to_string());
      leaves = *std::move(read);
    }
    log_.append(*record, leaves);
  }
  if (voters_changed && log_.newest_voters().epoch != before) voters_changed(log_.newest_voters());
}

void Oracle::check_tip(NodeId node, const storage::Snapshot& state) const {
  const storage::Tip& tip = state.tip();
  if (tip.height.value == 0) return;
  if (log_.record_leaf(tip.height) != state.record_leaf(tip.height)) {
    throw Violation("S1", node_name(node) + " has " + short_name(tip.block) + " at height " +
                              std::to_string(tip.height.value) + ", another has " +
                              short_name(block_digest(log_.record_leaf(tip.height))));
  }
  if (log_.root_at(tip.log_size) != tip.log_root) throw Violation("S1", node_name(node) + " has another log");
}

void Oracle::committed(NodeId node, const storage::Snapshot& state, const std::string& finalization) {
  if (distrusts(node)) return;
  if (state.tip().height < reported_by_[node]) throw Violation("S4", node_name(node) + " goes back in its log");
  for (Height height{reported_by_[node].value + 1}; height <= std::min(state.tip().height, log_.height());
       ++height.value) {
    if (state.record_leaf(height) != log_.record_leaf(height))
      throw Violation("S1", node_name(node) + " has another block at height " + std::to_string(height.value));
  }
  if (state.tip().height > log_.height()) extend(node, state);
  check_tip(node, state);
  check_finalization(node, state, finalization);
  reported_by_[node] = state.tip().height;
}

void Oracle::check_finalization(NodeId node, const storage::Snapshot& state, const std::string& finalization) const {
  const auto certificate = runtime::decode_certificate(finalization);
  if (!certificate || certificate->block != state.tip().block) return;  // in the middle of catching up there is none
  const ValidatorSet* voters = log_.voters(certificate->epoch);
  const auto verified =
      voters == nullptr ? fail(Reason::FIELD_OUT_OF_RANGE, "epoch", "unknown")
                        : consensus::verify_message(*certificate, certificate->epoch, voters->size(),
                                                    consensus::Ed25519VoteVerifier(cast_.genesis().chain_id, *voters));
  if (!verified || certificate->kind != VoteKind::kFinalize)
    throw Violation("S1", node_name(node) + " committed without a finalization");
}

bool Oracle::may_contradict(const PublicKey& key) const {
  return excused_.contains(key) || distrusts(cast_.owner(key));
}

void Oracle::check_evidence(NodeId node, const std::vector<std::string>& evidence) const {
  for (const std::string& bytes : evidence) {
    v1::EvidencePair pair;
    const auto key = pair.ParseFromString(bytes) ? PublicKey::from_bytes(pair.node_key()) : std::nullopt;
    if (!key || !may_contradict(*key))
      throw Violation("S3", node_name(node) + " keeps evidence against the honest node of " + pair.participant());
  }
}

void Oracle::compare(NodeId node, const storage::Snapshot& state) const {
  const std::uint64_t size = state.tip().log_size.value;
  CompactRange range;
  while (range.size().value < size) {
    const auto leaves = state.leaves(LogIndex{range.size().value}, size - range.size().value, kLeavesBytesMax);
    if (!leaves || leaves->empty()) throw Violation("S1", node_name(node) + " lacks leaves of its log");
    for (const std::string& leaf : *leaves) range.append(leaf_hash(leaf));
  }
  if (size > 0 && log_.root_at(LogSize{size}) != range.root())
    throw Violation("S1", node_name(node) + " has other leaves than its root says");
  compare_state(node, state);
}

void Oracle::compare_state(NodeId node, const storage::Snapshot& state) const {
  test::StateValues values;
  for (std::string after;;) {
    const auto items = state.list("", after, kItemsPerRead);
    for (const auto& item : items) values.emplace(item.key, item.value);
    if (items.size() < kItemsPerRead) break;
    after = items.back().key;
  }
  if (test::naive_map_root(values) != state.tip().state_root)
    throw Violation("S5", node_name(node) + " has another state than its root says");
}

void Oracle::sent(NodeId node, const PublicKey& key, const std::shared_ptr<const std::string>& frame) {
  if (frame == last_frame_ || distrusts(node)) return;
  last_frame_ = frame;
  v1::PeerMessage message;
  if (!message.ParseFromString(*frame)) throw Violation("S3", node_name(node) + " sends what is no message");
  if (message.has_checkpoint_signature()) return check_checkpoint(node, message.checkpoint_signature());
  const v1::Vote* vote = nullptr;
  if (message.has_vote()) vote = &message.vote().vote();
  if (message.has_proposal()) vote = &message.proposal().vote();
  if (vote == nullptr) return;
  if (const auto decoded = runtime::decode(*vote)) check_vote(key, *decoded);
}

void Oracle::check_vote(const PublicKey& key, const consensus::Vote& vote) {
  const ValidatorSet* voters = log_.voters(vote.epoch);
  const auto place = voters == nullptr ? std::nullopt : voters->index_of(key);
  if (excused_.contains(key) || place != vote.validator) return;
  const std::string who = "the key of " + (*voters)[*place].participant + " in epoch " +
                          std::to_string(vote.epoch.value) + ", view " + std::to_string(vote.view.value);
  Spoken& spoken = spoken_[{key, vote.epoch, vote.view}];
  switch (vote.kind) {
    case VoteKind::kNotarize:
      if (spoken.notarized && *spoken.notarized != vote.block)
        throw Violation("S3", who + " notarized " + short_name(*spoken.notarized) + " and " + short_name(vote.block));
      if (!spoken.notarized && spoken.nullified) throw Violation("S3", who + " notarized after it nullified");
      spoken.notarized = vote.block;
      return;
    case VoteKind::kNullify:
      if (spoken.finalized) throw Violation("S3", who + " nullified after it finalized");
      spoken.nullified = true;
      return;
    case VoteKind::kFinalize:
      if (spoken.nullified) throw Violation("S3", who + " finalized after it nullified");
      if (spoken.finalized && *spoken.finalized != vote.block)
        throw Violation("S3", who + " finalized " + short_name(*spoken.finalized) + " and " + short_name(vote.block));
      spoken.finalized = vote.block;
      return;
  }
}

void Oracle::check_checkpoint(NodeId node, const v1::CheckpointSignature& signature) const {
  const auto root = log_.root_at(LogSize{signature.size()});
  if (!root || root->view() != signature.root())
    throw Violation("S6", node_name(node) + " signs a checkpoint of size " + std::to_string(signature.size()) +
                              " that is not on the final log");
}

void Oracle::answered(NodeId node, const Digest& envelope, const runtime::SubmitResult& result) const {
  if (result.outcome != runtime::Outcome::kFinal || distrusts(node)) return;
  const auto index = log_.find(envelope);
  if (index != result.location.index)
    throw Violation("S4", node_name(node) + " reports " + short_name(envelope) + " final, and it is not there");
}

void Oracle::punished(NodeId node, const PublicKey& peer, const Error& why) const {
  if (distrusts(node) || may_contradict(peer)) return;
  throw Violation("S3", node_name(node) + " finds fault with an honest peer: " + why.to_string());
}

std::string describe_frame(const std::string& frame) {
  v1::PeerMessage message;
  if (!message.ParseFromString(frame)) return "rubbish";
  const auto vote_words = [](const v1::Vote& vote) {
    return kind_words(vote.kind()) + " epoch " + std::to_string(vote.epoch()) + " view " + std::to_string(vote.view()) +
           " by " + std::to_string(vote.validator());
  };
  switch (message.kind_case()) {
    case v1::PeerMessage::kVote:
      return vote_words(message.vote().vote());
    case v1::PeerMessage::kProposal:
      return "proposal, " + vote_words(message.proposal().vote());
    case v1::PeerMessage::kCertificate:
      return "certificate " + kind_words(message.certificate().kind()) + " epoch " +
             std::to_string(message.certificate().epoch()) + " view " + std::to_string(message.certificate().view());
    case v1::PeerMessage::kEnvelopes:
      return std::to_string(message.envelopes().envelopes_size()) + " envelopes";
    case v1::PeerMessage::kCheckpointSignature:
      return "checkpoint of " + std::to_string(message.checkpoint_signature().size());
    case v1::PeerMessage::kLogRangeRequest:
      return "wants leaves " + std::to_string(message.log_range_request().first_index()) + " to " +
             std::to_string(message.log_range_request().target_size());
    case v1::PeerMessage::kLogRange:
      return "leaves from " + std::to_string(message.log_range().first_index()) + ", " +
             std::to_string(message.log_range().leaves_size());
    case v1::PeerMessage::kCertificateRequest:
      return "asks for certificates of epoch " + std::to_string(message.certificate_request().epoch());
    case v1::PeerMessage::kBlockRequest:
      return "wants a block";
    case v1::PeerMessage::kBlock:
      return "a block";
    case v1::PeerMessage::kEnvelopeRequest:
      return "wants " + std::to_string(message.envelope_request().ids_size()) + " envelopes";
    case v1::PeerMessage::kSnapshotRequest:
      return "wants a snapshot";
    case v1::PeerMessage::kSnapshotOffer:
      return "offers a snapshot, depth " + std::to_string(message.snapshot_offer().depth());
    case v1::PeerMessage::kStateChunkRequest:
      return "wants chunk " + std::to_string(message.state_chunk_request().chunk()) + " at height " +
             std::to_string(message.state_chunk_request().height());
    case v1::PeerMessage::kStateChunk:
      return "chunk " + std::to_string(message.state_chunk().chunk()) + " at height " +
             std::to_string(message.state_chunk().height());
    case v1::PeerMessage::kEpochLinksRequest:
      return "wants links from epoch " + std::to_string(message.epoch_links_request().first_epoch());
    case v1::PeerMessage::kEpochLinks:
      return std::to_string(message.epoch_links().links_size()) + " links of epochs";
    default:
      return "kind " + std::to_string(message.kind_case());
  }
}

}  // namespace kimberlite::whole_node
