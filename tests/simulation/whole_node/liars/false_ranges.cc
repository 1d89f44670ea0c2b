// Answers to nodes that catch up: leaves altered, exchanged, left out or added, peaks and proofs that are others', too
// short ones, and stretches that nobody asked for.
#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

class FalseRanges final : public Lie {
 public:
  explicit FalseRanges(Mouth& mouth) : Lie(mouth), per_mille_(random().chance(500) ? 1000 : 400) {}

  bool take(const Letter& letter) override {
    if (!letter.message.has_log_range() || !random().chance(per_mille_)) return false;
    v1::PeerMessage message = letter.message;
    change(*message.mutable_log_range());
    last_ = message;
    mouth().count(simulation::Fault::kFalseRange);
    mouth().say(letter.to, message);
    return true;
  }

  /// What nobody asked for.
  void speak() override {
    if (!last_.has_log_range()) return;
    change(*last_.mutable_log_range());
    mouth().count(simulation::Fault::kFalseRange);
    mouth().say(mouth().some_peers(), last_);
  }

 private:
  void change(v1::LogRange& range) const {
    auto& leaves = *range.mutable_leaves();
    if (leaves.empty()) return;
    const int one = static_cast<int>(random().below(static_cast<std::uint64_t>(leaves.size())));
    switch (random().below(10)) {
      case 0:
        return mouth().flip_bit(leaves[one]);
      case 1:
        return leaves.SwapElements(0, one);
      case 2:
        return leaves.RemoveLast();
      case 3:
        range.add_leaves(leaves[one]);
        return;
      case 4:
        return leaves.Clear();
      case 5:
        range.add_before(mouth().random_bytes(Digest::kSize));
        return;
      case 6:
        if (!range.before().empty()) mouth().flip_bit(*range.mutable_before(0));
        return;
      case 7:
        if (!range.consistency().empty()) mouth().flip_bit(*range.mutable_consistency(0));
        return;
      case 8:
        range.clear_consistency();
        return;
      default:
        if (random().chance(500))
          range.set_first_index(range.first_index() + 1);
        else
          range.set_target_size(range.target_size() + 1);
    }
  }

  std::uint64_t per_mille_;
  v1::PeerMessage last_;
};

}  // namespace

LiePtr false_ranges(Mouth& mouth) {
  return std::make_unique<FalseRanges>(mouth);
}

}  // namespace kimberlite::whole_node
