#include "samples.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::test {
namespace {

constexpr std::int64_t kJanuary2007Ms = 1'167'609'600'000;

void add_participant(v1::Genesis& genesis, const std::string& code, unsigned char node) {
  v1::GenesisParticipant& participant = *genesis.add_participants();
  participant.set_code(code);
  participant.set_name("Participant " + code);
  participant.set_member_states(1);
  participant.set_role("both");
  participant.set_root_key(sample_public_key(static_cast<unsigned char>(node + 10)));
  participant.set_node_key(sample_public_key(node));
  participant.set_node_address("node-" + std::to_string(node) + ".example:7100");
  v1::GenesisKey& body = *participant.add_bodies();
  body.set_holder(code + "-AUTHORITY");
  body.set_public_key(sample_public_key(static_cast<unsigned char>(node + 20)));
  body.set_exporting(true);
  body.set_importing(true);
  v1::GenesisKey& trader = *participant.add_traders();
  trader.set_holder(code + "-TRADER-01");
  trader.set_public_key(sample_public_key(static_cast<unsigned char>(node + 30)));
  v1::GenesisPrefix& prefix = *genesis.add_prefixes();
  prefix.set_prefix(code);
  prefix.set_participant(code);
}

v1::Event node_event() {
  v1::Event event;
  event.mutable_node_register()->set_public_key(sample_public_key(41));
  event.mutable_node_register()->set_node_address("node.gov.bw:7000");
  return event;
}

v1::Event admit_event() {
  v1::Event event;
  v1::ParticipantAdmit& admission = *event.mutable_participant_admit();
  admission.set_code("NA");
  admission.set_name("Namibia");
  admission.set_member_states(1);
  admission.set_role("producer");
  admission.set_root_key(sample_public_key(42));
  admission.set_node_key(sample_public_key(43));
  admission.set_node_address("node.gov.na:7000");
  admission.set_decision("DECISION");
  return event;
}

v1::Event measure_event() {
  v1::Event event;
  v1::MeasureImpose& impose = *event.mutable_measure_impose();
  impose.set_id("M-GH-2006A");
  impose.set_target("GH");
  impose.set_kind(v1::MEASURE_KIND_MONITORED_EXPORT);
  impose.set_imposed_by("PLENARY");
  impose.add_approvers("WDC");
  impose.set_motion("MO-2007-01");
  return event;
}

v1::Event key_event() {
  v1::Event event;
  v1::KeyRegister& key = *event.mutable_key_register();
  key.set_public_key(sample_public_key(40));
  key.set_kind(v1::KEY_KIND_BODY);
  key.set_holder("EC-BE-ANTWERP");
  key.set_exporting(true);
  key.set_from_ms(kJanuary2007Ms);
  key.set_private_digest(std::string(Digest::kSize, '\x0d'));
  return event;
}

v1::Event correct_event() {
  v1::Event event;
  v1::CertificateCorrect& correct = *event.mutable_certificate_correct();
  correct.set_number("BW-0002601");
  correct.set_weight_centicarats(100);
  correct.set_value_cents(200);
  v1::HsLine& line = *correct.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(100);
  line.set_value_cents(200);
  correct.set_cause("CLERICAL_ERROR");
  return event;
}

v1::Event replace_event() {
  v1::Event event;
  v1::CertificateReplace& replace = *event.mutable_certificate_replace();
  replace.set_number("BW-0002634");
  replace.set_replaces("BW-0002628");
  replace.set_importer("EC");
  replace.set_weight_centicarats(100);
  replace.set_value_cents(200);
  return event;
}

v1::Event confirm_event() {
  v1::Event event;
  v1::ReceiptConfirm& confirm = *event.mutable_receipt_confirm();
  confirm.set_number("BW-0002601");
  confirm.set_body("EC-BE-ANTWERP");
  confirm.set_weight_centicarats(100);
  confirm.set_value_cents(200);
  confirm.set_parcels(1);
  confirm.set_exporter("BW");
  return event;
}

v1::Event incident_event() {
  v1::Event event;
  v1::IncidentReport& incident = *event.mutable_incident_report();
  incident.set_number("AO-9999999");
  incident.set_kind("FORGED_CERTIFICATE");
  incident.set_claimed_exporter("AO");
  incident.set_goods("SEIZED");
  return event;
}

}  // namespace

SecretKey sample_key(unsigned char byte) {
  return *SecretKey::from_seed(std::string(SecretKey::kSeedSize, static_cast<char>(byte)));
}

std::string sample_public_key(unsigned char byte) {
  return std::string(sample_key(byte).public_key().view());
}

Digest sample_chain_id() {
  Digest digest;
  digest.bytes.fill(0xc1);
  return digest;
}

v1::Genesis sample_genesis() {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_network_name("kimberlite.example/test");
  genesis.set_genesis_time_ms(kJanuary2007Ms);
  genesis.set_clock(v1::CLOCK_REPLAY);
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  genesis.set_clock_key(sample_public_key(50));
  genesis.set_sanctions_key(sample_public_key(51));
  add_participant(genesis, "AE", 1);
  add_participant(genesis, "BW", 2);
  add_participant(genesis, "EC", 3);
  add_participant(genesis, "IN", 4);
  v1::GenesisObserver& observer = *genesis.add_observers();
  observer.set_code("WDC");
  observer.set_name("World Diamond Council");
  observer.set_kind("industry");
  observer.set_public_key(sample_public_key(52));
  v1::GenesisTerritory& territory = *genesis.add_territories();
  territory.set_territory("GL");
  territory.set_participant("EC");
  v1::GenesisMeasure& measure = *genesis.add_measures();
  measure.set_id("M-CI-1643");
  measure.set_target("CI");
  measure.set_kind(v1::MEASURE_KIND_EMBARGO_ORIGIN);
  measure.set_imposed_by("UNSC");
  v1::GenesisLot& lot = *genesis.add_lots();
  lot.set_lot("OPEN-EC-2007");
  lot.set_holder("EC");
  lot.set_weight_centicarats(260'000'000);
  genesis.mutable_chair()->set_chair("EC");
  genesis.mutable_chair()->set_vice_chair("IN");
  return genesis;
}

GenesisDocument sample_genesis_document() {
  Result<GenesisDocument> document = parse_genesis(format_genesis(sample_genesis()));
  KIMBERLITE_ASSERT(document.has_value(), "the sample genesis document is sound");
  return *std::move(document);
}

std::string sample_checkpoint_note(const Checkpoint& checkpoint, const std::vector<unsigned char>& signers) {
  std::vector<CheckpointCosignature> signatures;
  for (const unsigned char signer : signers) {
    const SecretKey key = sample_key(signer);
    signatures.push_back({key.public_key(), sign_checkpoint(checkpoint, key)});
  }
  return format_checkpoint(checkpoint, signatures);
}

v1::Event sample_issue() {
  v1::Event event;
  v1::CertificateIssue& issue = *event.mutable_certificate_issue();
  issue.set_number("BW-0002601");
  issue.set_body("BW-AUTHORITY");
  issue.set_importer("EC");
  issue.set_basis(v1::BASIS_REEXPORT);
  issue.set_origin("BW");
  issue.set_weight_centicarats(17'088);
  issue.set_value_cents(8'527'231);
  issue.set_parcels(2);
  v1::HsLine& line = *issue.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(17'088);
  line.set_value_cents(8'527'231);
  v1::Source& source = *issue.add_sources();
  source.set_number("OPEN-BW-2007");
  source.set_weight_centicarats(17'088);
  issue.set_issue_day(13'515);
  issue.set_expiry_day(13'575);
  issue.set_exporter_trader("BW-TRADER-01");
  issue.set_importer_trader("EC-TRADER-01");
  issue.set_private_digest(std::string(Digest::kSize, '\x0d'));
  return event;
}

v1::Envelope sample_envelope() {
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(sample_chain_id().view()));
  envelope.set_participant("BW");
  envelope.set_not_after_ms(kJanuary2007Ms + 3'600'000);
  envelope.set_nonce("0123456789abcdef");
  *envelope.add_events() = sample_issue();
  return envelope;
}

std::vector<v1::Event> sample_events() {
  constexpr std::string_view kNumber = "BW-0002601";
  const auto numbered = [kNumber](auto* event) { event->set_number(std::string(kNumber)); };
  const auto caused = [kNumber](auto* event) {
    event->set_number(std::string(kNumber));
    event->set_cause("CAUSE");
  };
  std::vector<v1::Event> events;
  const auto add = [&events]() -> v1::Event& { return events.emplace_back(); };
  add().mutable_advance_clock()->set_to_ms(kJanuary2007Ms);
  events.push_back(key_event());
  add().mutable_key_revoke()->set_public_key(sample_public_key(40));
  events.push_back(node_event());
  add().mutable_node_retire()->set_cause("CAUSE");
  events.push_back(admit_event());
  add().mutable_participant_withdraw()->set_cause("CAUSE");
  events.push_back(measure_event());
  add().mutable_measure_lift()->set_id("M-GH-2006A");
  events.push_back(sample_issue());
  numbered(add().mutable_certificate_coapprove());
  caused(add().mutable_certificate_void());
  caused(add().mutable_certificate_expire());
  numbered(add().mutable_certificate_ship());
  events.back().mutable_certificate_ship()->add_seals("S504022");
  numbered(add().mutable_certificate_arrive());
  events.push_back(correct_event());
  caused(add().mutable_certificate_lost());
  events.push_back(replace_event());
  caused(add().mutable_certificate_seize());
  numbered(add().mutable_seizure_release());
  numbered(add().mutable_seizure_forfeit());
  numbered(add().mutable_receipt_acknowledge());
  events.push_back(confirm_event());
  numbered(add().mutable_receipt_supplement());
  caused(add().mutable_receipt_hold());
  caused(add().mutable_receipt_refuse());
  caused(add().mutable_technical_issue());
  events.back().mutable_technical_issue()->set_technical("IN-T000017");
  numbered(add().mutable_technical_close());
  events.back().mutable_technical_close()->set_technical("IN-T000017");
  events.push_back(incident_event());
  return events;
}

}  // namespace kimberlite::test
