// Blocks whose content only some can have: envelopes that nobody else was told of, shown to some peers alone and to the
// others much later or never, and answers to whoever asks for the block or its envelopes kept back alike.
#include <set>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"
#include "tests/simulation/whole_node/virtual_time.h"

namespace kimberlite::whole_node {
namespace {

using simulation::Fault;

class Withholding final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    const bool content = letter.message.has_envelopes() || letter.message.has_block();
    if (letter.message.has_proposal()) draw_kept_from(letter.message.proposal().vote().view());
    if (!content || !kept_from_.contains(letter.to)) return false;
    mouth().count(Fault::kWithheldBody);
    if (random().chance(kNeverPerMille)) return true;
    const std::int64_t delay_ms = random().between(1, kRevealDeltasMax) * mouth().scene().delta_ms;
    mouth().later(delay_ms, [this, to = letter.to, bytes = letter.bytes] {
      mouth().count(Fault::kLateReveal);
      mouth().say(to, bytes);
    });
    return true;
  }

  /// The node within has something to propose of which nobody else knows.
  void speak() override {
    if (++envelopes_ > kEnvelopesMax) return;
    draw_kept_from(0);
    const Scene& scene = mouth().scene();
    const auto importer = static_cast<NodeId>((mouth().id() + 1) % scene.cast.founders());
    scene.submit(scene.cast.issue(mouth().id(), importer, TimeMs{kWorldBeginMs + scene.world.now_ms()}));
  }

 private:
  static constexpr std::uint64_t kNeverPerMille = 300;
  static constexpr std::int64_t kRevealDeltasMax = 30;
  static constexpr std::uint64_t kEnvelopesMax = 20;

  void draw_kept_from(std::uint64_t view) {
    if (view == view_ && view != 0) return;
    view_ = view;
    const std::uint64_t per_mille = random().below(1001);
    kept_from_.clear();
    for (const PublicKey& peer : mouth().peers())
      if (random().chance(per_mille)) kept_from_.insert(peer);
  }

  std::uint64_t view_{};  ///< of the newest block that is kept back
  std::set<PublicKey> kept_from_;
  std::uint64_t envelopes_{};
};

}  // namespace

LiePtr withholding(Mouth& mouth) {
  return std::make_unique<Withholding>(mouth);
}

}  // namespace kimberlite::whole_node
