#include "node/runtime/membership.h"

#include <algorithm>
#include <utility>

#include "node/runtime/codec.h"
#include "proto/assert.h"

namespace kimberlite::runtime {

ValidatorSet validators_of(const GenesisDocument& genesis, const storage::Snapshot& state, Epoch epoch) {
  if (epoch.value <= 1) return genesis.validators;
  const auto link = state.epoch_link(Epoch{epoch.value - 1});
  KIMBERLITE_ASSERT(link, "the store links every epoch that ended");
  return validators_of_link(*link);
}

Membership::Membership(const PublicKey& own_key, std::map<std::string, std::string> addresses,
                       std::map<std::string, PublicKey> known_keys, ledger::VotingSet set, ValidatorSet before)
    : own_key_(own_key),
      addresses_(std::move(addresses)),
      known_keys_(std::move(known_keys)),
      set_(std::move(set)),
      before_(std::move(before)) {
  list_peers();
}

void Membership::begin(ledger::VotingSet next) {
  KIMBERLITE_ASSERT(next.epoch.value == set_.epoch.value + 1, "epochs follow one another");
  ledger::VotingSet last = std::exchange(set_, std::move(next));
  before_ = std::move(last.validators);
  before_addresses_ = std::move(last.addresses);
  list_peers();
}

void Membership::list_peers() {
  place_.reset();
  if (const auto index = set_.validators.index_of(own_key_)) place_ = static_cast<consensus::ValidatorIndex>(*index);
  peers_.clear();
  for (const Validator& validator : set_.validators.all()) {
    if (validator.key == own_key_) continue;
    const auto override = addresses_.find(validator.participant);
    peers_.push_back({validator.participant, validator.key,
                      override == addresses_.end() ? set_.addresses.at(validator.participant) : override->second});
  }
  for (const Validator& validator : before_.all()) {
    if (validator.key == own_key_ || set_.validators.index_of(validator.key)) continue;
    // Where a participant has a new key, its address is the new one's; one that left is told where it was.
    const bool replaced = set_.addresses.contains(validator.participant);
    const auto known = before_addresses_.find(validator.participant);
    peers_.push_back(
        {validator.participant, validator.key, replaced || known == before_addresses_.end() ? "" : known->second});
  }
  list_known_keys();
  std::vector<std::optional<std::size_t>> places;
  for (std::size_t place = 0; place < peers_.size(); ++place) places.emplace_back(place);
  set_indices(places);
}

void Membership::list_known_keys() {
  for (const auto& [participant, key] : known_keys_) {
    if (key == own_key_ || std::ranges::find(peers_, key, &net::PeerAddress::key) != peers_.end()) continue;
    const auto override = addresses_.find(participant);
    const auto on_roll = set_.addresses.find(participant);
    std::string address = override != addresses_.end() ? override->second : "";
    if (address.empty() && on_roll != set_.addresses.end()) address = on_roll->second;
    peers_.push_back({participant, key, std::move(address)});
  }
}

void Membership::set_indices(const std::vector<std::optional<std::size_t>>& indices) {
  KIMBERLITE_ASSERT(indices.size() == peers_.size(), "an index a peer");
  peer_by_validator_.assign(set_.validators.size(), std::nullopt);
  validator_by_peer_.clear();
  names_.clear();
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    if (!indices[i]) continue;
    names_.emplace(*indices[i], peers_[i].participant);
    const auto validator = set_.validators.index_of(peers_[i].key);
    if (!validator) continue;
    peer_by_validator_[*validator] = indices[i];
    validator_by_peer_.emplace(*indices[i], static_cast<consensus::ValidatorIndex>(*validator));
  }
}

std::optional<std::size_t> Membership::peer_of(consensus::ValidatorIndex validator) const {
  KIMBERLITE_ASSERT(validator < peer_by_validator_.size(), "a validator of the set");
  return peer_by_validator_[validator];
}

std::optional<consensus::ValidatorIndex> Membership::validator_of(std::size_t peer) const {
  const auto found = validator_by_peer_.find(peer);
  return found == validator_by_peer_.end() ? std::nullopt : std::optional(found->second);
}

std::string Membership::name_of(std::size_t peer) const {
  const auto found = names_.find(peer);
  return found == names_.end() ? "?" : found->second;
}

}  // namespace kimberlite::runtime
