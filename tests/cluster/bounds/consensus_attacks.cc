// Attacks on consensus: votes, certificates and proposals by a validator that lies.
#include <algorithm>
#include <deque>
#include <memory>

#include "proto/checkpoint.h"
#include "tests/cluster/bounds/attack.h"
#include "tests/cluster/bounds/byzantine_peer.h"
#include "tests/cluster/bounds/eavesdropper.h"
#include "tests/cluster/bounds/messages.h"

namespace kimberlite::bounds {
namespace {

constexpr std::size_t kSignedBeforehand = 4'000;
constexpr std::size_t kVotesAtOnce = 200;
constexpr std::uint64_t kFarAhead = 1'000'000;
constexpr std::size_t kCapturedMax = 2'000;
constexpr std::size_t kCertificatesAtOnce = 50;
/// Ids of a proposal: about what a frame of 128 KiB holds.
constexpr std::size_t kIdsOfAProposal = 4'000;
constexpr std::size_t kProposalsBeforehand = 200;

/// The frames one after another, from the beginning again at the end.
std::function<std::string()> repeat(std::vector<std::string> frames, std::size_t at_once) {
  return [frames = std::move(frames), at_once, next = std::size_t{0}]() mutable {
    std::string out;
    for (std::size_t i = 0; i < at_once; ++i) out += frames[next++ % frames.size()];
    return out;
  };
}

Flood votes_far_ahead(const Scene& scene, const Liar& liar) {
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < kSignedBeforehand; ++i)
    frames.push_back(vote_frame(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch, scene.view + kFarAhead + i, {}));
  return {.next = repeat(std::move(frames), kVotesAtOnce)};
}

/// Both blocks, a finalization and a nullification for every view of the window, as it moves.
Flood votes_double(const Scene& scene, const Liar& liar) {
  return {.next = [&scene, &liar, done = std::uint64_t{0}]() mutable {
    const std::uint64_t last = scene.view + 2 * scene.network.codes().size();
    done = std::max<std::uint64_t>(done, scene.view > 1 ? scene.view - 2 : 0);
    std::string out;
    if (done >= last) return out;
    ++done;
    for (const auto kind : {v1::VOTE_KIND_NOTARIZE, v1::VOTE_KIND_NOTARIZE, v1::VOTE_KIND_FINALIZE})
      out += vote_frame(scene, liar, kind, kFirstEpoch, done, random_bytes(Digest::kSize));
    return out + vote_frame(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch, done, {});
  }};
}

/// One vote, whole and good, again and again.
Flood votes_repeated(const Scene& scene, const Liar& liar) {
  return {.next = [&scene, &liar, view = std::uint64_t{0}, frames = std::string()]() mutable {
    if (view != scene.view) {
      view = scene.view;
      const std::string frame = vote_frame(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch, view, {});
      frames.clear();
      for (std::size_t i = 0; i < kVotesAtOnce; ++i) frames += frame;
    }
    return frames;
  }};
}

/// Certificates that the node gave us itself.
Flood certificates_old(const Scene& /*scene*/, const Liar& /*liar*/) {
  auto captured = std::make_shared<std::deque<std::string>>();
  return {.next =
              [captured, next = std::size_t{0}]() mutable {
                v1::PeerMessage request;
                request.mutable_certificate_request()->set_epoch(kFirstEpoch);
                std::string out = framed(request);
                for (std::size_t i = 0; i < kCertificatesAtOnce && !captured->empty(); ++i)
                  out += framed((*captured)[next++ % captured->size()]);
                return out;
              },
          .heard =
              [captured](const std::string& payload) {
                v1::PeerMessage message;
                if (!message.ParseFromString(payload) || !message.has_certificate()) return;
                captured->push_back(payload);
                if (captured->size() > kCapturedMax) captured->pop_front();
              }};
}

/// Each a lie of another kind; the node ends the connection after one.
Flood certificates_forged(const Scene& scene, const Liar& liar) {
  return {.next = [&scene, &liar, turn = std::uint64_t{0}]() mutable {
    const std::size_t quorum = scene.network.genesis().validators.quorum_size();
    v1::PeerMessage message;
    auto& certificate = *message.mutable_certificate();
    certificate.set_kind(v1::VOTE_KIND_NULLIFY);
    certificate.set_epoch(kFirstEpoch);
    certificate.set_view(scene.view);
    const auto vote = signed_vote(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch, scene.view, {});
    const std::uint64_t lie = turn++ % 4;
    for (std::size_t i = 0; i < quorum; ++i) {
      const auto in_order = static_cast<std::uint32_t>(i);
      constexpr std::uint32_t kOutOfRange = 1'000'000;
      certificate.add_validators(lie == 0 ? in_order : lie == 1 ? liar.place : kOutOfRange + in_order);
      certificate.add_signatures(lie == 1 ? vote.signature() : random_bytes(Signature::kSize));
    }
    if (lie == 3) certificate.clear_signatures();
    return framed(message);
  }};
}

/// Blocks that nobody can put together.
Flood proposals_bodiless(const Scene& scene, const Liar& liar) {
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < kProposalsBeforehand; ++i)
    frames.push_back(proposal_frame(scene, liar, kFirstEpoch, scene.view + i, kIdsOfAProposal));
  return {.next = repeat(std::move(frames), 1)};
}

/// Messages of an epoch that is not there yet, of which nothing can be checked, up to the size of a frame.
Flood next_epoch(const Scene& scene, const Liar& liar) {
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < kProposalsBeforehand; ++i) {
    frames.push_back(proposal_frame(scene, liar, kFirstEpoch + 1 + i % 3, 1 + i, kIdsOfAProposal));
    frames.push_back(vote_frame(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch + 1 + i, 1, {}));
  }
  v1::PeerMessage huge;
  auto& proposal = *huge.mutable_proposal();
  *proposal.mutable_vote() = signed_vote(scene, liar, v1::VOTE_KIND_NULLIFY, kFirstEpoch + 1, 1, {});
  proposal.set_record_leaf(std::string(net::kFrameBytesMax - 1'024, 'r'));
  frames.push_back(framed(huge));
  return {.next = repeat(std::move(frames), 1)};
}

/// What leaders propose to the liar is passed on at once, as it is, and with envelopes that nobody has.
Flood proposals_relayed(const Scene& scene, const Liar& liar) {
  auto overheard = std::make_shared<Eavesdropper>(scene, liar);
  return {.next = [overheard] {
    std::string out;
    for (const auto& payload : overheard->take()) {
      v1::PeerMessage message;
      if (!message.ParseFromString(payload) || !message.has_proposal()) continue;
      for (auto& id : *message.mutable_proposal()->mutable_envelope_ids()) id = random_bytes(Digest::kSize);
      out += framed(message) + framed(payload);
    }
    return out;
  }};
}

Flood checkpoint_spam(const Scene& scene, const Liar& liar) {
  std::vector<std::string> frames;
  const std::string& origin = scene.network.genesis().genesis->network_name();
  for (std::size_t i = 0; i < kSignedBeforehand; ++i) {
    // Half of them on one prefix that is still to come: each with a root of its own.
    const LogSize size{scene.log_size + kFarAhead + (i % 2 == 0 ? 0 : i)};
    const Digest root = *Digest::from_bytes(random_bytes(Digest::kSize));
    v1::PeerMessage message;
    auto& checkpoint = *message.mutable_checkpoint_signature();
    checkpoint.set_size(size.value);
    checkpoint.set_root(std::string(root.view()));
    checkpoint.set_public_key(std::string(liar.key.public_key().view()));
    checkpoint.set_signature(std::string(sign_checkpoint({origin, size, root}, liar.key).view()));
    frames.push_back(framed(message));
  }
  return {.next = repeat(std::move(frames), kVotesAtOnce)};
}

}  // namespace

std::vector<Attack> vote_attacks() {
  return {
      {.name = "votes-far-ahead",
       .meaning = "good votes for views that nobody will see",
       .reached = {Bound::kReceived, Bound::kVotes},
       .flood = votes_far_ahead},
      {.name = "votes-double",
       .meaning = "all contradicting votes, for every view of the window",
       .reached = {Bound::kReceived, Bound::kVotes, Bound::kTree},
       .flood = votes_double},
      {.name = "votes-repeated",
       .meaning = "one good vote a view, without end",
       .reached = {Bound::kReceived, Bound::kVotes, Bound::kToSend},
       .flood = votes_repeated},
  };
}

std::vector<Attack> certificate_attacks() {
  return {
      {.name = "certificates-old",
       .meaning = "certificates that hold, sent back",
       .reached = {Bound::kReceived, Bound::kToSend},
       .flood = certificates_old},
      {.name = "certificates-forged",
       .meaning = "bad signatures, one signer repeated, signers out of range, none",
       .reached = {Bound::kReceived},
       .flood = certificates_forged},
      {.name = "checkpoint-spam",
       .meaning = "good signatures on prefixes of logs that do not exist",
       .reached = {Bound::kReceived, Bound::kCheckpoints},
       .flood = checkpoint_spam},
      {.name = "next-epoch",
       .meaning = "messages of epochs to come, up to 4 MiB each",
       .reached = {Bound::kReceived, Bound::kToSend},
       .flood = next_epoch},
      {.name = "proposals-bodiless",
       .meaning = "proposals of 4,000 envelopes that nobody has",
       .reached = {Bound::kReceived, Bound::kProposals, Bound::kToSend},
       .flood = proposals_bodiless},
      {.name = "proposals-relayed",
       .meaning = "leaders' proposals to the liar passed on by it",
       .reached = {Bound::kReceived, Bound::kProposals},
       .flood = proposals_relayed},
  };
}

}  // namespace kimberlite::bounds
