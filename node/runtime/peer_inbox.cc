#include "node/runtime/peer_inbox.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"

namespace kimberlite::runtime {
namespace {

Result<Digest> digest_field(const char* field, const std::string& bytes) {
  auto digest = Digest::from_bytes(bytes);
  if (!digest) return fail(Reason::MALFORMED, field, "a digest has 32 bytes");
  return *digest;
}

template <typename Repeated>
Result<std::vector<Digest>> digests(const char* field, const Repeated& repeated, int most) {
  if (repeated.size() > most) return fail(Reason::FIELD_OUT_OF_RANGE, field, "at most " + std::to_string(most));
  std::vector<Digest> out;
  for (const auto& bytes : repeated) {
    auto digest = digest_field(field, bytes);
    if (!digest) return std::unexpected(digest.error());
    out.push_back(*digest);
  }
  return out;
}

template <typename Repeated>
Result<std::vector<EnvelopePtr>> open_all(const Repeated& repeated, const Digest& chain_id) {
  std::vector<EnvelopePtr> out;
  for (const auto& bytes : repeated) {
    auto envelope = open_envelope(bytes, chain_id);
    if (!envelope) return std::unexpected(envelope.error());
    out.push_back(*std::move(envelope));
  }
  return out;
}

Result<PeerInput> open_proposal(const v1::Proposal& message) {
  auto header = decode_block_leaf(message.record_leaf());
  if (!header) return std::unexpected(header.error());
  auto vote = decode(message.vote());
  if (!vote) return std::unexpected(vote.error());
  auto ids = digests("envelope_ids", message.envelope_ids(), kEnvelopeIdsMax);
  if (!ids) return std::unexpected(ids.error());
  if (ids->size() != header->count) return fail(Reason::MALFORMED, "envelope_ids", "not as many as the record counts");
  const consensus::BlockRef block{block_digest(message.record_leaf()), header->parent, header->height, header->view,
                                  !header->next_validators.is_zero()};
  return ProposalFrame{{block, *vote, View{message.parent_view()}}, message.record_leaf(), *std::move(ids)};
}

Result<PeerInput> open_block(const v1::BlockBody& message, const Digest& chain_id) {
  if (auto header = decode_block_leaf(message.record_leaf()); !header) return std::unexpected(header.error());
  auto envelopes = open_all(message.envelopes(), chain_id);
  if (!envelopes) return std::unexpected(envelopes.error());
  return BlockFrame{block_digest(message.record_leaf()), message.record_leaf(), *std::move(envelopes)};
}

Result<CheckpointVote> open_checkpoint(const v1::CheckpointSignature& message) {
  auto root = digest_field("root", message.root());
  if (!root) return std::unexpected(root.error());
  const auto key = PublicKey::from_bytes(message.public_key());
  const auto signature = Signature::from_bytes(message.signature());
  if (!key || !signature) return fail(Reason::MALFORMED, "checkpoint", "a key has 32 bytes and a signature 64");
  return CheckpointVote{LogSize{message.size()}, *root, *key, *signature};
}

// Shape only: which certificates consensus wants is its own affair.
Result<PeerInput> open_certificate(const v1::Certificate& message) {
  auto certificate = decode(message);
  if (!certificate) return std::unexpected(certificate.error());
  return *std::move(certificate);
}

Result<PeerInput> open_vote(const v1::VoteMessage& message) {
  auto vote = decode(message.vote());
  if (!vote) return std::unexpected(vote.error());
  return consensus::VoteMessage{*vote, View{message.final_view()}};
}

Result<PeerInput> open_request(const v1::BlockRequest& message) {
  auto digest = digest_field("digest", message.digest());
  if (!digest) return std::unexpected(digest.error());
  return BlockRequestFrame{*digest};
}

Result<PeerInput> open_log_range(const v1::LogRange& message) {
  auto range = open_range(message);
  if (!range) return std::unexpected(range.error());
  return *std::move(range);
}

// The epoch that a message of consensus speaks of.
std::optional<Epoch> epoch_of(const v1::PeerMessage& message) {
  switch (message.kind_case()) {
    case v1::PeerMessage::kVote:
      return Epoch{message.vote().vote().epoch()};
    case v1::PeerMessage::kCertificate:
      return Epoch{message.certificate().epoch()};
    case v1::PeerMessage::kProposal:
      return Epoch{message.proposal().vote().epoch()};
    case v1::PeerMessage::kCertificateRequest:
      return Epoch{message.certificate_request().epoch()};
    default:
      return std::nullopt;
  }
}

std::optional<Digest> finalized_in(const v1::PeerMessage& message) {
  const bool finalization = message.has_certificate() && message.certificate().kind() == v1::VOTE_KIND_FINALIZE;
  return finalization ? Digest::from_bytes(message.certificate().block()) : std::nullopt;
}

Result<PeerInput> open_kind(const v1::PeerMessage& message, const Digest& chain_id) {
  switch (message.kind_case()) {
    case v1::PeerMessage::kVote:
      return open_vote(message.vote());
    case v1::PeerMessage::kCertificate:
      return open_certificate(message.certificate());
    case v1::PeerMessage::kProposal:
      return open_proposal(message.proposal());
    case v1::PeerMessage::kEnvelopes: {
      auto envelopes = open_all(message.envelopes().envelopes(), chain_id);
      if (!envelopes) return std::unexpected(envelopes.error());
      return EnvelopesFrame{*std::move(envelopes)};
    }
    case v1::PeerMessage::kEnvelopeRequest: {
      auto ids = digests("ids", message.envelope_request().ids(), kEnvelopeIdsMax);
      if (!ids) return std::unexpected(ids.error());
      return EnvelopeRequestFrame{*std::move(ids)};
    }
    case v1::PeerMessage::kBlockRequest:
      return open_request(message.block_request());
    case v1::PeerMessage::kBlock:
      return open_block(message.block(), chain_id);
    case v1::PeerMessage::kLogRangeRequest:
      return LogRangeRequestFrame{LogIndex{message.log_range_request().first_index()},
                                  LogSize{message.log_range_request().target_size()},
                                  message.log_range_request().count()};
    case v1::PeerMessage::kLogRange:
      return open_log_range(message.log_range());
    case v1::PeerMessage::kSnapshotRequest:
      return SnapshotRequestFrame{};
    case v1::PeerMessage::kStateChunkRequest:
      return StateChunkRequestFrame{Height{message.state_chunk_request().height()},
                                    message.state_chunk_request().chunk()};
    case v1::PeerMessage::kEpochLinksRequest:
      return EpochLinksRequestFrame{Epoch{message.epoch_links_request().first_epoch()}};
    case v1::PeerMessage::kCertificateRequest:
      return consensus::CertificateRequest{Epoch{message.certificate_request().epoch()},
                                           View{message.certificate_request().from_view()},
                                           message.certificate_request().finalization_only()};
    default:
      return fail(Reason::MALFORMED, "kind", "a message that this node does not know");
  }
}

}  // namespace

Result<LogRangeFrame> open_range(const v1::LogRange& message) {
  auto before = digests("before", message.before(), 64);
  if (!before) return std::unexpected(before.error());
  auto consistency = digests("consistency", message.consistency(), 128);
  if (!consistency) return std::unexpected(consistency.error());
  return LogRangeFrame{LogIndex{message.first_index()},
                       LogSize{message.target_size()},
                       *std::move(before),
                       {message.leaves().begin(), message.leaves().end()},
                       *std::move(consistency)};
}

PeerInbox::PeerInbox(Options options, boost::asio::any_io_executor workers, boost::asio::io_context& core,
                     Deliver deliver, Punish punish)
    : options_(std::move(options)),
      workers_(std::move(workers)),
      core_(core),
      deliver_(std::move(deliver)),
      punish_(std::move(punish)) {
  begin_epoch(options_.epoch, options_.validators);
}

void PeerInbox::begin_epoch(Epoch epoch, ValidatorSet validators) {
  const std::size_t size = validators.size();
  auto voters = std::make_shared<const Voters>(
      Voters{epoch, size, consensus::Ed25519VoteVerifier(options_.chain_id, std::move(validators))});
  const std::lock_guard lock(mutex_);
  voters_ = std::move(voters);
}

std::shared_ptr<const PeerInbox::Voters> PeerInbox::voters() const {
  const std::lock_guard lock(mutex_);
  return voters_;
}

void PeerInbox::receive(std::size_t peer, std::shared_ptr<const net::Frame> frame) {
  if (frame->bytes().size() <= kInlineFrameBytesMax) {
    take(peer, frame);
    return;
  }
  boost::asio::post(workers_, [this, peer, frame = std::move(frame)] { take(peer, frame); });
}

void PeerInbox::take(std::size_t peer, const std::shared_ptr<const net::Frame>& frame) {
  v1::PeerMessage message;
  if (!message.ParseFromString(frame->bytes())) {
    punish_(peer, Error{Reason::MALFORMED, "frame", "not a PeerMessage"});
    return;
  }
  if (message.kind_case() == v1::PeerMessage::kCheckpointSignature) {
    auto vote = open_checkpoint(message.checkpoint_signature());
    const auto counted = vote ? options_.checkpoint(*vote) : std::unexpected(vote.error());
    if (!counted) punish_(peer, counted.error());
    return;
  }
  const auto now = voters();
  const auto spoken = epoch_of(message);
  auto input = spoken && *spoken != now->epoch
                   ? Result<PeerInput>(OtherEpochFrame{*spoken, frame, finalized_in(message)})
                   : open(message, *now);
  if (!input) {
    punish_(peer, input.error());
    return;
  }
  // The frame travels along: what waits for the core thread counts against the peer's inbound bytes.
  boost::asio::post(core_,
                    [this, peer, frame, input = *std::move(input)]() mutable { deliver_(peer, std::move(input)); });
}

Result<PeerInput> PeerInbox::open(const v1::PeerMessage& message, const Voters& voters) const {
  auto input = open_kind(message, options_.chain_id);
  if (!input) return input;

  const auto check = [&](const consensus::Message& checked) {
    return consensus::verify_message(checked, voters.epoch, voters.validators, voters.verifier);
  };
  Result<void> verified;
  if (const auto* vote = std::get_if<consensus::VoteMessage>(&*input)) verified = check(*vote);
  if (const auto* certificate = std::get_if<consensus::Certificate>(&*input)) verified = check(*certificate);
  if (const auto* request = std::get_if<consensus::CertificateRequest>(&*input)) verified = check(*request);
  if (const auto* proposal = std::get_if<ProposalFrame>(&*input)) verified = check(proposal->proposal);
  if (!verified) return std::unexpected(verified.error());
  return input;
}

}  // namespace kimberlite::runtime
