// What the node within says reaches some peers only; after some messages, some others.
#include <map>

#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class SelectiveSending final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (left_ == 0) {
      left_ = 1 + random().below(kLettersMax);
      lost_per_mille_.clear();
    }
    --left_;
    const auto [entry, fresh] = lost_per_mille_.emplace(letter.to, 0);
    if (fresh) entry->second = random().chance(500) ? 0 : random().below(1001);
    if (!random().chance(entry->second)) return false;
    mouth().count(simulation::Fault::kSelectiveSend);
    return true;
  }

 private:
  static constexpr std::uint64_t kLettersMax = 500;
  std::uint64_t left_{};
  std::map<PublicKey, std::uint64_t> lost_per_mille_;
};

}  // namespace

LiePtr selective_sending(Mouth& mouth) {
  return std::make_unique<SelectiveSending>(mouth);
}

}  // namespace kimberlite::whole_node
