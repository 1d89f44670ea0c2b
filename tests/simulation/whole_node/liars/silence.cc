// Who asks gets no answer, always or sometimes.
#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Silence final : public Lie {
 public:
  explicit Silence(Mouth& mouth) : Lie(mouth), per_mille_(random().chance(500) ? 1000 : random().below(1000)) {}

  bool take(const Letter& letter) override {
    const v1::PeerMessage& message = letter.message;
    const bool answer = message.has_block() || message.has_log_range() || message.has_certificate() ||
                        message.has_snapshot_offer() || message.has_epoch_links() || message.has_state_chunk();
    if (!answer || !random().chance(per_mille_)) return false;
    mouth().count(simulation::Fault::kNoAnswer);
    return true;
  }

 private:
  std::uint64_t per_mille_;
};

}  // namespace

LiePtr silence(Mouth& mouth) {
  return std::make_unique<Silence>(mouth);
}

}  // namespace kimberlite::whole_node
