#include "node/ledger/roll/validators.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"
#include "proto/assert.h"
#include "proto/civil_time.h"
#include "proto/validator_set.h"

namespace kimberlite::ledger {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

v1::ValidatorsRecord load_set(const Context& context) {
  auto record = context.transaction.load<v1::ValidatorsRecord>(kValidatorsKey);
  KIMBERLITE_ASSERT(record, "genesis writes the set of epoch 1");
  return *std::move(record);
}

auto entry_of(v1::ValidatorsRecord& set, const std::string& participant) {
  return std::ranges::find(*set.mutable_validators(), participant, &v1::ValidatorEntry::participant);
}

/// The set as the next epoch's, with one change fewer left.
Result<v1::ValidatorsRecord> begin_change(const Context& context) {
  v1::ValidatorsRecord set = load_set(context);
  if (set.epoch() == context.epoch.value) {
    const std::size_t faulty = max_faulty(static_cast<std::size_t>(set.validators_size()));
    set.set_epoch(set.epoch() + 1);
    set.set_changes_left(static_cast<std::uint32_t>(std::max<std::size_t>(faulty, 1)));
  }
  KIMBERLITE_ASSERT(set.epoch() == context.epoch.value + 1, "a set is changed in the epoch before its own");
  if (set.changes_left() == 0)
    return fail(Reason::TOO_MANY_CHANGES, "",
                "one epoch changes at most as many validators as may be faulty, and this one has changed as many");
  set.set_changes_left(set.changes_left() - 1);
  return set;
}

Result<void> finish_change(Context& context, const v1::ValidatorsRecord& set) {
  const int least = context.network.development() ? 1 : kValidatorsMin;
  if (set.validators_size() < least)
    return fail(Reason::TOO_FEW_VALIDATORS, "", "at least " + std::to_string(least) + " validators must remain");
  if (set.validators_size() > kValidatorsMax)
    return fail(Reason::TOO_MANY_VALIDATORS, "", "at most " + std::to_string(kValidatorsMax) + " validators vote");
  context.transaction.store(std::string(kValidatorsKey), set);
  return {};
}

void revoke_key(Context& context, const std::string& node_key) {
  std::string key = signing_key_key(node_key);
  auto record = context.transaction.load<v1::KeyRecord>(key);
  KIMBERLITE_ASSERT(record, "a validator's key is registered");
  record->set_revoked_ms(context.now.value);
  context.transaction.store(std::move(key), *record);
}

}  // namespace

bool votes(const Context& context, const std::string& participant) {
  v1::ValidatorsRecord set = load_set(context);
  return entry_of(set, participant) != set.mutable_validators()->end();
}

Result<void> put_validator(Context& context, const v1::ValidatorEntry& entry) {
  auto set = begin_change(context);
  if (!set) return std::unexpected(set.error());
  const auto before = entry_of(*set, entry.participant());
  const bool replaces = before != set->mutable_validators()->end();
  v1::ValidatorEntry added = entry;
  if (added.node_address().empty() && replaces) added.set_node_address(before->node_address());
  if (added.node_address().empty())
    return fail(Reason::MISSING_FIELD, "node_address", "a first node says where its peers find it: host:port");
  if (replaces) {
    revoke_key(context, before->node_key());
    *before = added;
  } else {
    *set->add_validators() = added;
    std::ranges::sort(*set->mutable_validators(), {}, &v1::ValidatorEntry::participant);
  }
  v1::KeyRecord key;
  key.set_public_key(added.node_key());
  key.set_kind(v1::KEY_KIND_NODE);
  key.set_party(added.participant());
  context.transaction.store(signing_key_key(added.node_key()), key);
  return finish_change(context, *set);
}

Result<void> take_node_change(Context& context, const std::string& participant) {
  const std::int64_t rest_ms = context.network.parameters().node_change_rest_hours() * kHourMs;
  if (rest_ms == 0) return {};
  std::string key = node_change_key(participant);
  const auto last = context.transaction.load<v1::NodeChangeRecord>(key);
  if (last && context.now.value < last->at_ms() + rest_ms)
    return fail(Reason::TOO_MANY_CHANGES, "",
                concat({participant, " changed its node a short while ago; the network lets it do so again at ",
                        format_time(TimeMs{last->at_ms() + rest_ms})}));
  v1::NodeChangeRecord record;
  record.set_at_ms(context.now.value);
  context.transaction.store(std::move(key), record);
  return {};
}

Result<void> remove_validator(Context& context, const std::string& participant) {
  auto set = begin_change(context);
  if (!set) return std::unexpected(set.error());
  const auto entry = entry_of(*set, participant);
  KIMBERLITE_ASSERT(entry != set->mutable_validators()->end(), "a participant with a voting node");
  revoke_key(context, entry->node_key());
  set->mutable_validators()->erase(entry);
  return finish_change(context, *set);
}

}  // namespace kimberlite::ledger
