// A key whose journal is empty may be new, or the disk with its votes may be gone (consensus, Durable: the lost-journal
// rule). Before it votes for the first time the node follows until it knows what the network knows, and then looks into
// the log: blocks of this key's making mean that it voted before, and it never votes again. The same goes for a key
// whose journal is there and cannot be that of such a block's maker: it is an old copy, or begun anew.
#include <utility>
#include <vector>

#include "node/runtime/codec.h"
#include "node/runtime/core.h"
#include "node/runtime/first_vote.h"
#include "node/runtime/log.h"
#include "proto/assert.h"

namespace kimberlite::runtime {
namespace {

// Height of the last block of an epoch that ended, or of the newest block.
Height last_height(const storage::Snapshot& state, Epoch epoch) {
  const auto link = state.epoch_link(epoch);
  return link ? closing_block_of_link(*link).height : state.tip().height;
}

// Whether a block of an epoch in which the key votes was proposed by its participant.
bool has_proposed(const GenesisDocument& genesis, const storage::Snapshot& state, Epoch newest, const PublicKey& key) {
  for (Epoch epoch = newest; epoch.value > 0; --epoch.value) {
    const ValidatorSet set = validators_of(genesis, state, epoch);
    const auto index = set.index_of(key);
    if (!index) continue;
    const Height before = epoch.value == 1 ? Height{} : last_height(state, Epoch{epoch.value - 1});
    for (Height height = last_height(state, epoch); height > before; --height.value) {
      const auto record = state.record_leaf(height);
      const auto header = record ? decode_block_leaf(*record) : std::unexpected(Error{});
      KIMBERLITE_ASSERT(header, "the record of a final block decodes");
      if (header->proposer == set[*index].participant) return true;
    }
  }
  return false;
}

}  // namespace

bool Core::knows_what_others_know() const {
  if (catch_up_->active()) return false;
  std::vector<Height> told;
  for (const auto& [peer, height] : told_heights_)
    if (membership_.validator_of(peer)) told.emplace_back(height);
  return as_far_as_others(membership_.validators().size(), execution_.final_state().tip().height, std::move(told));
}

void Core::consider_first_vote() {
  if (!first_vote_held_ || stopping_ || !membership_.place() || !knows_what_others_know()) return;
  // The replica begins anew from what is stored. Blocks on their way to the store would be made final once more.
  if (committing_ > execution_.final_state().tip().height) return;
  first_vote_held_ = false;
  told_heights_.clear();
  if (has_proposed(parts_.genesis, execution_.final_state(), membership_.epoch(), parts_.key.public_key()))
    return retire_key();
  may_vote_ = true;
  proposals_.clear();
  fetches_.clear();
  log_event(Level::kInfo, "may_vote", {{"height", execution_.final_state().tip().height.value}});
  start_replica({});
  for (const std::size_t peer : connected_) greet(peer);
}

// A block of ours from a view outside of what the journal covers means that the journal is an old copy or was begun
// anew, or that another process has the key, too.
bool Core::made_in_another_life(const BlockHeader& header) const {
  const auto place = self();
  return place && header.epoch == membership_.epoch() &&
         header.proposer == membership_.validators()[*place].participant && !voted_.covers(header.epoch, header.view);
}

// Blocks that were stored before this start. Views descend with heights, so the newest vote ends the walk.
bool Core::log_has_another_life() const {
  if (!self()) return false;
  const auto& state = execution_.final_state();
  for (Height height = state.tip().height; height.value > 0; --height.value) {
    const auto record = state.record_leaf(height);
    const auto header = record ? decode_block_leaf(*record) : std::unexpected(Error{});
    KIMBERLITE_ASSERT(header, "the record of a final block decodes");
    if (header->epoch != membership_.epoch() || std::pair(header->epoch, header->view) <= voted_.newest()) return false;
    if (made_in_another_life(*header)) return true;
  }
  return false;
}

}  // namespace kimberlite::runtime
