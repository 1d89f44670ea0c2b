// Many requests at once, whose answers are longer than they are, or for what nobody has.
#include <limits>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Floods final : public Lie {
 public:
  using Lie::Lie;

  void speak() override {
    const auto peers = mouth().peers();
    if (peers.empty()) return;
    mouth().count(simulation::Fault::kFlood);
    const PublicKey& to = peers[random().below(peers.size())];
    const v1::PeerMessage request = some_request();
    const auto bytes = std::make_shared<const std::string>(request.SerializeAsString());
    for (std::uint64_t left = 1 + random().below(kAtOnceMax); left > 0; --left) mouth().say(to, bytes);
  }

 private:
  static constexpr std::uint64_t kAtOnceMax = 100;
  static constexpr int kIdsAtOnce = 500;

  [[nodiscard]] v1::PeerMessage some_request() const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    v1::PeerMessage message;
    switch (random().below(7)) {
      case 0: {
        const Digest block = random().chance(700) ? mouth().final_block() : mouth().random_digest();
        message.mutable_block_request()->set_digest(std::string(block.view()));
        break;
      }
      case 1: {
        auto& request = *message.mutable_log_range_request();
        const std::uint64_t size = mouth().scene().log.size().value;
        const std::uint64_t numbers[] = {0, 1, size, size + 1, random().below(size + 1), kMost};
        request.set_first_index(numbers[random().below(std::size(numbers))]);
        request.set_target_size(numbers[random().below(std::size(numbers))]);
        request.set_count(numbers[random().below(std::size(numbers))]);
        break;
      }
      case 2:
        message.mutable_certificate_request()->set_epoch(mouth().epoch().value);
        break;
      case 3: {
        const std::string id = mouth().random_bytes(Digest::kSize);
        for (int i = 0; i < kIdsAtOnce; ++i) message.mutable_envelope_request()->add_ids(id);
        break;
      }
      case 4:
        message.mutable_snapshot_request();
        break;
      case 5:
        message.mutable_state_chunk_request()->set_height(random().below(10));
        message.mutable_state_chunk_request()->set_chunk(static_cast<std::uint32_t>(random().next()));
        break;
      default:
        message.mutable_epoch_links_request()->set_first_epoch(random().chance(500) ? 1 : random().next());
    }
    return message;
  }
};

}  // namespace

LiePtr floods(Mouth& mouth) {
  return std::make_unique<Floods>(mouth);
}

}  // namespace kimberlite::whole_node
