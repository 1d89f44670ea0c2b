// Making messages: see messages.h.
#include "tests/cluster/bounds/messages.h"

#include <chrono>
#include <random>

#include "cli/signing.h"
#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/event.pb.h"
#include "proto/block.h"
#include "proto/envelope.h"
#include "proto/vote_payload.h"
#include "tests/cluster/bounds/byzantine_peer.h"

namespace kimberlite::bounds {
namespace {

std::string_view tag_of(v1::VoteKind kind) {
  if (kind == v1::VOTE_KIND_NOTARIZE) return kNotarizeTag;
  return kind == v1::VOTE_KIND_FINALIZE ? kFinalizeTag : kNullifyTag;
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::string framed(const v1::PeerMessage& message) {
  return framed(message.SerializeAsString());
}

std::string random_bytes(std::size_t bytes) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  std::string out;
  while (out.size() < bytes) {
    const std::uint64_t word = generator();
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.resize(bytes);
  return out;
}

v1::Vote signed_vote(const Scene& scene, const Liar& liar, v1::VoteKind kind, std::uint64_t epoch, std::uint64_t view,
                     const std::string& block) {
  v1::Vote vote;
  vote.set_kind(kind);
  vote.set_epoch(epoch);
  vote.set_view(view);
  vote.set_block(block);
  vote.set_validator(liar.place);
  const auto payload =
      vote_payload(scene.chain_id(), Epoch{epoch}, View{view}, Digest::from_bytes(block).value_or(Digest{}));
  vote.set_signature(std::string(liar.key.sign_tagged(tag_of(kind), payload).view()));
  return vote;
}

std::string vote_frame(const Scene& scene, const Liar& liar, v1::VoteKind kind, std::uint64_t epoch, std::uint64_t view,
                       const std::string& block) {
  v1::PeerMessage message;
  *message.mutable_vote()->mutable_vote() = signed_vote(scene, liar, kind, epoch, view, block);
  return framed(message);
}

std::string proposal_frame(const Scene& scene, const Liar& liar, std::uint64_t epoch, std::uint64_t view,
                           std::size_t envelopes) {
  BlockHeader header;
  header.chain_id = scene.chain_id();
  header.epoch = Epoch{epoch};
  header.view = View{view};
  header.height = Height{view};
  header.parent = *Digest::from_bytes(random_bytes(Digest::kSize));
  header.time_ms = TimeMs{now_ms()};
  header.proposer = liar.code;
  header.count = envelopes;
  header.events_root = header.state_root = header.parent;
  header.validators = scene.network.genesis().validators.digest();
  v1::PeerMessage message;
  auto& proposal = *message.mutable_proposal();
  proposal.set_record_leaf(encode_block_leaf(header));
  for (std::size_t i = 0; i < envelopes; ++i) proposal.add_envelope_ids(random_bytes(Digest::kSize));
  proposal.set_parent_view(view - 1);
  *proposal.mutable_vote() = signed_vote(scene, liar, v1::VOTE_KIND_NOTARIZE, epoch, view,
                                         std::string(block_digest(proposal.record_leaf()).view()));
  return framed(message);
}

std::string strangers_envelope(const Scene& scene, std::size_t bytes) {
  static const SecretKey kStranger = SecretKey::generate();
  constexpr std::uint64_t kNumber = 9'000'000;
  const auto& codes = scene.network.codes();
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(scene.chain_id().view()));
  envelope.set_participant(codes[0]);
  envelope.set_not_after_ms(now_ms() + cli::kNotAfterMs);
  envelope.set_nonce(cli::random_nonce());
  do {
    *envelope.add_events() = cluster::DaemonNetwork::issue_event(codes[0], codes[1], kNumber);
  } while (envelope.ByteSizeLong() + 512 < bytes && envelope.events_size() < static_cast<int>(kEnvelopeEventsMax));
  return sign_envelope(envelope, kStranger);
}

}  // namespace kimberlite::bounds
