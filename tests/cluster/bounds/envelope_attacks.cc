// Attacks by frames and envelopes: bytes that must be read, and signatures that must be verified, before they are known
// to be worth nothing.
#include <memory>

#include "node/net/peer_network.h"
#include "proto/envelope.h"
#include "tests/cluster/bounds/attack.h"
#include "tests/cluster/bounds/byzantine_peer.h"
#include "tests/cluster/bounds/messages.h"

namespace kimberlite::bounds {
namespace {

constexpr std::size_t kSmallEnvelopes = 8'000;
constexpr std::size_t kLargeEnvelopes = 400;
constexpr std::size_t kBatchBytes = 1024 * 1024;

/// Frames of envelopes, each frame of about so many bytes; the last one is filled up from the beginning.
std::vector<std::string> envelope_frames(const Scene& scene, std::size_t count, std::size_t envelope_bytes,
                                         std::size_t frame_bytes) {
  std::vector<std::string> frames;
  v1::PeerMessage message;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string envelope = strangers_envelope(scene, envelope_bytes);
    if (bytes > 0 && bytes + envelope.size() + 16 > frame_bytes) {
      frames.push_back(framed(message));
      message.Clear();
      bytes = 0;
    }
    message.mutable_envelopes()->add_envelopes(envelope);
    bytes += envelope.size() + 16;
  }
  frames.push_back(framed(message));
  return frames;
}

std::function<std::string()> in_turn(std::vector<std::string> frames) {
  return [frames = std::move(frames), next = std::size_t{0}]() mutable { return frames[next++ % frames.size()]; };
}

Flood frames_of_garbage(const Scene& /*scene*/, const Liar& /*liar*/) {
  return {.next = in_turn({framed(std::string(net::kFrameBytesMax, '\xff'))})};
}

/// The largest frame but for its last byte, which comes with the next one.
Flood frames_unfinished(const Scene& /*scene*/, const Liar& /*liar*/) {
  std::string frame = framed(std::string(net::kFrameBytesMax, 'x'));
  frame.pop_back();
  return {.next = [frame, sent = false]() mutable {
    sent = !sent;
    return sent ? frame : std::string();
  }};
}

/// An answer that nobody asked for.
Flood frames_of_ranges(const Scene& scene, const Liar& /*liar*/) {
  v1::PeerMessage message;
  auto& range = *message.mutable_log_range();
  range.set_first_index(scene.log_size);
  range.set_target_size(scene.log_size * 2);
  for (std::size_t bytes = 0; bytes + kEnvelopeBytesMax + 16 < net::kFrameBytesMax - 64;
       bytes += kEnvelopeBytesMax + 16)
    range.add_leaves(std::string(kEnvelopeBytesMax, 'l'));
  return {.next = in_turn({framed(message)})};
}

Flood envelopes_in_4_mib(const Scene& scene, const Liar& /*liar*/) {
  return {.next = in_turn(envelope_frames(scene, kSmallEnvelopes * 2, 0, net::kFrameBytesMax))};
}

Flood envelopes_invalid(const Scene& scene, const Liar& /*liar*/) {
  auto frames = envelope_frames(scene, kSmallEnvelopes, 0, kBatchBytes);
  for (auto& frame : frames) frame.back() = static_cast<char>(frame.back() ^ 1);  // of the last signature
  return {.next = in_turn(std::move(frames))};
}

Flood envelopes_refused(const Scene& scene, const Liar& /*liar*/) {
  return {.next = in_turn(envelope_frames(scene, kSmallEnvelopes, 0, kBatchBytes))};
}

/// One a frame, as many signatures as bytes allow.
Flood envelopes_single(const Scene& scene, const Liar& /*liar*/) {
  return {.next = in_turn(envelope_frames(scene, kSmallEnvelopes, 0, 1))};
}

Flood envelopes_large(const Scene& scene, const Liar& /*liar*/) {
  return {.next = in_turn(envelope_frames(scene, kLargeEnvelopes, kEnvelopeBytesMax, kBatchBytes))};
}

}  // namespace

std::vector<Attack> frame_attacks() {
  return {
      {.name = "frames-garbage",
       .meaning = "4 MiB frames of no message",
       .reached = {Bound::kReceived},
       .flood = frames_of_garbage},
      {.name = "frames-unfinished",
       .meaning = "4 MiB frames of unknown fields whose last byte comes late",
       .reached = {Bound::kReceived},
       .flood = frames_unfinished},
      {.name = "frames-ranges",
       .meaning = "4 MiB ranges of the log that nobody asked for",
       .reached = {Bound::kReceived},
       .flood = frames_of_ranges},
      {.name = "frames-envelopes",
       .meaning = "4 MiB frames of refused envelopes",
       .reached = {Bound::kReceived, Bound::kPool, Bound::kRefusals},
       .flood = envelopes_in_4_mib},
  };
}

std::vector<Attack> envelope_attacks() {
  return {
      {.name = "envelopes-invalid",
       .meaning = "frames with a bad signature behind thousands of good ones",
       .reached = {Bound::kReceived},
       .flood = envelopes_invalid},
      {.name = "envelopes-refused",
       .meaning = "envelopes by a key that nobody registered",
       .reached = {Bound::kReceived, Bound::kPool, Bound::kRefusals},
       .flood = envelopes_refused},
      {.name = "envelopes-single",
       .meaning = "the same, each in a frame of its own",
       .reached = {Bound::kReceived, Bound::kPool, Bound::kRefusals},
       .flood = envelopes_single},
      {.name = "envelopes-large",
       .meaning = "the same, of 60,000 bytes",
       .reached = {Bound::kReceived, Bound::kPool, Bound::kRefusals},
       .flood = envelopes_large},
  };
}

}  // namespace kimberlite::bounds
