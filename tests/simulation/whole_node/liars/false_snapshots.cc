// Answers to nodes that join by a snapshot: of blocks that are not final, of a state that nobody has, with other pages
// and certificates, older than what others have, links of epochs left out or added, chunks altered; or nothing at all.
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "proto/block.h"
#include "tests/simulation/whole_node/liars/lies.h"
#include "tests/unit/proto/naive_map.h"

namespace kimberlite::whole_node {
namespace {

using consensus::VoteKind;

class FalseSnapshots final : public Lie {
 public:
  explicit FalseSnapshots(Mouth& mouth) : Lie(mouth) {
    for (std::uint64_t* one : {&offers_per_mille_, &links_per_mille_, &chunks_per_mille_})
      *one = kPerMille[random().below(std::size(kPerMille))];
    silent_ = random().chance(kSilentPerMille);
    if (!mouth.scene().forges_snapshots) return;
    offers_per_mille_ = 1000;
    silent_ = false;
  }

  bool take(const Letter& letter) override {
    v1::PeerMessage message = letter.message;
    if (message.has_snapshot_offer()) return take_offer(letter.to, message);
    if (message.has_epoch_links() && random().chance(links_per_mille_)) {
      change_links(*message.mutable_epoch_links());
    } else if (message.has_state_chunk() && (forged_ || random().chance(chunks_per_mille_))) {
      change_chunk(*message.mutable_state_chunk());
    } else {
      return false;
    }
    mouth().count(simulation::Fault::kFalseSnapshot);
    if (!silent_) mouth().say(letter.to, message);
    return true;
  }

  /// An offer that nobody asked for.
  void speak() override {
    if (offers_.empty()) return;
    v1::PeerMessage message = offers_[random().below(offers_.size())];
    change_offer(*message.mutable_snapshot_offer());
    mouth().count(simulation::Fault::kFalseSnapshot);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille[] = {0, 300, 1000};
  static constexpr std::uint64_t kSilentPerMille = 300;
  static constexpr std::size_t kOffersMax = 4;

  bool take_offer(const PublicKey& to, v1::PeerMessage& message) {
    if (offers_.size() < kOffersMax)
      offers_.push_back(message);
    else
      offers_[random().below(kOffersMax)] = message;
    forged_ = false;
    if (!random().chance(offers_per_mille_)) return false;
    mouth().count(simulation::Fault::kFalseSnapshot);
    change_offer(*message.mutable_snapshot_offer());
    mouth().say(to, message);
    return true;
  }

  void change_offer(v1::SnapshotOffer& offer) {
    if (mouth().scene().forges_snapshots) return forge(offer, 0);
    switch (random().below(8)) {
      case 0:
        return mouth().flip_bit(*offer.mutable_record_leaf());
      case 1:
        offer.set_depth(offer.depth() + 1);
        return;
      case 2:
        return cut_otherwise(offer);
      case 3:
        if (!offer.top().empty()) mouth().flip_bit(*offer.mutable_top(0));
        return;
      case 4:
        return mouth().flip_bit(*offer.mutable_finalization()->mutable_signatures(0));
      case 5:
        offer = offers_.front().snapshot_offer();
        return;
      case 6:
        return forge(offer, 1'000'000);
      default:
        return forge(offer, 0);
    }
  }

  // A true snapshot that nobody else cuts in this way: nobody else has its chunks.
  static void cut_otherwise(v1::SnapshotOffer& offer) {
    offer.set_depth(0);
    offer.clear_top();
  }

  // A state of our own, as if a quorum had certified it.
  void forge(v1::SnapshotOffer& offer, std::uint64_t ahead) {
    auto header = decode_block_leaf(offer.record_leaf());
    const ValidatorSet* voters = header ? mouth().scene().log.voters(header->epoch) : nullptr;
    if (voters == nullptr) return;
    forged_ = true;
    header->height.value += ahead;
    header->state_root = test::naive_map_root({{kForgedKey, kForgedValue}});
    offer.set_record_leaf(encode_block_leaf(*header));
    cut_otherwise(offer);
    consensus::Certificate votes{
        VoteKind::kFinalize, header->epoch, header->view, block_digest(offer.record_leaf()), {}, {}};
    for (std::size_t i = 0; i < voters->quorum_size(); ++i) {
      votes.validators.push_back(static_cast<consensus::ValidatorIndex>(i));
      votes.signatures.push_back(*Signature::from_bytes(mouth().random_bytes(Signature::kSize)));
    }
    offer.clear_finalization();
    runtime::encode(votes, *offer.mutable_finalization());
  }

  void change_links(v1::EpochLinks& links) const {
    auto& all = *links.mutable_links();
    switch (random().below(5)) {
      case 0:
        if (!all.empty()) all.RemoveLast();
        return;
      case 1:
        if (!all.empty()) links.add_links()->CopyFrom(all[0]);
        return;
      case 2:
        links.set_epochs_ended(links.epochs_ended() + 1'000);
        return;
      case 3:
        if (!all.empty()) mouth().flip_bit(*all[0].mutable_record_leaf());
        return;
      default:
        links.set_epochs_ended(0);
        return all.Clear();
    }
  }

  void change_chunk(v1::StateChunk& chunk) const {
    auto& items = *chunk.mutable_items();
    if (forged_) items.Clear();
    if (forged_ || random().chance(200)) {
      v1::StateEntry& item = *chunk.add_items();
      item.set_key(kForgedKey);
      item.set_value(kForgedValue);
      return;
    }
    if (items.empty()) return;
    const int one = static_cast<int>(random().below(static_cast<std::uint64_t>(items.size())));
    switch (random().below(4)) {
      case 0:
        return mouth().flip_bit(*items[one].mutable_value());
      case 1:
        return items.RemoveLast();
      case 2:
        return items.Clear();
      default:
        chunk.set_chunk(chunk.chunk() + 1);
    }
  }

  static constexpr const char* kForgedKey = "forged";
  static constexpr const char* kForgedValue = "state";

  std::uint64_t offers_per_mille_{};
  std::uint64_t links_per_mille_{};
  std::uint64_t chunks_per_mille_{};
  bool silent_{};  ///< where it would lie about links and chunks it says nothing
  bool forged_{};  ///< the last offer was of a state of its own
  std::vector<v1::PeerMessage> offers_;
};

}  // namespace

LiePtr false_snapshots(Mouth& mouth) {
  return std::make_unique<FalseSnapshots>(mouth);
}

}  // namespace kimberlite::whole_node
