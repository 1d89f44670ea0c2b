// Envelopes that no block may hold: by strangers, out of date, final long ago; and pairs of which a block may hold one.
#include <vector>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "proto/envelope.h"
#include "tests/simulation/whole_node/liars/lies.h"
#include "tests/simulation/whole_node/virtual_time.h"

namespace kimberlite::whole_node {
namespace {

class BadEnvelopes final : public Lie {
 public:
  using Lie::Lie;

  void hear(const PublicKey& /*from*/, const FrameBytes& /*bytes*/, const v1::PeerMessage& message) override {
    if (!message.has_envelopes() || message.envelopes().envelopes().empty()) return;
    const std::string& one = message.envelopes().envelopes(0);
    if (heard_.size() < kHeardMax)
      heard_.push_back(one);
    else if (random().chance(100))
      heard_[random().below(kHeardMax)] = one;
  }

  void speak() override {
    mouth().count(simulation::Fault::kBadEnvelope);
    switch (random().below(4)) {
      case 0:
        return tell(mouth().some_peers(), {by_stranger()});
      case 1:
        return tell(mouth().some_peers(), {out_of_date()});
      case 2:
        if (!heard_.empty()) tell(mouth().some_peers(), {heard_[random().below(heard_.size())]});
        return;
      default:
        return contradict();
    }
  }

 private:
  static constexpr std::size_t kHeardMax = 64;
  static constexpr std::uint64_t kContradictionsMax = 20;
  static constexpr std::int64_t kLongAgoMs = 30LL * 24 * 3'600'000;

  void tell(const std::vector<PublicKey>& to, const std::vector<std::string>& envelopes) const {
    v1::PeerMessage message;
    for (const std::string& envelope : envelopes) message.mutable_envelopes()->add_envelopes(envelope);
    mouth().say(to, message);
  }

  [[nodiscard]] TimeMs now() const { return TimeMs{kWorldBeginMs + mouth().scene().world.now_ms()}; }

  // Nobody registered the key.
  [[nodiscard]] std::string by_stranger() const {
    const auto stranger = *SecretKey::from_seed(mouth().random_bytes(SecretKey::kSeedSize));
    v1::SignedEnvelope wire;
    wire.ParseFromString(mouth().scene().cast.issue(mouth().id(), 0, now()));
    v1::Envelope content;
    content.ParseFromString(wire.payload());
    return sign_envelope(content, stranger);
  }

  [[nodiscard]] std::string out_of_date() const {
    const std::int64_t away_ms = random().chance(500) ? kLongAgoMs : -kLongAgoMs;
    return mouth().scene().cast.issue(mouth().id(), 0, TimeMs{now().value + away_ms});
  }

  // Two certificates of one number: some peers hear of one first, the others of the other.
  void contradict() {
    if (++contradictions_ > kContradictionsMax) return;
    Cast& cast = mouth().scene().cast;
    const auto importer = static_cast<NodeId>((mouth().id() + 1) % cast.founders());
    const auto pair = cast.issue_twice(mouth().id(), importer, now());
    for (const PublicKey& peer : mouth().peers()) {
      if (random().chance(500))
        tell({peer}, {pair.first, pair.second});
      else
        tell({peer}, {pair.second, pair.first});
    }
  }

  std::vector<std::string> heard_;
  std::uint64_t contradictions_{};
};

}  // namespace

LiePtr bad_envelopes(Mouth& mouth) {
  return std::make_unique<BadEnvelopes>(mouth);
}

}  // namespace kimberlite::whole_node
