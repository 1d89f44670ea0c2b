#include "node/ledger/genesis_state.h"

#include <map>
#include <string>
#include <utility>

#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/measures/organs.h"
#include "node/ledger/state_key.h"
#include "proto/assert.h"
#include "proto/strict.h"

namespace kimberlite::ledger {
namespace {

constexpr const char* kClockParty = "CLOCK";

/// Collects records; a key is written once.
class Writer {
 public:
  void put(std::string key, const google::protobuf::Message& record) {
    const bool fresh = changes_.emplace(std::move(key), serialize_canonical(record)).second;
    KIMBERLITE_ASSERT(fresh, "a validated genesis document defines each record once");
  }
  StateChanges take() && { return std::move(changes_); }

 private:
  StateChanges changes_;
};

void put_network(Writer& writer, const v1::Genesis& genesis) {
  v1::NetworkRecord network;
  network.set_network_name(genesis.network_name());
  network.set_clock(genesis.clock());
  network.set_log_readers(genesis.log_readers());
  *network.mutable_parameters() = genesis.parameters();
  network.set_development(genesis.development());
  writer.put(std::string(kNetworkKey), network);

  if (genesis.clock() == v1::CLOCK_REPLAY) {
    v1::ClockRecord clock;
    clock.set_now_ms(genesis.genesis_time_ms());
    writer.put(std::string(kClockKey), clock);
  }
  v1::ChairRecord chair;
  chair.set_chair(genesis.chair().chair());
  chair.set_vice_chair(genesis.chair().vice_chair());
  chair.set_term(genesis.chair().term());
  writer.put(std::string(kChairKey), chair);
}

/// A key without roles or dates: root, node, observer, clock, sanctions. Nothing if the document has none.
void put_plain_key(Writer& writer, const std::string& public_key, v1::KeyKind kind, const std::string& party) {
  if (public_key.empty()) return;
  v1::KeyRecord record;
  record.set_public_key(public_key);
  record.set_kind(kind);
  record.set_party(party);
  writer.put(signing_key_key(public_key), record);
}

void put_delegated_key(Writer& writer, const v1::GenesisKey& key, v1::KeyKind kind, const std::string& party) {
  v1::KeyRecord record;
  record.set_public_key(key.public_key());
  record.set_kind(kind);
  record.set_party(party);
  record.set_holder(key.holder());
  record.set_exporting(key.exporting());
  record.set_importing(key.importing());
  record.set_from_ms(key.from_ms());
  record.set_to_ms(key.to_ms());
  record.set_private_digest(key.private_digest());
  writer.put(signing_key_key(key.public_key()), record);
}

void put_participant(Writer& writer, const v1::GenesisParticipant& participant) {
  v1::ParticipantRecord record;
  record.set_code(participant.code());
  record.set_name(participant.name());
  record.set_member_states(participant.member_states());
  record.set_role(participant.role());
  record.set_admitted_ms(participant.admitted_ms());
  *record.mutable_receipt_policies() = participant.receipt_policies();
  writer.put(participant_key(participant.code()), record);
  put_plain_key(writer, participant.root_key(), v1::KEY_KIND_ROOT, participant.code());
  put_plain_key(writer, participant.node_key(), v1::KEY_KIND_NODE, participant.code());
  for (const v1::GenesisKey& body : participant.bodies())
    put_delegated_key(writer, body, v1::KEY_KIND_BODY, participant.code());
  for (const v1::GenesisKey& trader : participant.traders())
    put_delegated_key(writer, trader, v1::KEY_KIND_TRADER, participant.code());
}

/// The validators of epoch 1 are the participants with a node key, in order of their codes.
void put_validators(Writer& writer, const GenesisDocument& document) {
  std::map<std::string, std::string> addresses;
  for (const v1::GenesisParticipant& participant : document.genesis->participants())
    addresses.emplace(participant.code(), participant.node_address());
  v1::ValidatorsRecord record;
  record.set_epoch(1);
  for (const Validator& validator : document.validators.all()) {
    v1::ValidatorEntry& entry = *record.add_validators();
    entry.set_participant(validator.participant);
    entry.set_node_key(std::string(validator.key.view()));
    entry.set_node_address(addresses.at(validator.participant));
  }
  writer.put(std::string(kValidatorsKey), record);
}

void put_observer(Writer& writer, const v1::GenesisObserver& observer) {
  v1::ObserverRecord record;
  record.set_code(observer.code());
  record.set_name(observer.name());
  record.set_kind(observer.kind());
  writer.put(observer_key(observer.code()), record);
  put_plain_key(writer, observer.public_key(), v1::KEY_KIND_OBSERVER, observer.code());
}

/// Dated registers gather all entries of one key, in the document's order.
void put_registers(Writer& writer, const v1::Genesis& genesis) {
  std::map<std::string, v1::DatedRegister> registers;
  const auto add = [&registers](std::string key, const auto& entry) {
    v1::DatedHolder& holder = *registers[std::move(key)].add_holders();
    holder.set_participant(entry.participant());
    holder.set_from_ms(entry.from_ms());
    holder.set_to_ms(entry.to_ms());
  };
  for (const v1::GenesisPrefix& prefix : genesis.prefixes()) add(prefix_key(prefix.prefix()), prefix);
  for (const v1::GenesisTerritory& territory : genesis.territories())
    add(territory_key(territory.territory()), territory);
  for (const auto& [key, dated] : registers) writer.put(key, dated);
}

void put_measures(Writer& writer, const v1::Genesis& genesis) {
  std::map<std::string, v1::MeasureIndex> indices;
  for (const v1::GenesisMeasure& measure : genesis.measures()) {
    v1::MeasureRecord record;
    record.set_id(measure.id());
    record.set_target(measure.target());
    record.set_kind(measure.kind());
    record.set_imposed_by(measure.imposed_by());
    *record.mutable_approvers() = measure.approvers();
    record.set_from_ms(measure.from_ms());
    writer.put(measure_key(measure.id()), record);
    indices[measure.target()].add_measures(measure.id());
  }
  for (const auto& [target, index] : indices) writer.put(measure_index_key(target), index);
}

void put_lots(Writer& writer, const v1::Genesis& genesis) {
  for (const v1::GenesisLot& lot : genesis.lots()) {
    v1::LotRecord record;
    record.set_lot(lot.lot());
    record.set_holder(lot.holder());
    record.set_origin(lot.origin());
    record.set_weight_centicarats(lot.weight_centicarats());
    writer.put(lot_key(lot.lot()), record);
  }
}

}  // namespace

StateChanges genesis_state(const GenesisDocument& document) {
  const v1::Genesis& genesis = *document.genesis;
  Writer writer;
  put_network(writer, genesis);
  put_plain_key(writer, genesis.clock_key(), v1::KEY_KIND_CLOCK, kClockParty);
  put_plain_key(writer, genesis.sanctions_key(), v1::KEY_KIND_SANCTIONS, std::string(kSecurityCouncil));
  for (const v1::GenesisParticipant& participant : genesis.participants()) put_participant(writer, participant);
  put_validators(writer, document);
  for (const v1::GenesisObserver& observer : genesis.observers()) put_observer(writer, observer);
  put_registers(writer, genesis);
  put_measures(writer, genesis);
  put_lots(writer, genesis);
  return std::move(writer).take();
}

}  // namespace kimberlite::ledger
