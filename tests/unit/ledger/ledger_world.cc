#include "tests/unit/ledger/ledger_world.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/ledger/state_key.h"
#include "proto/civil_time.h"
#include "proto/digest.h"
#include "proto/genesis.h"
#include "proto/strict.h"

namespace kimberlite::ledger::test {
namespace {

constexpr std::int64_t kHourMs = 3600 * 1000;

std::string bytes_named(const std::string& name) {
  return std::string(key_named(name).view());
}

void add_body(v1::GenesisParticipant& participant, const std::string& holder, bool exporting, bool importing,
              std::string_view from = "", std::string_view to = "") {
  v1::GenesisKey& key = *participant.add_bodies();
  key.set_holder(holder);
  key.set_public_key(bytes_named(participant.code() + "/body/" + holder));
  key.set_exporting(exporting);
  key.set_importing(importing);
  if (!from.empty()) key.set_from_ms(parse_time(from)->value);
  if (!to.empty()) key.set_to_ms(parse_time(to)->value);
}

v1::GenesisParticipant& add_participant(v1::Genesis& genesis, const std::string& code, v1::ReceiptPolicy policy,
                                        std::string_view admitted = "2003-08-31T00:00:00Z") {
  v1::GenesisParticipant& participant = *genesis.add_participants();
  participant.set_code(code);
  participant.set_name("Participant " + code);
  participant.set_member_states(1);
  participant.set_role("both");
  participant.set_admitted_ms(parse_time(admitted)->value);
  participant.set_root_key(bytes_named(code + "/root"));
  participant.set_node_key(bytes_named(code + "/node"));
  participant.set_node_address("node." + code + ".example:7000");
  add_body(participant, usual_body(code), true, true);
  for (const std::string holder : {"TRADER-01", "TRADER-02"}) {
    v1::GenesisKey& key = *participant.add_traders();
    key.set_holder(code + "-" + holder);
    key.set_public_key(bytes_named(code + "/trader/" + key.holder()));
  }
  if (policy != v1::RECEIPT_POLICY_UNSPECIFIED) {
    v1::DatedReceiptPolicy& dated = *participant.add_receipt_policies();
    dated.set_policy(policy);
  }
  return participant;
}

void add_prefix(v1::Genesis& genesis, const std::string& prefix, const std::string& participant,
                std::string_view from = "", std::string_view to = "") {
  v1::GenesisPrefix& entry = *genesis.add_prefixes();
  entry.set_prefix(prefix);
  entry.set_participant(participant);
  if (!from.empty()) entry.set_from_ms(parse_time(from)->value);
  if (!to.empty()) entry.set_to_ms(parse_time(to)->value);
}

void add_measure(v1::Genesis& genesis, const std::string& id, const std::string& target, v1::MeasureKind kind,
                 const std::string& imposed_by, const std::string& approver = "") {
  v1::GenesisMeasure& measure = *genesis.add_measures();
  measure.set_id(id);
  measure.set_target(target);
  measure.set_kind(kind);
  measure.set_imposed_by(imposed_by);
  measure.set_from_ms(genesis.genesis_time_ms());
  if (!approver.empty()) measure.add_approvers(approver);
}

void add_lot(v1::Genesis& genesis, const std::string& id, const std::string& holder, const std::string& origin) {
  v1::GenesisLot& lot = *genesis.add_lots();
  lot.set_lot(id);
  lot.set_holder(holder);
  lot.set_origin(origin);
  lot.set_weight_centicarats(100'000'000);
}

void add_observer(v1::Genesis& genesis, const std::string& code) {
  v1::GenesisObserver& entry = *genesis.add_observers();
  entry.set_code(code);
  entry.set_name("Observer " + code);
  entry.set_kind("industry");
  entry.set_public_key(bytes_named(code + "/observer"));
}

StateChanges state_of(const v1::Genesis& genesis) {
  Result<GenesisDocument> document = parse_genesis(format_genesis(genesis));
  if (!document) throw std::runtime_error("the test's genesis is refused: " + document.error().to_string());
  return genesis_state(*document);
}

}  // namespace

std::optional<std::string> MemoryState::get(std::string_view key) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

void MemoryState::apply(const StateChanges& changes) {
  for (const auto& [key, value] : changes) records_.insert_or_assign(key, value);
}

std::vector<std::string> MemoryState::changed_since(const StateChanges& before) const {
  std::vector<std::string> changed;
  for (const auto& [key, value] : records_) {
    const auto earlier = before.find(key);
    if (earlier == before.end() || earlier->second != value) changed.push_back(key);
  }
  for (const auto& [key, value] : before)
    if (!records_.contains(key)) changed.push_back(key);
  return changed;
}

v1::CertificateRecord MemoryState::certificate(const std::string& number) const {
  return record<v1::CertificateRecord>(certificate_key(number));
}

v1::LotRecord MemoryState::lot(const std::string& id) const {
  return record<v1::LotRecord>(lot_key(id));
}

std::vector<v1::CertificateRecord> MemoryState::certificates() const {
  std::vector<v1::CertificateRecord> all;
  for (auto entry = records_.lower_bound("certificate/"); entry != records_.end(); ++entry) {
    if (!entry->first.starts_with("certificate/")) break;
    all.push_back(record<v1::CertificateRecord>(entry->first));
  }
  return all;
}

std::vector<v1::LotRecord> MemoryState::lots() const {
  std::vector<v1::LotRecord> all;
  for (auto entry = records_.lower_bound("lot/"); entry != records_.end(); ++entry) {
    if (!entry->first.starts_with("lot/")) break;
    all.push_back(record<v1::LotRecord>(entry->first));
  }
  return all;
}

void MemoryState::put(const std::string& key, const google::protobuf::Message& record) {
  records_.insert_or_assign(key, serialize_canonical(record));
}

void MemoryState::put(const v1::CertificateRecord& certificate) {
  put(certificate_key(certificate.number()), certificate);
}

void MemoryState::put(const v1::LotRecord& lot) {
  put(lot_key(lot.lot()), lot);
}

PublicKey key_named(std::string_view name) {
  return *PublicKey::from_bytes(sha256("key of ", name).view());
}

Signer root(const std::string& participant) {
  return {participant, key_named(participant + "/root")};
}
Signer node(const std::string& participant) {
  return {participant, key_named(participant + "/node")};
}

Signer body(const std::string& participant, const std::string& holder) {
  return {participant, key_named(participant + "/body/" + (holder.empty() ? usual_body(participant) : holder))};
}

Signer trader(const std::string& participant, const std::string& holder) {
  return {participant, key_named(participant + "/trader/" + holder)};
}

Signer observer(const std::string& code) {
  return {code, key_named(code + "/observer")};
}
Signer sanctions() {
  return {"UNSC", key_named("sanctions")};
}
Signer clock_signer() {
  return {"CLOCK", key_named("clock")};
}

std::string usual_body(const std::string& participant) {
  static const std::map<std::string, std::string> kNamed = {
      {"EC", "EC-BE-ANTWERP"},  {"IN", "GJEPC"}, {"AE", "DMCC"},   {"CD", "CEEC"}, {"AO", "ENDIAMA-SODIAM"},
      {"GH", "PMMC"},           {"SL", "GGDO"},  {"GY", "GGMC"},   {"LR", "GDO"},  {"CA", "NRCAN"},
      {"US", "USKPA"},          {"ZA", "SADB"},  {"CF", "BECDOR"}, {"GN", "BNE"},  {"IL", "DIAMOND-CONTROLLER"},
      {"RU", "GOKHRAN-CUSTOMS"}};
  const auto named = kNamed.find(participant);
  return named == kNamed.end() ? participant + "-AUTHORITY" : named->second;
}

std::string Outcome::verdict() const {
  return refusal ? std::string(reason_name(refusal->reason)) : "accepted";
}

v1::Genesis small_genesis() {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_network_name("test.example/small");
  genesis.set_genesis_time_ms(parse_time("2007-01-01T00:00:00Z")->value);
  genesis.set_clock(v1::CLOCK_WALL);
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  add_participant(genesis, "BW", v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  v1::GenesisParticipant& ec = add_participant(genesis, "EC", v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  add_body(ec, "EC-EXPORT", true, false);
  add_body(ec, "EC-IMPORT", false, true);
  add_body(ec, "EC-ENDED", true, true, "", "2007-03-01T12:00:00Z");
  add_body(ec, "EC-COMING", true, true, "2007-03-01T12:00:00.001Z");
  add_participant(genesis, "IN", v1::RECEIPT_POLICY_UNSPECIFIED);
  add_participant(genesis, "AE", v1::RECEIPT_POLICY_IMPORTER_SUFFICES);
  add_participant(genesis, "ZA", v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  add_participant(genesis, "CI", v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  add_participant(genesis, "GH", v1::RECEIPT_POLICY_AUTHORITY_ONLY);
  add_participant(genesis, "LR", v1::RECEIPT_POLICY_AUTHORITY_ONLY, "2007-05-04T00:00:00Z");
  for (const std::string code : {"BW", "IN", "AE", "ZA", "CI", "GH", "LR"}) add_prefix(genesis, code, code);
  add_prefix(genesis, "EC", "EC", "", "2013-07-01T00:00:00Z");
  add_prefix(genesis, "EU", "EC", "2013-07-01T00:00:00Z");
  v1::GenesisTerritory& greenland = *genesis.add_territories();
  greenland.set_territory("GL");
  greenland.set_participant("EC");
  add_measure(genesis, "M-CI-1643", "CI", v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC");
  add_measure(genesis, "M-GH-2006A", "GH", v1::MEASURE_KIND_MONITORED_EXPORT, "PLENARY", "WDC");
  add_lot(genesis, "OPEN-EC-2007", "EC", "");
  add_lot(genesis, "OPEN-EC-ZA", "EC", "ZA");
  add_lot(genesis, "OPEN-AE-2007", "AE", "");
  add_observer(genesis, "WDC");
  add_observer(genesis, "GW");
  genesis.mutable_chair()->set_chair("EC");
  genesis.mutable_chair()->set_vice_chair("IN");
  genesis.mutable_chair()->set_term(2007);
  genesis.set_sanctions_key(bytes_named("sanctions"));
  return genesis;
}

World::World() : block_time_(*parse_time("2007-03-01T12:00:00Z")) {
  static const StateChanges kSmall = state_of(small_genesis());
  state_.apply(kSmall);
}

World::World(const v1::Genesis& genesis) : block_time_(TimeMs{genesis.genesis_time_ms()}) {
  state_.apply(state_of(genesis));
}

Outcome World::submit(const Signer& signer, const std::vector<v1::Event>& events) {
  return submit_until(signer, events, now().value + kHourMs);
}

Outcome World::submit(const Signer& signer, const v1::Event& event) {
  return submit(signer, std::vector<v1::Event>{event});
}

Outcome World::submit_until(const Signer& signer, const std::vector<v1::Event>& events, std::int64_t not_after_ms) {
  auto envelope = std::make_unique<v1::Envelope>();
  envelope->set_participant(signer.party);
  envelope->set_not_after_ms(not_after_ms);
  for (const v1::Event& event : events) *envelope->add_events() = event;
  const Digest id = sha256("envelope", signer.key.view(), envelope->SerializeAsString());
  const OpenedEnvelope opened("", id, signer.key, std::move(envelope));
  auto applied = apply_envelope(state_, {block_time_, epoch_}, opened);
  if (!applied) return {std::move(applied.error())};
  state_.apply(applied->changes);
  return {};
}

std::int32_t World::today() const {
  return day_of(now());
}

void World::impose(const std::string& id, const std::string& target, v1::MeasureKind kind,
                   const std::string& imposed_by, const std::vector<std::string>& approvers) {
  v1::MeasureRecord measure;
  measure.set_id(id);
  measure.set_target(target);
  measure.set_kind(kind);
  measure.set_imposed_by(imposed_by);
  for (const std::string& approver : approvers) measure.add_approvers(approver);
  measure.set_from_ms(now().value);
  state_.put(measure_key(id), measure);
  v1::MeasureIndex index;
  if (state_.contains(measure_index_key(target))) index = state_.record<v1::MeasureIndex>(measure_index_key(target));
  index.add_measures(id);
  state_.put(measure_index_key(target), index);
}

}  // namespace kimberlite::ledger::test
