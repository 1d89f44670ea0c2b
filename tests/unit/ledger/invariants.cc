#include "tests/unit/ledger/invariants.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "proto/event_name.h"

namespace kimberlite::ledger::test {
namespace {

template <typename Record>
std::map<std::string, Record> read_all(const StateChanges& records, std::string_view prefix) {
  std::map<std::string, Record> all;
  for (auto entry = records.lower_bound(prefix); entry != records.end() && entry->first.starts_with(prefix); ++entry) {
    Record record;
    if (!record.ParseFromString(entry->second)) throw std::runtime_error("unreadable record " + entry->first);
    all.emplace(entry->first.substr(prefix.size()), std::move(record));
  }
  return all;
}

bool in_force(const v1::MeasureRecord& measure, TimeMs now) {
  return measure.from_ms() <= now.value && (measure.to_ms() == 0 || now.value < measure.to_ms());
}

bool has_measure(const Snapshot& state, const std::string& target, const std::set<v1::MeasureKind>& kinds, TimeMs now) {
  return std::ranges::any_of(state.measures, [&](const auto& entry) {
    return entry.second.target() == target && kinds.contains(entry.second.kind()) && in_force(entry.second, now);
  });
}

bool barred(const Snapshot& state, const std::string& participant, TimeMs now) {
  return has_measure(state, participant,
                     {v1::MEASURE_KIND_EMBARGO_ORIGIN, v1::MEASURE_KIND_SUSPENSION, v1::MEASURE_KIND_REMOVAL,
                      v1::MEASURE_KIND_SELF_SUSPENSION},
                     now);
}

bool admitted(const Snapshot& state, const std::string& participant, TimeMs now) {
  const auto found = state.participants.find(participant);
  return found != state.participants.end() && found->second.admitted_ms() <= now.value;
}

/// A re-export whose carats are out: neither given back nor handed over to a replacement.
bool is_open_reexport(const v1::CertificateRecord& certificate) {
  static const std::set<v1::CertificateState> kClosed = {v1::CERTIFICATE_STATE_VOIDED, v1::CERTIFICATE_STATE_EXPIRED,
                                                         v1::CERTIFICATE_STATE_RETURNED,
                                                         v1::CERTIFICATE_STATE_REPLACED};
  return certificate.basis() == v1::BASIS_REEXPORT && !kClosed.contains(certificate.state());
}

bool is_confirmed(const v1::CertificateRecord& certificate) {
  return certificate.state() == v1::CERTIFICATE_STATE_CONFIRMED ||
         certificate.state() == v1::CERTIFICATE_STATE_CONFIRMED_SHORT;
}

const v1::CertificateRecord* find(const Snapshot& state, const std::string& number) {
  const auto found = state.certificates.find(number);
  return found == state.certificates.end() ? nullptr : &found->second;
}

/// The number that an event brings into being; "" for most.
std::string created_number(const v1::Event& event) {
  if (event.has_certificate_issue()) return event.certificate_issue().number();
  if (event.has_certificate_replace()) return event.certificate_replace().number();
  return "";
}

/// The certificate that an event acts on: for cert.replace the lost one.
std::string acted_on(const v1::Event& event) {
  if (event.has_certificate_replace()) return event.certificate_replace().replaces();
  return std::string(event_certificate_number(event));
}

Violations number_used_once(const Step& step) {
  Violations found;
  if (step.accepted && find(step.before, created_number(step.event)) != nullptr)
    found.push_back(created_number(step.event) + " was issued again");
  for (const auto& [number, earlier] : step.before.certificates) {
    const v1::CertificateRecord* later = find(step.after, number);
    if (later == nullptr) {
      found.push_back(number + " vanished");
      continue;
    }
    const bool same = later->number() == number && later->exporter() == earlier.exporter() &&
                      later->importer() == earlier.importer() && later->issued_ms() == earlier.issued_ms() &&
                      later->issue_day() == earlier.issue_day() && later->expiry_day() == earlier.expiry_day() &&
                      later->basis() == earlier.basis() && later->origin() == earlier.origin();
    if (!same) found.push_back(number + " is another certificate than before");
    bool kept = later->history_size() >= earlier.history_size();
    for (int line = 0; kept && line < earlier.history_size(); ++line)
      kept = later->history(line).SerializeAsString() == earlier.history(line).SerializeAsString();
    if (!kept) found.push_back(number + " lost a line of its history");
  }
  return found;
}

Violations prefix_belongs_to_exporter(const Step& step) {
  const std::string number = created_number(step.event);
  if (!step.accepted || number.empty()) return {};
  v1::DatedRegister dated;
  const auto record = step.before.records.find("prefix/" + number.substr(0, 2));
  if (record != step.before.records.end() && !dated.ParseFromString(record->second)) return {"unreadable register"};
  for (const v1::DatedHolder& holder : dated.holders())
    if (holder.participant() == step.signer.party && holder.from_ms() <= step.now.value &&
        (holder.to_ms() == 0 || step.now.value < holder.to_ms()))
      return {};
  return {"the prefix of " + number + " is not " + step.signer.party + "'s"};
}

Violations parties_trade_at_issue(const Step& step) {
  if (!step.accepted || !step.event.has_certificate_issue()) return {};
  const std::string& exporter = step.signer.party;
  const std::string& importer = step.event.certificate_issue().importer();
  Violations found;
  if (exporter == importer) found.push_back("exporter and importer are both " + exporter);
  for (const std::string& party : {exporter, importer}) {
    if (!admitted(step.before, party, step.now)) found.push_back(party + " is not on the roll");
    if (barred(step.before, party, step.now)) found.push_back(party + " may not trade");
  }
  return found;
}

Violations no_export_under_a_bar(const Step& step) {
  if (!step.accepted || !(step.event.has_certificate_issue() || step.event.has_certificate_ship())) return {};
  const v1::CertificateRecord* certificate = find(step.after, acted_on(step.event));
  if (certificate == nullptr) return {"an accepted event left no certificate"};
  Violations found;
  if (barred(step.before, certificate->exporter(), step.now))
    found.push_back(certificate->exporter() + " exported under a measure");
  if (has_measure(step.before, certificate->origin(), {v1::MEASURE_KIND_EMBARGO_ORIGIN}, step.now))
    found.push_back("stones of " + certificate->origin() + " left under an embargo");
  return found;
}

Violations lines_add_up(const Step& step) {
  Violations found;
  for (const auto& [number, certificate] : step.after.certificates) {
    std::int64_t weight = 0;
    std::int64_t value = 0;
    for (const v1::HsLine& line : certificate.hs_lines()) {
      weight += line.weight_centicarats();
      value += line.value_cents();
    }
    if (weight != certificate.weight_centicarats() || value != certificate.value_cents())
      found.push_back("the lines of " + number + " do not add up");
  }
  return found;
}

Violations lots_are_conserved(const Step& step) {
  Violations found;
  std::map<std::string, std::int64_t> drawn;
  for (const auto& [number, certificate] : step.after.certificates) {
    if (!is_open_reexport(certificate)) continue;
    std::int64_t sum = 0;
    for (const v1::Source& source : certificate.sources()) {
      drawn[source.number()] += source.weight_centicarats();
      sum += source.weight_centicarats();
    }
    if (sum != certificate.weight_centicarats()) found.push_back("the sources of " + number + " are not its carats");
  }
  const auto check = [&](const std::string& number, std::int64_t received, std::int64_t stated) {
    if (stated != drawn[number]) found.push_back(number + " states another sum of draws than there are");
    if (stated < 0 || stated > received) found.push_back(number + " is overdrawn");
  };
  for (const auto& [id, lot] : step.after.lots) check(id, lot.weight_centicarats(), lot.drawn_centicarats());
  for (const auto& [number, certificate] : step.after.certificates)
    check(number, certificate.received_centicarats(), certificate.drawn_centicarats());
  return found;
}

Violations carats_are_conserved(const Step& step) {
  std::int64_t came = 0;
  std::int64_t undrawn = 0;
  std::int64_t out = 0;
  for (const auto& [id, lot] : step.after.lots) {
    came += lot.weight_centicarats();
    undrawn += lot.weight_centicarats() - lot.drawn_centicarats();
  }
  for (const auto& [number, certificate] : step.after.certificates) {
    came += certificate.received_centicarats();
    undrawn += certificate.received_centicarats() - certificate.drawn_centicarats();
    if (is_open_reexport(certificate)) out += certificate.weight_centicarats();
  }
  if (came == undrawn + out) return {};
  return {"opening and received " + std::to_string(came) + ", undrawn " + std::to_string(undrawn) + ", out " +
          std::to_string(out)};
}

std::string origin_of(const Snapshot& state, const std::string& source) {
  const auto lot = state.lots.find(source);
  return lot != state.lots.end() ? lot->second.origin() : state.certificates.at(source).origin();
}

Violations origin_is_proven(const Step& step) {
  Violations found;
  for (const auto& [number, certificate] : step.after.certificates) {
    const std::string& origin = certificate.origin();
    if (certificate.basis() == v1::BASIS_PRODUCTION) {
      if ((origin == "GL" ? "EC" : origin) != certificate.exporter()) found.push_back(number + " mined elsewhere");
      continue;
    }
    if (certificate.sources_size() == 0) continue;  // replaced: its draws went over
    std::set<std::string> origins;
    for (const v1::Source& source : certificate.sources()) origins.insert(origin_of(step.after, source.number()));
    if (origin != (origins.size() == 1 ? *origins.begin() : "")) found.push_back(number + " prints a wrong origin");
  }
  return found;
}

/// Which sides may sign an event on a certificate: E exporter, I importer.
std::string sides_of(const v1::Event& event) {
  static const std::map<std::string_view, std::string> kSides = {
      {"cert.issue", "E"},   {"cert.void", "E"},       {"cert.expire", "E"},        {"cert.ship", "E"},
      {"cert.correct", "E"}, {"cert.replace", "E"},    {"tech.close", "E"},         {"cert.arrive", "I"},
      {"cert.seize", "I"},   {"seizure.release", "I"}, {"seizure.forfeit", "I"},    {"receipt.confirm", "I"},
      {"receipt.hold", "I"}, {"receipt.refuse", "I"},  {"receipt.supplement", "I"}, {"tech.issue", "I"},
      {"cert.lost", "EI"}};
  const auto found = kSides.find(event_name(event));
  return found == kSides.end() ? "" : found->second;
}

Violations right_body_signs(const Step& step) {
  const std::string sides = sides_of(step.event);
  if (!step.accepted || sides.empty()) return {};
  const v1::CertificateRecord* certificate = find(step.after, acted_on(step.event));
  const auto key = step.before.keys.find(std::string(step.signer.key.view()));
  if (certificate == nullptr || key == step.before.keys.end()) return {"certificate or key unknown"};
  const v1::KeyRecord& signer = key->second;
  const bool is_body = signer.kind() == v1::KEY_KIND_BODY;
  const bool as_exporter =
      sides.contains('E') && is_body && signer.exporting() && signer.party() == certificate->exporter();
  const bool as_importer =
      sides.contains('I') && is_body && signer.importing() && signer.party() == certificate->importer();
  if (as_exporter || as_importer) return {};
  return {std::string(event_name(step.event)) + " by " + signer.party() + " " + signer.holder()};
}

Violations final_states_stay(const Step& step) {
  static const std::set<v1::CertificateState> kFinal = {v1::CERTIFICATE_STATE_VOIDED, v1::CERTIFICATE_STATE_EXPIRED,
                                                        v1::CERTIFICATE_STATE_RETURNED, v1::CERTIFICATE_STATE_REPLACED,
                                                        v1::CERTIFICATE_STATE_FORFEITED};
  Violations found;
  for (const auto& [number, earlier] : step.before.certificates) {
    const v1::CertificateRecord* later = find(step.after, number);
    if (later == nullptr) continue;
    v1::CertificateRecord comparable = *later;
    const bool confirmed = earlier.state() == v1::CERTIFICATE_STATE_CONFIRMED && !earlier.unchecked();
    if (confirmed) comparable.set_drawn_centicarats(earlier.drawn_centicarats());
    if ((confirmed || kFinal.contains(earlier.state())) &&
        comparable.SerializeAsString() != earlier.SerializeAsString())
      found.push_back(number + " left its final state");
  }
  return found;
}

Violations received_within_tolerance(const Step& step) {
  Violations found;
  for (const auto& [number, certificate] : step.after.certificates) {
    const std::int64_t received = certificate.received_centicarats();
    const std::int64_t declared = certificate.weight_centicarats();
    if (received * 200 > declared * 201) found.push_back(number + " received more than it may");
    if (certificate.state() == v1::CERTIFICATE_STATE_CONFIRMED && received * 200 < declared * 199)
      found.push_back(number + " is confirmed short");
    if (!is_confirmed(certificate) && received != 0) found.push_back(number + " received without confirmation");
  }
  return found;
}

int first_line(const v1::CertificateRecord& certificate, std::string_view event) {
  for (int line = 0; line < certificate.history_size(); ++line)
    if (certificate.history(line).event() == event) return line;
  return certificate.history_size();
}

Violations monitored_exports_are_coapproved(const Step& step) {
  Violations found;
  if (step.accepted && step.event.has_certificate_issue()) {
    const v1::CertificateRecord* certificate = find(step.after, created_number(step.event));
    const bool monitored = has_measure(step.before, step.signer.party, {v1::MEASURE_KIND_MONITORED_EXPORT}, step.now);
    if (certificate != nullptr && monitored && certificate->basis() == v1::BASIS_PRODUCTION &&
        certificate->approvers_size() == 0)
      found.push_back(certificate->number() + " escaped the measure");
  }
  for (const auto& [number, certificate] : step.after.certificates) {
    if (certificate.approvers_size() == 0 || certificate.shipped_ms() == 0) continue;
    const auto& named = certificate.approvers();
    if (std::ranges::find(named, certificate.coapproved_by()) == named.end())
      found.push_back(number + " left without a named expert");
    const bool ordered = first_line(certificate, "cert.coapprove") < first_line(certificate, "cert.ship");
    if (certificate.replaces().empty() && !ordered) found.push_back(number + " was co-approved after it left");
  }
  return found;
}

Violations refusal_changes_nothing(const Step& step) {
  if (step.accepted || step.before.records == step.after.records) return {};
  return {std::string(event_name(step.event)) + " was refused and changed the state"};
}

Violations measures_act_from_their_position(const Step& step) {
  Violations found;
  const bool on_measures = step.event.has_measure_impose() || step.event.has_measure_lift();
  for (const auto& [id, later] : step.after.measures) {
    const auto earlier = step.before.measures.find(id);
    const bool is_new = earlier == step.before.measures.end();
    if (!is_new && earlier->second.SerializeAsString() == later.SerializeAsString()) continue;
    if (!on_measures) found.push_back(id + " changed without an event on it");
    if (is_new ? later.from_ms() != step.now.value : later.to_ms() != step.now.value)
      found.push_back(id + " acts from another time than its own position");
  }
  if (on_measures && step.accepted)
    for (const auto& [number, later] : step.after.certificates) {
      const v1::CertificateRecord* earlier = find(step.before, number);
      if (earlier == nullptr || earlier->SerializeAsString() != later.SerializeAsString())
        found.push_back(number + " changed by an event on a measure");
    }
  return found;
}

Violations delegation_in_force(const Step& step) {
  if (!step.accepted) return {};
  const auto key = step.before.keys.find(std::string(step.signer.key.view()));
  if (key == step.before.keys.end()) return {"an unknown key signed"};
  const v1::KeyRecord& record = key->second;
  const bool in_period = record.from_ms() <= step.now.value && (record.to_ms() == 0 || step.now.value < record.to_ms());
  if (in_period && record.revoked_ms() == 0 && record.party() == step.signer.party) return {};
  return {"a key signed that was not in force, or not the party's"};
}

Violations replacing_keeps_totals(const Step& step) {
  const bool keeps =
      step.event.has_certificate_void() || step.event.has_certificate_expire() || step.event.has_certificate_replace();
  if (!step.accepted || !keeps || export_totals(step.before) == export_totals(step.after)) return {};
  return {std::string(event_name(step.event)) + " changed the totals of exports"};
}

Violations acknowledgement_confirms_within_bounds(const Step& step) {
  if (!step.accepted || !step.event.has_receipt_acknowledge()) return {};
  const v1::CertificateRecord* earlier = find(step.before, acted_on(step.event));
  const v1::CertificateRecord* later = find(step.after, acted_on(step.event));
  if (earlier == nullptr || later == nullptr) return {"an acknowledgement of no certificate"};
  Violations found;
  if (later->received_centicarats() * 200 > later->weight_centicarats() * 201)
    found.push_back("an importer alone confirmed an excess");
  const v1::ParticipantRecord& importer = step.before.participants.at(later->importer());
  const bool suffices = importer.receipt_policies_size() != 0 &&
                        importer.receipt_policies(0).policy() == v1::RECEIPT_POLICY_IMPORTER_SUFFICES;
  if (!suffices && (is_confirmed(*later) || later->received_centicarats() != 0))
    found.push_back("an importer alone confirmed, against its participant's policy");
  return found;
}

}  // namespace

Snapshot::Snapshot(const MemoryState& state)
    : records(state.records()),
      certificates(read_all<v1::CertificateRecord>(records, "certificate/")),
      lots(read_all<v1::LotRecord>(records, "lot/")),
      measures(read_all<v1::MeasureRecord>(records, "measure/")),
      participants(read_all<v1::ParticipantRecord>(records, "participant/")) {
  for (const auto& [hex, key] : read_all<v1::KeyRecord>(records, "key/")) keys.emplace(key.public_key(), key);
}

const std::vector<Invariant>& invariants() {
  static const std::vector<Invariant> kInvariants = {
      {1, "NumberUsedOnce", number_used_once},
      {2, "PrefixBelongsToExporter", prefix_belongs_to_exporter},
      {3, "PartiesTradeAtIssue", parties_trade_at_issue},
      {4, "NoExportUnderABar", no_export_under_a_bar},
      {5, "LinesAddUp", lines_add_up},
      {6, "LotsAreConserved", lots_are_conserved},
      {7, "CaratsAreConserved", carats_are_conserved},
      {8, "OriginIsProven", origin_is_proven},
      {9, "RightBodySigns", right_body_signs},
      {10, "FinalStatesStay", final_states_stay},
      {11, "ReceivedWithinTolerance", received_within_tolerance},
      {12, "MonitoredExportsAreCoapproved", monitored_exports_are_coapproved},
      {16, "RefusalChangesNothing", refusal_changes_nothing},
      {17, "MeasuresActFromTheirPosition", measures_act_from_their_position},
      {18, "DelegationInForce", delegation_in_force},
      {19, "ReplacingKeepsTotals", replacing_keeps_totals},
      {21, "AcknowledgementConfirmsWithinBounds", acknowledgement_confirms_within_bounds},
  };
  return kInvariants;
}

Violations check_all(const Step& step) {
  Violations all;
  for (const Invariant& invariant : invariants())
    for (const std::string& violation : invariant.check(step))
      all.push_back("invariant " + std::to_string(invariant.number) + ": " + violation);
  return all;
}

ExportTotals export_totals(const Snapshot& snapshot) {
  ExportTotals totals;
  for (const auto& [number, certificate] : snapshot.certificates) {
    if (certificate.shipped_ms() == 0 || certificate.state() == v1::CERTIFICATE_STATE_REPLACED) continue;
    ++totals.certificates;
    totals.weight_centicarats += certificate.weight_centicarats();
    totals.value_cents += certificate.value_cents();
  }
  return totals;
}

}  // namespace kimberlite::ledger::test
