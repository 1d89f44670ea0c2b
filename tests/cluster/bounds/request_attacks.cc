// Attacks by questions: short ones whose answers are long, answers that are read and answers that are not.
#include <memory>

#include "cli/signing.h"
#include "node/runtime/peer_inbox.h"
#include "proto/envelope.h"
#include "tests/cluster/bounds/attack.h"
#include "tests/cluster/bounds/byzantine_peer.h"
#include "tests/cluster/bounds/messages.h"

namespace kimberlite::bounds {
namespace {

constexpr std::size_t kRequestsAtOnce = 200;

std::string many(const v1::PeerMessage& message, std::size_t count) {
  const std::string frame = framed(message);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += frame;
  return out;
}

Flood asking(const v1::PeerMessage& message, bool reads) {
  return {.next = [bytes = many(message, kRequestsAtOnce)] { return bytes; }, .reads = reads};
}

v1::PeerMessage block_request(const Scene& scene) {
  v1::PeerMessage message;
  message.mutable_block_request()->set_digest(std::string(scene.big_block.view()));
  return message;
}

v1::PeerMessage range_request(const Scene& scene) {
  v1::PeerMessage message;
  message.mutable_log_range_request()->set_target_size(scene.log_size);
  return message;
}

v1::PeerMessage certificate_request() {
  v1::PeerMessage message;
  message.mutable_certificate_request()->set_epoch(kFirstEpoch);
  return message;
}

/// A large envelope, and then the wish to have it 4,096 times.
Flood envelope_requests(const Scene& scene, bool reads) {
  return {.next =
              [&scene] {
                v1::PeerMessage given;
                const std::string envelope = strangers_envelope(scene, kEnvelopeBytesMax);
                given.mutable_envelopes()->add_envelopes(envelope);
                v1::PeerMessage request;
                const std::string id(cli::id_of_signed_bytes(envelope).view());
                for (int i = 0; i < runtime::kEnvelopeIdsMax; ++i) request.mutable_envelope_request()->add_ids(id);
                return framed(given) + many(request, 4);
              },
          .reads = reads};
}

Attack questions(std::string_view name, std::string_view meaning,
                 std::function<Flood(const Scene&, const Liar&)> flood) {
  return {.name = name, .meaning = meaning, .reached = {Bound::kReceived, Bound::kToSend}, .flood = std::move(flood)};
}

}  // namespace

std::vector<Attack> request_attacks() {
  return {
      questions("blocks-unread", "requests for a block of about 1 MiB; the answers are not read",
                [](const Scene& scene, const Liar&) { return asking(block_request(scene), false); }),
      questions("blocks-read", "the same; the answers are read",
                [](const Scene& scene, const Liar&) { return asking(block_request(scene), true); }),
      questions("ranges-unread", "requests for the log; the answers are not read",
                [](const Scene& scene, const Liar&) { return asking(range_request(scene), false); }),
      questions("ranges-read", "the same; the answers are read",
                [](const Scene& scene, const Liar&) { return asking(range_request(scene), true); }),
      questions("certificates-asked", "requests of 10 bytes for 64 certificates each",
                [](const Scene&, const Liar&) { return asking(certificate_request(), true); }),
      questions("envelopes-asked", "requests for one large envelope, 4,096 times each",
                [](const Scene& scene, const Liar&) { return envelope_requests(scene, true); }),
      questions("envelopes-unread", "the same; the answers are not read",
                [](const Scene& scene, const Liar&) { return envelope_requests(scene, false); }),
  };
}

}  // namespace kimberlite::bounds
