#include "tests/simulation/whole_node/cast.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/assert.h"
#include "proto/civil_time.h"
#include "proto/envelope.h"

namespace kimberlite::whole_node {
namespace {

constexpr std::int64_t kEnvelopeValidMs = 6LL * 24 * 3'600'000;
constexpr std::size_t kFoundersWithoutDevelopment = 4;
constexpr std::int64_t kIssueValidDays = 30;

// "AA", "AB", ... in order.
std::string code_of(std::size_t index) {
  return {static_cast<char>('A' + index / 26), static_cast<char>('A' + index % 26)};
}

}  // namespace

Cast::Cast(const CastOptions& options) : options_(options) {
  for (std::size_t i = 0; i < options.founders + options.guests; ++i) {
    const std::string code = code_of(i);
    players_.push_back(
        {code, derive(code + " root"), derive(code + " body"), derive(code + " trader").public_key(), {}});
    players_.back().node_key = new_key(static_cast<NodeId>(i));
  }
  auto parsed = parse_genesis(format_genesis(document()));
  KIMBERLITE_ASSERT(parsed, parsed ? "" : parsed.error().to_string());
  genesis_ = *std::move(parsed);
}

SecretKey Cast::derive(const std::string& purpose) const {
  return *SecretKey::from_seed(sha256(std::to_string(options_.seed), " ", purpose).view());
}

PublicKey Cast::new_key(NodeId id) {
  SecretKey secret = derive(players_[id].code + " node " + std::to_string(++keys_made_));
  const PublicKey key = secret.public_key();
  node_keys_.emplace(key, NodeKey{id, std::move(secret)});
  return key;
}

NodeId Cast::id_of(const std::string& code) const {
  const auto found = std::ranges::find(players_, code, &Player::code);
  KIMBERLITE_ASSERT(found != players_.end(), "a player of this cast");
  return static_cast<NodeId>(found - players_.begin());
}

std::string Cast::address(NodeId id) const {
  return players_[id].code + ".example:7200";
}

v1::Genesis Cast::document() const {
  v1::Genesis genesis;
  genesis.set_format(1);
  genesis.set_network_name("kimberlite.example/simulation");
  genesis.set_genesis_time_ms(options_.genesis_time_ms.value);
  genesis.set_clock(v1::CLOCK_WALL);
  genesis.set_log_readers(v1::LOG_READERS_PUBLIC);
  genesis.set_heartbeat_ms(options_.heartbeat_ms);
  genesis.set_view_timeout_ms(options_.delta_ms);
  genesis.set_development(options_.founders < kFoundersWithoutDevelopment);
  auto& parameters = *genesis.mutable_parameters();
  parameters.set_validity_days(60);
  parameters.set_tolerance_basis_points(50);
  parameters.set_confirmation_clock_days(30);
  parameters.set_correction_percent(10);
  parameters.set_issue_date_slack_days(1);
  for (NodeId id = 0; id < options_.founders; ++id) {
    const Player& player = players_[id];
    auto& participant = *genesis.add_participants();
    participant.set_code(player.code);
    participant.set_name("Participant " + player.code);
    participant.set_member_states(1);
    participant.set_role("both");
    participant.set_admitted_ms(1);
    participant.set_root_key(std::string(player.root.public_key().view()));
    participant.set_node_key(std::string(player.node_key.view()));
    participant.set_node_address(address(id));
    auto& body = *participant.add_bodies();
    body.set_holder(player.code + "-AUTHORITY");
    body.set_public_key(std::string(player.body.public_key().view()));
    body.set_exporting(true);
    body.set_importing(true);
    auto& trader = *participant.add_traders();
    trader.set_holder(player.code + "-TRADER-01");
    trader.set_public_key(std::string(player.trader.view()));
    trader.set_private_digest(std::string(32, 'd'));
    auto& prefix = *genesis.add_prefixes();
    prefix.set_prefix(player.code);
    prefix.set_participant(player.code);
  }
  genesis.mutable_chair()->set_chair(players_.front().code);
  genesis.mutable_chair()->set_vice_chair(players_[options_.founders - 1].code);
  genesis.mutable_chair()->set_term(2026);
  return genesis;
}

std::string Cast::sign(NodeId by, const SecretKey& key, const v1::Event& event, TimeMs now) {
  v1::Envelope envelope;
  envelope.set_chain_id(std::string(genesis_.chain_id.view()));
  envelope.set_participant(players_[by].code);
  envelope.set_not_after_ms(now.value + kEnvelopeValidMs);
  envelope.set_nonce(std::string(sha256(std::to_string(++envelopes_made_)).view().substr(0, kNonceBytes)));
  *envelope.add_events() = event;
  return sign_envelope(envelope, key);
}

v1::Event Cast::production(NodeId exporter, NodeId importer, TimeMs now) const {
  const std::string& code = players_[exporter].code;
  v1::Event event;
  auto& issue = *event.mutable_certificate_issue();
  char number[16];
  std::snprintf(number, sizeof number, "%s-%07llu", code.c_str(), static_cast<unsigned long long>(envelopes_made_ + 1));
  issue.set_number(number);
  issue.set_body(code + "-AUTHORITY");
  issue.set_importer(players_[importer].code);
  issue.set_basis(v1::BASIS_PRODUCTION);
  issue.set_origin(code);
  issue.set_weight_centicarats(100'00);
  issue.set_value_cents(5'000'00);
  issue.set_parcels(1);
  auto& line = *issue.add_hs_lines();
  line.set_code("710231");
  line.set_weight_centicarats(100'00);
  line.set_value_cents(5'000'00);
  issue.set_issue_day(day_of(now));
  issue.set_expiry_day(day_of(now) + kIssueValidDays);
  issue.set_exporter_trader(code + "-TRADER-01");
  issue.set_importer_trader(players_[importer].code + "-TRADER-01");
  return event;
}

std::string Cast::issue(NodeId exporter, NodeId importer, TimeMs now) {
  return sign(exporter, players_[exporter].body, production(exporter, importer, now), now);
}

std::pair<std::string, std::string> Cast::issue_twice(NodeId exporter, NodeId importer, TimeMs now) {
  const v1::Event event = production(exporter, importer, now);
  std::string first = sign(exporter, players_[exporter].body, event, now);
  return {std::move(first), sign(exporter, players_[exporter].body, event, now)};
}

std::string Cast::register_node(NodeId id, const PublicKey& key, TimeMs now) {
  v1::Event event;
  event.mutable_node_register()->set_public_key(std::string(key.view()));
  return sign(id, players_[id].root, event, now);
}

std::string Cast::admit(NodeId guest, const PublicKey& key, TimeMs now) {
  v1::Event event;
  auto& admission = *event.mutable_participant_admit();
  admission.set_code(players_[guest].code);
  admission.set_name("Guest " + players_[guest].code);
  admission.set_member_states(1);
  admission.set_role("producer");
  admission.set_root_key(std::string(players_[guest].root.public_key().view()));
  admission.set_node_key(std::string(key.view()));
  admission.set_node_address(address(guest));
  admission.set_decision("Plenary");
  return sign(0, players_.front().root, event, now);
}

std::string Cast::withdraw(NodeId id, TimeMs now) {
  v1::Event event;
  event.mutable_participant_withdraw()->set_cause("leaves");
  return sign(id, players_[id].root, event, now);
}

}  // namespace kimberlite::whole_node
