#include "tests/simulation/whole_node/liars/liar.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {

using consensus::ValidatorIndex;
using consensus::VoteKind;
using simulation::Fault;

namespace {

using MakeLie = LiePtr (*)(Mouth&);
constexpr MakeLie kSubtle[] = {double_votes, withholding, selective_sending, silence,      replays, claims,
                               other_epochs, floods,      bad_proposals,     bad_envelopes};
constexpr MakeLie kPlain[] = {forgery, bad_certificates, false_ranges, false_blocks, false_checkpoints, rubbish};

// Chance of a thousand that a liar tells lies of a kind.
constexpr std::uint64_t kEquivocatesPerMille = 500;
constexpr std::uint64_t kSubtlePerMille = 300;
constexpr std::uint64_t kSnapshotsPerMille = 600;
// And that it tells any that end its connections, and then of each kind of these.
constexpr std::uint64_t kTellsPlainLiesPerMille = 500;
constexpr std::uint64_t kPlainPerMille = 500;
// How many of a thousand messages, sent or heard, are an occasion for another lie.
constexpr std::uint64_t kSpeaksPerMille[] = {5, 30, 150};
constexpr std::uint64_t kHeightsAhead[] = {1, 20, 1'000'000};

}  // namespace

Liar::Liar(Scene scene, NodeId id, Conspiracy& conspiracy) : mouth_(std::move(scene), id), conspiracy_(conspiracy) {
  conspiracy_.join(mouth_);
  draw_lies();
}

void Liar::draw_lies() {
  simulation::Random& random = mouth_.random();
  speaks_per_mille_ = kSpeaksPerMille[random.below(std::size(kSpeaksPerMille))];
  false_heights_per_mille_ = random.chance(200) ? 500 : 0;
  if (mouth_.scene().idle) lies_.push_back(idleness(mouth_));
  if (random.chance(kEquivocatesPerMille)) lies_.push_back(equivocation(mouth_, conspiracy_));
  for (const MakeLie make : kSubtle)
    if (random.chance(kSubtlePerMille)) lies_.push_back(make(mouth_));
  const Scene& scene = mouth_.scene();
  if (scene.snapshots && (scene.forges_snapshots || random.chance(kSnapshotsPerMille)))
    lies_.push_back(false_snapshots(mouth_));
  if (!random.chance(kTellsPlainLiesPerMille)) return;
  for (const MakeLie make : kPlain)
    if (random.chance(kPlainPerMille)) lies_.push_back(make(mouth_));
}

void Liar::parse(const FrameBytes& frame) {
  if (parsed_ == frame) return;
  parsed_ = frame;
  message_ = std::make_unique<v1::PeerMessage>();
  message_->ParseFromString(*frame);
}

void Liar::remember_vote() {
  if (!message_->has_vote() && !message_->has_proposal()) return;
  const auto vote = runtime::decode(message_->has_vote() ? message_->vote().vote() : message_->proposal().vote());
  if (!vote) return;
  said_.emplace(vote->kind, vote->epoch, vote->view, vote->block);
  mouth_.spoken(vote->epoch, vote->view);
}

void Liar::send(const PublicKey& to, const FrameBytes& frame) {
  parse(frame);
  remember_vote();
  if (!conspiracy_.active) return mouth_.say(to, frame);
  const Letter letter{to, frame, *message_};
  const bool taken = std::ranges::any_of(lies_, [&](const auto& lie) { return lie->take(letter); });
  if (!taken) mouth_.say(to, frame);
  maybe_speak(speaks_per_mille_);
}

void Liar::maybe_speak(std::uint64_t per_mille) {
  if (lies_.empty() || !mouth_.random().chance(per_mille)) return;
  lies_[mouth_.random().below(lies_.size())]->speak();
}

FrameBytes Liar::hear(const PublicKey& from, FrameBytes frame) {
  parse(frame);
  if (message_->has_certificate() && !conspiracy_.has(mouth_.scene().cast.owner(from)))
    mouth_.spoken(Epoch{message_->certificate().epoch()}, View{message_->certificate().view()});
  if (!conspiracy_.active) return without_our_lies(std::move(frame));
  for (const auto& lie : lies_) lie->hear(from, frame, *message_);
  maybe_speak(speaks_per_mille_ / 4);
  return without_our_lies(std::move(frame));
}

/// The node within would take a vote of its key that it did not cast for the mark of an old disk, and vote no more.
FrameBytes Liar::without_our_lies(FrameBytes frame) const {
  if (!message_->has_certificate()) return frame;
  auto certificate = runtime::decode(message_->certificate());
  const auto place = certificate ? mouth_.place(certificate->epoch) : std::nullopt;
  if (!place) return frame;
  const auto ours = std::ranges::find(certificate->validators, *place);
  if (ours == certificate->validators.end() ||
      said_.contains({certificate->kind, certificate->epoch, certificate->view, certificate->block}))
    return frame;
  const ValidatorSet* voters = mouth_.scene().log.voters(certificate->epoch);
  // Once nobody lies it may be all that there is to be had: better a node that votes no more than one that asks on.
  if (certificate->validators.size() <= voters->quorum_size()) return conspiracy_.active ? nullptr : frame;
  certificate->signatures.erase(certificate->signatures.begin() + (ours - certificate->validators.begin()));
  certificate->validators.erase(ours);
  v1::PeerMessage message;
  runtime::encode(*certificate, *message.mutable_certificate());
  return std::make_shared<const std::string>(message.SerializeAsString());
}

std::uint64_t Liar::height_told(std::uint64_t height) {
  if (!conspiracy_.active || !mouth_.random().chance(false_heights_per_mille_)) return height;
  mouth_.count(Fault::kFalseHeight);
  if (mouth_.random().chance(300)) return 0;
  return height + kHeightsAhead[mouth_.random().below(std::size(kHeightsAhead))];
}

}  // namespace kimberlite::whole_node
