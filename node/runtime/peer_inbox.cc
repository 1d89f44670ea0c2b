#include "node/runtime/peer_inbox.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "node/runtime/range_answer.h"
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

// Whether a frame is one field, and that a proposal; without parsing it.
bool is_proposal(const std::string& bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  const std::uint32_t tag =
      WireFormatLite::MakeTag(v1::PeerMessage::kProposalFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  std::uint32_t length = 0;
  return in.ReadTag() == tag && in.ReadVarint32(&length) &&
         static_cast<std::size_t>(in.CurrentPosition()) + length == bytes.size();
}

/// The envelopes that a message carries; null if it is of a kind that carries none.
const google::protobuf::RepeatedPtrField<std::string>* envelopes_in(const v1::PeerMessage& message) {
  if (message.has_envelopes()) return &message.envelopes().envelopes();
  return message.has_block() ? &message.block().envelopes() : nullptr;
}

// All kinds without envelopes.
Result<PeerInput> open_kind(const v1::PeerMessage& message) {
  switch (message.kind_case()) {
    case v1::PeerMessage::kVote:
      return open_vote(message.vote());
    case v1::PeerMessage::kCertificate:
      return open_certificate(message.certificate());
    case v1::PeerMessage::kProposal:
      return open_proposal(message.proposal());
    case v1::PeerMessage::kEnvelopeRequest: {
      auto ids = digests("ids", message.envelope_request().ids(), kEnvelopeIdsMax);
      if (!ids) return std::unexpected(ids.error());
      return EnvelopeRequestFrame{*std::move(ids)};
    }
    case v1::PeerMessage::kBlockRequest:
      return open_request(message.block_request());
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
  if (static_cast<std::size_t>(message.leaves_size()) > kRangeLeavesMax)
    return fail(Reason::FIELD_OUT_OF_RANGE, "leaves", "at most " + std::to_string(kRangeLeavesMax));
  return LogRangeFrame{LogIndex{message.first_index()},
                       LogSize{message.target_size()},
                       *std::move(before),
                       {message.leaves().begin(), message.leaves().end()},
                       *std::move(consistency)};
}

PeerInbox::PeerInbox(Options options, boost::asio::any_io_executor workers, boost::asio::io_context& core,
                     Deliver deliver, Punish punish)
    : options_(std::move(options)),
      deliver_(std::move(deliver)),
      punish_(std::move(punish)),
      openings_([workers](std::function<void()> work) { boost::asio::post(workers, std::move(work)); },
                [this](std::size_t peer, Opening& opening) { return take(peer, opening); }),
      arrivals_([&core](std::function<void()> work) { boost::asio::post(core, std::move(work)); },
                [this](std::size_t peer, Arrival& arrival) {
                  deliver_(peer, std::move(arrival.input));
                  return true;
                }) {
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
  Opening opening{.frame = std::move(frame), .message = {}, .envelopes = {}};
  const std::string& bytes = opening.frame->bytes();
  const bool small = bytes.size() <= (is_proposal(bytes) ? kInlineProposalBytesMax : kInlineFrameBytesMax);
  // One that is not done at once, for all its few bytes, takes its place among the others.
  if (small && take(peer, opening)) return;
  openings_.add(peer, std::move(opening));
}

bool PeerInbox::take(std::size_t peer, Opening& opening) {
  if (!opening.message) {
    auto message = std::make_shared<v1::PeerMessage>();
    if (!message->ParseFromString(opening.frame->bytes())) {
      punish_(peer, Error{Reason::MALFORMED, "frame", "not a PeerMessage"});
      return true;
    }
    opening.message = std::move(message);
  }
  if (envelopes_in(*opening.message) != nullptr) {
    const auto done = open_envelopes(peer, opening);
    if (!done) punish_(peer, done.error());
    return !done || *done;
  }
  auto input = open_whole(peer, opening);
  if (!input) {
    punish_(peer, input.error());
  } else if (*input) {
    arrivals_.add(peer, {opening.frame, **std::move(input)});
  }
  return true;
}

// True once all are open. Those of a batch go on at once, those of a block when it is whole.
Result<bool> PeerInbox::open_envelopes(std::size_t peer, Opening& opening) {
  const v1::PeerMessage& message = *opening.message;
  if (message.has_block()) {
    if (auto header = decode_block_leaf(message.block().record_leaf()); !header) return std::unexpected(header.error());
  }
  const auto& all = *envelopes_in(message);
  const auto count = static_cast<std::size_t>(all.size());
  const std::size_t begun = opening.opened;
  for (const std::size_t end = std::min(opening.opened + kEnvelopesAtOnce, count); opening.opened < end;) {
    auto envelope = open_envelope(all[static_cast<int>(opening.opened++)], options_.chain_id);
    if (!envelope) return std::unexpected(envelope.error());
    opening.envelopes.push_back(*std::move(envelope));
  }
  const bool done = opening.opened == count;
  options_.verified(opening.opened - begun);
  if (message.has_envelopes()) {
    arrivals_.add(peer, {opening.frame, EnvelopesFrame{std::exchange(opening.envelopes, {})}});
  } else if (done) {
    const auto& record = message.block().record_leaf();
    arrivals_.add(peer, {opening.frame, BlockFrame{block_digest(record), record, std::move(opening.envelopes)}});
  }
  return done;
}

// Nothing for the core in a checkpoint signature, and in answers to the node that made this store from a snapshot: a
// peer may give them when that is done.
Result<std::optional<PeerInput>> PeerInbox::open_whole(std::size_t peer, const Opening& opening) const {
  const v1::PeerMessage& message = *opening.message;
  if (message.has_snapshot_offer() || message.has_state_chunk() || message.has_epoch_links()) return std::nullopt;
  if (message.kind_case() == v1::PeerMessage::kCheckpointSignature) {
    auto vote = open_checkpoint(message.checkpoint_signature());
    if (!vote) return std::unexpected(vote.error());
    options_.verified(1);
    if (auto counted = options_.checkpoint(peer, *vote); !counted) return std::unexpected(counted.error());
    return std::nullopt;
  }
  const auto now = voters();
  if (const auto spoken = epoch_of(message); spoken && *spoken != now->epoch)
    return OtherEpochFrame{*spoken, opening.frame, finalized_in(message)};
  return open(message, *now);
}

Result<PeerInput> PeerInbox::open(const v1::PeerMessage& message, const Voters& voters) const {
  auto input = open_kind(message);
  if (!input) return input;

  const auto check = [&](const consensus::Message& checked) {
    return consensus::verify_message(checked, voters.epoch, voters.validators, voters.verifier);
  };
  Result<void> verified;
  if (const auto* vote = std::get_if<consensus::VoteMessage>(&*input)) verified = check(*vote);
  if (const auto* certificate = std::get_if<consensus::Certificate>(&*input)) verified = check(*certificate);
  if (const auto* request = std::get_if<consensus::CertificateRequest>(&*input)) verified = check(*request);
  if (const auto* proposal = std::get_if<ProposalFrame>(&*input)) verified = check(proposal->proposal);
  const auto* certificate = std::get_if<consensus::Certificate>(&*input);
  const bool signed_once =
      std::holds_alternative<consensus::VoteMessage>(*input) || std::holds_alternative<ProposalFrame>(*input);
  options_.verified(certificate != nullptr ? certificate->signatures.size() : signed_once ? 1 : 0);
  if (!verified) return std::unexpected(verified.error());
  return input;
}

}  // namespace kimberlite::runtime
