// Signatures on checkpoints of logs that do not exist, or that do not hold.
#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/peer.pb.h"
#include "proto/checkpoint.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class FalseCheckpoints final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!letter.message.has_checkpoint_signature() || !random().chance(kPerMille)) return false;
    v1::PeerMessage message = letter.message;
    auto& checkpoint = *message.mutable_checkpoint_signature();
    switch (random().below(4)) {
      case 0:
        mouth().flip_bit(*checkpoint.mutable_signature());
        break;
      case 1:
        checkpoint.set_public_key(mouth().random_bytes(PublicKey::kSize));
        break;
      case 2:
        checkpoint.set_size(checkpoint.size() + 1);
        break;
      default:
        sign(checkpoint, LogSize{checkpoint.size()}, mouth().random_digest());
    }
    mouth().count(simulation::Fault::kFalseCheckpoint);
    mouth().say(letter.to, message);
    return random().chance(500);
  }

  /// Of a log that is still to come: nobody can tell yet.
  void speak() override {
    v1::PeerMessage message;
    const std::uint64_t ahead = random().chance(500) ? random().below(20) : 1'000'000;
    sign(*message.mutable_checkpoint_signature(), LogSize{mouth().scene().log.size().value + 1 + ahead},
         mouth().random_digest());
    mouth().count(simulation::Fault::kFalseCheckpoint);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille = 300;

  void sign(v1::CheckpointSignature& out, LogSize size, const Digest& root) const {
    const Checkpoint checkpoint{mouth().scene().cast.genesis().genesis->network_name(), size, root};
    out.set_size(size.value);
    out.set_root(std::string(root.view()));
    out.set_public_key(std::string(mouth().key().public_key().view()));
    out.set_signature(std::string(sign_checkpoint(checkpoint, mouth().key()).view()));
  }
};

}  // namespace

LiePtr false_checkpoints(Mouth& mouth) {
  return std::make_unique<FalseCheckpoints>(mouth);
}

}  // namespace kimberlite::whole_node
