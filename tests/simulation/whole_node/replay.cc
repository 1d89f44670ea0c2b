#include "tests/simulation/whole_node/replay.h"

#include "node/ledger/genesis_state.h"
#include "node/ledger/rules.h"
#include "proto/envelope.h"
#include "tests/simulation/violation.h"
#include "tests/unit/proto/naive_map.h"

namespace kimberlite::whole_node {

using simulation::Violation;

Replay::Replay(const GenesisDocument& genesis) : genesis_(genesis), tip_(genesis.chain_id) {
  for (const auto& [key, value] : ledger::genesis_state(genesis)) state_[key] = value;
  voting_ = ledger::voting_set(*this);
  voters_.emplace(Epoch{1}, genesis.validators);
}

std::optional<std::string> Replay::get(std::string_view key) const {
  const auto found = state_.find(std::string(key));
  return found == state_.end() ? std::nullopt : std::optional(found->second);
}

void Replay::check_record(const BlockHeader& header, std::size_t count) const {
  const std::string where = "the record of height " + std::to_string(height_.value + 1);
  const auto demand = [&where](bool holds, const char* what) {
    if (!holds) throw Violation("S2", where + ": " + what);
  };
  demand(header.chain_id == genesis_.chain_id, "another network's");
  demand(header.height.value == height_.value + 1 && header.parent == tip_, "does not follow");
  demand(header.time_ms > time_ms_, "no later than the one before");
  demand(header.first_index.value == range_.size().value, "does not begin where the log ended");
  demand(header.count == count, "counts other envelopes");
  demand(header.epoch == voting_.epoch, "another epoch");
  demand(header.validators == voting_.validators.digest(), "another set of validators");
}

void Replay::apply(const BlockHeader& header, const std::string& leaf, LogIndex index) {
  const std::string where = "the envelope at index " + std::to_string(index.value) + ": ";
  const auto signed_bytes = decode_accepted_leaf(leaf);
  if (!signed_bytes || signed_bytes->empty()) throw Violation("S2", where + "not one");
  const auto envelope = open_envelope(*signed_bytes, genesis_.chain_id);
  if (!envelope) throw Violation("S2", where + envelope.error().to_string());
  if (!envelopes_.emplace((*envelope)->id(), index).second) throw Violation("S2", where + "final twice");
  const auto applied = ledger::apply_envelope(*this, {header.time_ms, header.epoch}, **envelope);
  if (!applied) throw Violation("S2", where + applied.error().message);
  for (const auto& [key, value] : applied->changes) state_[key] = value;
  range_.append(leaf_hash(leaf));
}

void Replay::append(const std::string& record_leaf, const std::vector<std::string>& envelope_leaves) {
  const auto header = decode_block_leaf(record_leaf);
  if (!header) throw Violation("S2", header.error().to_string());
  check_record(*header, envelope_leaves.size());
  LogIndex index = header->first_index;
  for (const std::string& leaf : envelope_leaves) {
    apply(*header, leaf, index);
    ++index.value;
  }
  const std::string where = "height " + std::to_string(header->height.value) + ": ";
  if (range_.root() != header->events_root) throw Violation("S5", where + "replay gives another log");
  if (test::naive_map_root(state_) != header->state_root) throw Violation("S5", where + "replay gives another state");
  ledger::VotingSet after = ledger::voting_set(*this);
  const Digest next = after.epoch == voting_.epoch ? Digest{} : after.validators.digest();
  if (next != header->next_validators) throw Violation("S5", where + "replay gives another set of validators");
  if (!next.is_zero()) voters_.emplace(after.epoch, after.validators);
  voting_ = std::move(after);
  height_ = header->height;
  time_ms_ = header->time_ms;
  tip_ = block_digest(record_leaf);
  range_.append(tip_);
  records_.push_back(record_leaf);
  roots_.emplace(range_.size(), range_.root());
}

std::optional<Digest> Replay::root_at(LogSize size) const {
  const auto found = roots_.find(size);
  return found == roots_.end() ? std::nullopt : std::optional(found->second);
}

const ValidatorSet* Replay::voters(Epoch epoch) const {
  const auto found = voters_.find(epoch);
  return found == voters_.end() ? nullptr : &found->second;
}

std::optional<LogIndex> Replay::find(const Digest& envelope) const {
  const auto found = envelopes_.find(envelope);
  return found == envelopes_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace kimberlite::whole_node
