// Bytes that are no message, or the beginning or the like of one.
#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class Rubbish final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!random().chance(kPerMille)) return false;
    std::string bytes = *letter.bytes;
    switch (random().below(3)) {
      case 0:
        bytes.resize(1 + random().below(bytes.size()));
        break;
      case 1:
        mouth().flip_bit(bytes);
        break;
      default:
        bytes = mouth().random_bytes(1 + random().below(kBytesMax));
    }
    mouth().count(simulation::Fault::kRubbish);
    mouth().say(letter.to, std::make_shared<const std::string>(std::move(bytes)));
    return true;
  }

 private:
  static constexpr std::uint64_t kPerMille = 20;
  static constexpr std::uint64_t kBytesMax = 300;
};

}  // namespace

LiePtr rubbish(Mouth& mouth) {
  return std::make_unique<Rubbish>(mouth);
}

}  // namespace kimberlite::whole_node
