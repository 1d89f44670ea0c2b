#include "node/runtime/execution.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "node/ledger/state_key.h"
#include "node/ledger/voting_set.h"
#include "proto/assert.h"

namespace kimberlite::runtime {
namespace {

Voters voters_after(const BlockHeader& header) {
  if (header.next_validators.is_zero()) return {header.epoch, header.validators};
  return {Epoch{header.epoch.value + 1}, header.next_validators};
}

// Digest of the set that votes after a block of this epoch, if the block changed it.
Digest next_validators(const storage::StateOverlay& state, Epoch epoch) {
  if (!state.changes().contains(ledger::kValidatorsKey)) return {};
  const auto set = ledger::voting_set(state);
  KIMBERLITE_ASSERT(set.epoch.value == epoch.value + 1, "a block changes the next epoch's set");
  return set.validators.digest();
}

std::string both(const Digest& expected, const Digest& found) {
  return "the record says " + expected.hex() + ", executing gives " + found.hex();
}

Result<void> seal(const ExecutedBlock& block) {
  block.state->seal();
  if (block.state->state_root() == block.header.state_root) return {};
  return fail(Reason::STATE_ROOT_DIFFERS, "state_root", both(block.header.state_root, block.state->state_root()));
}

// A leader of another mind may order more than ours would: a block that fits no frame could never be fetched.
Result<void> check_size(const std::vector<EnvelopePtr>& envelopes) {
  const auto add = [](std::size_t bytes, const EnvelopePtr& envelope) {
    return bytes + envelope->signed_bytes().size();
  };
  const std::size_t bytes = std::accumulate(envelopes.begin(), envelopes.end(), std::size_t{}, add);
  if (envelopes.size() > kBlockEnvelopesMax)
    return fail(
        Reason::FIELD_OUT_OF_RANGE, "count",
        std::to_string(envelopes.size()) + " envelopes, a block has at most " + std::to_string(kBlockEnvelopesMax));
  if (bytes > kBlockBytesMax)
    return fail(Reason::FIELD_OUT_OF_RANGE, "envelopes",
                std::to_string(bytes) + " bytes, a block has at most " + std::to_string(kBlockBytesMax));
  return {};
}

// What a leader spent in vain on whose envelopes. One key uses up half of its participant's part at most.
class RefusedWork {
 public:
  [[nodiscard]] bool is_spent(const OpenedEnvelope& envelope) const {
    const auto key = of_key_.find(envelope.key());
    const auto participant = of_participant_.find(envelope.envelope().participant());
    return (key != of_key_.end() && key->second >= kRefusedWorkOfKeyMax) ||
           (participant != of_participant_.end() && participant->second >= kRefusedWorkOfParticipantMax);
  }
  void add(const OpenedEnvelope& envelope, std::uint64_t work_bytes) {
    std::uint64_t& of_key = of_key_[envelope.key()];
    const std::uint64_t before = std::min(of_key, kRefusedWorkOfKeyMax);
    of_key += work_bytes;
    of_participant_[envelope.envelope().participant()] += std::min(of_key, kRefusedWorkOfKeyMax) - before;
  }

 private:
  std::map<PublicKey, std::uint64_t> of_key_;
  std::map<std::string, std::uint64_t> of_participant_;
};

// What the envelopes of one participant take of a block.
struct Share {
  std::size_t envelopes{};
  std::size_t bytes{};
  std::uint64_t work_bytes{};
  [[nodiscard]] bool is_used_up() const {
    return envelopes >= kBlockEnvelopesMax / kSharesOfBlock || bytes >= kBlockBytesMax / kSharesOfBlock ||
           work_bytes >= kBlockWorkBytesMax / kSharesOfBlock;
  }
};

}  // namespace

Execution::Execution(Digest chain_id, Digest genesis_validators, std::shared_ptr<const storage::Snapshot> final_state)
    : chain_id_(chain_id),
      first_voters_{Epoch{1}, genesis_validators},
      final_(std::make_shared<FinalState>(std::move(final_state))),
      final_voters_(voters_after_final()),
      final_range_(this->final_state().log_range()) {}

Voters Execution::voters_after_final() const {
  const auto record = final_state().record_leaf(final_state().tip().height);
  if (!record) return first_voters_;  // genesis
  const auto header = decode_block_leaf(*record);
  KIMBERLITE_ASSERT(header, "the record of a final block decodes");
  return voters_after(*header);
}

Voters Execution::voters_on_child_of(const Digest& digest) const {
  return digest == final_state().tip().block ? final_voters_ : voters_after(blocks_.at(digest)->header);
}

bool Execution::has(const Digest& block) const {
  return block == final_state().tip().block || blocks_.contains(block);
}

ExecutedPtr Execution::find(const Digest& block) const {
  const auto it = blocks_.find(block);
  return it == blocks_.end() ? nullptr : it->second;
}

TimeMs Execution::time_of(const Digest& block) const {
  if (block == final_state().tip().block) return final_state().tip().block_time_ms;
  const auto executed = find(block);
  KIMBERLITE_ASSERT(executed, "the block was executed");
  return executed->header.time_ms;
}

std::shared_ptr<const storage::StateSource> Execution::state_of(const Digest& digest) const {
  if (digest == final_state().tip().block) return final_;
  return blocks_.at(digest)->state;
}

// Nearly always no undecided block has it, on whatever chain.
bool Execution::undecided_chain_has(const Digest& block, const Digest& id) const {
  if (!undecided_ids_.contains(id)) return false;
  for (auto executed = find(block); executed; executed = find(executed->header.parent)) {
    if (executed->ids.contains(id)) return true;
  }
  return false;
}

bool Execution::chain_has(const Digest& block, const Digest& id) const {
  return undecided_chain_has(block, id) || final_location(id).has_value();
}

bool Execution::undecided_has(const Digest& id) const {
  return undecided_chain_has(newest(), id);
}

Execution::Parent Execution::parent_of(const Digest& digest) const {
  KIMBERLITE_ASSERT(has(digest), "a block is executed after its parent");
  if (digest == final_state().tip().block) {
    const auto& tip = final_state().tip();
    return {digest, tip.height, tip.block_time_ms, final_range_, final_, final_voters_};
  }
  const auto& block = *blocks_.at(digest);
  return {digest, block.header.height, block.header.time_ms, block.range, block.state, voters_after(block.header)};
}

// Whoever has more than a share of a block waiting stands behind all others with the rest, so that nobody's flood,
// however valid, makes others wait.
void Execution::fill(ExecutedBlock& block, const Parent& parent, TimeMs time,
                     const std::vector<EnvelopePtr>& candidates, const Skipped& skipped) const {
  Share all;
  std::map<std::string, Share> of_participant;
  RefusedWork refused;
  std::vector<EnvelopePtr> over_share;
  // False once the block is full.
  const auto take = [&](const EnvelopePtr& envelope) {
    const std::size_t bytes = envelope->signed_bytes().size();
    if (all.envelopes == kBlockEnvelopesMax || all.bytes + bytes > kBlockBytesMax) return false;
    if (refused.is_spent(*envelope) || chain_has(parent.digest, envelope->id())) return true;
    const auto applied = ledger::apply_envelope(*block.state, {time, parent.voters.epoch}, *envelope);
    if (!applied) {
      skipped(envelope, applied.error());
      refused.add(*envelope, applied.error().work_bytes);
      return true;
    }
    if (all.work_bytes + applied->work_bytes > kBlockWorkBytesMax) return false;
    if (!block.ids.insert(envelope->id()).second) return true;
    for (Share* share : {&all, &of_participant[envelope->envelope().participant()]}) {
      ++share->envelopes;
      share->bytes += bytes;
      share->work_bytes += applied->work_bytes;
    }
    block.state->apply(applied->changes);
    block.range.append(leaf_hash(encode_accepted_leaf(envelope->signed_bytes())));
    block.envelopes.push_back(envelope);
    return true;
  };
  for (const auto& envelope : candidates) {
    if (of_participant[envelope->envelope().participant()].is_used_up()) {
      over_share.push_back(envelope);
    } else if (!take(envelope)) {
      return;
    }
  }
  for (const auto& envelope : over_share)
    if (!take(envelope)) return;
}

ExecutedPtr Execution::build(const Digest& parent_digest, const BlockTemplate& what,
                             const std::vector<EnvelopePtr>& candidates, bool allow_empty, const Skipped& skipped) {
  const Parent parent = parent_of(parent_digest);
  auto block = std::make_shared<ExecutedBlock>();
  block->state = std::make_shared<storage::StateOverlay>(parent.state);
  block->range = parent.range;
  fill(*block, parent, what.time_ms, candidates, skipped);
  if (block->envelopes.empty() && !allow_empty) return nullptr;
  block->state->seal();
  block->header = BlockHeader{.chain_id = chain_id_,
                              .epoch = parent.voters.epoch,
                              .view = what.view,
                              .height = Height{parent.height.value + 1},
                              .parent = parent.digest,
                              .time_ms = what.time_ms,
                              .proposer = what.proposer,
                              .first_index = LogIndex{parent.range.size().value},
                              .count = block->envelopes.size(),
                              .events_root = block->range.root(),
                              .state_root = block->state->state_root(),
                              .validators = parent.voters.set,
                              .next_validators = next_validators(*block->state, parent.voters.epoch)};
  block->record_leaf = encode_block_leaf(block->header);
  return keep(std::move(block));
}

Result<void> Execution::check_header(const BlockHeader& header, const Parent& parent, std::size_t count) const {
  const auto wrong = [](std::string field, std::string message) {
    return fail(Reason::LEAF_ALTERED, std::move(field), std::move(message));
  };
  if (header.chain_id != chain_id_) return fail(Reason::WRONG_NETWORK, "chain_id", "another network's record");
  if (header.epoch != parent.voters.epoch) return wrong("epoch", "not the epoch that the parent leads to");
  if (header.validators != parent.voters.set) return wrong("validators", "not the set that votes in this epoch");
  if (header.height.value != parent.height.value + 1) return wrong("height", "not one above the parent's");
  if (header.first_index.value != parent.range.size().value)
    return wrong("first_index", "not the end of the parent's log");
  if (header.count != count) return wrong("count", "not the number of envelopes");
  if (header.time_ms <= parent.time_ms) return wrong("time_ms", "not later than the parent's");
  return {};
}

Result<std::shared_ptr<ExecutedBlock>> Execution::execute_envelopes(const std::string& record_leaf,
                                                                    std::vector<EnvelopePtr> envelopes) const {
  if (auto checked = check_size(envelopes); !checked) return std::unexpected(checked.error());
  auto decoded = decode_block_leaf(record_leaf);
  if (!decoded) return std::unexpected(decoded.error());
  BlockHeader& header = *decoded;
  const Parent parent = parent_of(header.parent);
  if (auto checked = check_header(header, parent, envelopes.size()); !checked) return std::unexpected(checked.error());

  auto block = std::make_shared<ExecutedBlock>();
  block->range = parent.range;
  for (const auto& envelope : envelopes) block->range.append(leaf_hash(encode_accepted_leaf(envelope->signed_bytes())));
  if (block->range.root() != header.events_root) {
    return fail(Reason::PROOF_INVALID, "events_root", both(header.events_root, block->range.root()));
  }
  block->state = std::make_shared<storage::StateOverlay>(parent.state);
  std::uint64_t work_bytes = 0;
  for (const auto& envelope : envelopes) {
    if (chain_has(parent.digest, envelope->id()) || !block->ids.insert(envelope->id()).second) {
      return fail(Reason::ENVELOPE_REPLAYED, envelope->id().hex(), "the envelope is on the log already");
    }
    const auto applied = ledger::apply_envelope(*block->state, {header.time_ms, header.epoch}, *envelope);
    if (!applied) {
      const auto& refusal = applied.error();
      return fail(refusal.reason, refusal.field, "envelope " + envelope->id().hex() + ": " + refusal.message);
    }
    work_bytes += applied->work_bytes;
    if (work_bytes > kBlockWorkBytesMax)
      return fail(Reason::TOO_COSTLY, "envelopes",
                  "the block's events cost more than " + std::to_string(kBlockWorkBytesMax) + " bytes of records");
    block->state->apply(applied->changes);
  }
  if (const Digest next = next_validators(*block->state, header.epoch); next != header.next_validators) {
    return fail(Reason::LEAF_ALTERED, "next_validators", both(header.next_validators, next));
  }
  block->header = std::move(header);
  block->record_leaf = record_leaf;
  block->envelopes = std::move(envelopes);
  return block;
}

Result<ExecutedPtr> Execution::execute(const std::string& record_leaf, std::vector<EnvelopePtr> envelopes) {
  if (auto known = find(block_digest(record_leaf))) return known;
  auto block = execute_envelopes(record_leaf, std::move(envelopes));
  if (!block) return std::unexpected(block.error());
  if (auto sealed = seal(**block); !sealed) return std::unexpected(sealed.error());
  return keep(*std::move(block));
}

Result<ExecutedPtr> Execution::execute_final(const std::string& record_leaf, std::vector<EnvelopePtr> envelopes) {
  if (auto known = find(block_digest(record_leaf))) return known;
  auto block = execute_envelopes(record_leaf, std::move(envelopes));
  if (!block) return std::unexpected(block.error());
  (*block)->state->defer((*block)->header.state_root);
  return keep(*std::move(block));
}

Result<void> Execution::complete(const ExecutedBlock& block) {
  return block.state->deferred() ? seal(block) : Result<void>();
}

ExecutedPtr Execution::keep(std::shared_ptr<ExecutedBlock> block) {
  block->digest = block_digest(block->record_leaf);
  block->range.append(block->digest);
  if (blocks_.size() >= kTreeBlocksMax) drop_oldest_rival();
  const auto [kept, fresh] = blocks_.emplace(block->digest, block);
  if (fresh) {
    for (const Digest& id : block->ids) ++undecided_ids_[id];
  }
  return kept->second;
}

Execution::Blocks::iterator Execution::forget(Blocks::iterator block) {
  for (const Digest& id : block->second->ids) {
    const auto counted = undecided_ids_.find(id);
    if (--counted->second == 0) undecided_ids_.erase(counted);
  }
  return blocks_.erase(block);
}

// A leader that proposes without end cannot fill memory: the leaf of lowest view goes, never a parent of another block.
void Execution::drop_oldest_rival() {
  auto victim = blocks_.end();
  for (auto it = blocks_.begin(); it != blocks_.end(); ++it) {
    const bool is_parent =
        std::ranges::any_of(blocks_, [&](const auto& other) { return other.second->header.parent == it->first; });
    if (is_parent) continue;
    if (victim == blocks_.end() || it->second->header.view < victim->second->header.view) victim = it;
  }
  if (victim != blocks_.end()) forget(victim);
}

Execution::Trial Execution::trial(const OpenedEnvelope& envelope, TimeMs now) const {
  const Digest tip = newest();
  const TimeMs time = std::max(now, TimeMs{time_of(tip).value + 1});
  auto on_tip = ledger::apply_envelope(*state_of(tip), {time, voters_on_child_of(tip).epoch}, envelope);
  if (on_tip) return {std::nullopt, on_tip->work_bytes};
  std::uint64_t work_bytes = on_tip.error().work_bytes;
  if (tip == final_state().tip().block) return {std::move(on_tip.error()), work_bytes};
  auto on_final = ledger::apply_envelope(*final_, {time, final_voters_.epoch}, envelope);
  if (on_final) return {std::nullopt, work_bytes + on_final->work_bytes};
  work_bytes += on_final.error().work_bytes;
  return {std::move(on_final.error()), work_bytes};
}

std::optional<storage::EnvelopeLocation> Execution::final_location(const Digest& id) const {
  return final_state().find_envelope(id);
}

Digest Execution::newest() const {
  Digest best = final_state().tip().block;
  std::pair<Height, View> highest{final_state().tip().height, View{}};
  for (const auto& [digest, block] : blocks_) {
    const std::pair<Height, View> at{block->header.height, block->header.view};
    if (at > highest) {
      highest = at;
      best = digest;
    }
  }
  return best;
}

std::vector<ExecutedPtr> Execution::chain_to(const Digest& block) const {
  std::vector<ExecutedPtr> chain;
  for (Digest at = block; at != final_state().tip().block;) {
    auto executed = find(at);
    KIMBERLITE_ASSERT(executed, "every block between the final one and a finalized one was executed");
    at = executed->header.parent;
    chain.push_back(std::move(executed));
  }
  std::ranges::reverse(chain);
  return chain;
}

void Execution::advance(std::shared_ptr<const storage::Snapshot> final_state) {
  const storage::Tip tip = final_state->tip();
  const auto committed = blocks_.find(tip.block);
  if (committed == blocks_.end()) {
    final_range_ = final_state->log_range();
    final_ = std::make_shared<FinalState>(std::move(final_state));
  } else {
    final_range_ = committed->second->range;
    const auto chain = chain_to(tip.block);
    std::vector<std::reference_wrapper<const StateChanges>> changes;
    for (const auto& block : chain) changes.emplace_back(block->state->changes());
    final_ = std::make_shared<FinalState>(std::move(final_state), *final_, changes);
  }
  final_voters_ = voters_after_final();
  KIMBERLITE_ASSERT(final_range_.root() == tip.log_root, "the log edge in memory is the store's");
  const auto forget_if = [this](const auto& condition) {
    const std::size_t before = blocks_.size();
    for (auto it = blocks_.begin(); it != blocks_.end();) it = condition(*it->second) ? forget(it) : std::next(it);
    return blocks_.size() < before;
  };
  forget_if([&](const ExecutedBlock& block) { return block.header.height <= tip.height; });
  // What stood on a block that lost (or on one of its descendants) can never be final.
  while (forget_if([&](const ExecutedBlock& block) { return !has(block.header.parent); })) continue;
  for (auto& [digest, block] : blocks_) {
    if (block->header.parent == tip.block) block->state->rebase(final_);
  }
}

TimeMs Execution::ledger_time() const {
  return ledger::ledger_time(*final_, final_state().tip().block_time_ms);
}

}  // namespace kimberlite::runtime
