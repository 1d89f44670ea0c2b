// Old messages once more, its own and those of others, some of them from before the validators changed.
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Replays final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    remember(letter.bytes);
    return false;
  }

  void hear(const PublicKey& /*from*/, const FrameBytes& bytes, const v1::PeerMessage& /*message*/) override {
    remember(bytes);
  }

  void speak() override {
    if (memory_.empty()) return;
    const auto peers = mouth().some_peers();
    for (std::uint64_t left = 1 + random().below(kAtOnceMax); left > 0; --left) {
      mouth().count(simulation::Fault::kStaleCertificate);
      const FrameBytes& old = memory_[random().below(memory_.size())];
      for (const PublicKey& peer : peers) mouth().say(peer, old);
    }
  }

 private:
  static constexpr std::size_t kMemoryMax = 256;
  static constexpr std::uint64_t kAtOnceMax = 8;

  // Once the memory is full few take the place of one that is there: some stay for long.
  void remember(const FrameBytes& bytes) {
    if (memory_.size() < kMemoryMax)
      memory_.push_back(bytes);
    else if (random().chance(50))
      memory_[random().below(kMemoryMax)] = bytes;
  }

  std::vector<FrameBytes> memory_;
};

}  // namespace

LiePtr replays(Mouth& mouth) {
  return std::make_unique<Replays>(mouth);
}

}  // namespace kimberlite::whole_node
