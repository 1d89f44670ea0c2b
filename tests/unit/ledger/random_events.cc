#include "tests/unit/ledger/random_events.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "node/ledger/voting_set.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

template <typename Options>
auto pick(const Options& options, std::uint32_t number) {
  return options[number % options.size()];
}

const std::vector<std::string>& traders_nations() {
  static const std::vector<std::string> kNations = {"EC", "AE", "IN", "ZA", "BW", "GH"};
  return kNations;
}

std::string number_of(const std::string& exporter, std::uint32_t serial) {
  return exporter + "-000000" + std::to_string(1 + serial % 6);
}

/// Everyone who might sign, rightly or wrongly.
std::vector<Signer> all_signers() {
  std::vector<Signer> signers = {sanctions(),
                                 observer("WDC"),
                                 observer("GW"),
                                 body("EC", "EC-IMPORT"),
                                 body("EC", "EC-EXPORT"),
                                 body("EC", "EC-ENDED"),
                                 body("EC", "EC-COMING"),
                                 {"BW", key_named("stranger")},
                                 {"ZA", body("BW").key},
                                 body("LR"),
                                 body("CI"),
                                 node("EC")};
  for (const std::string& nation : traders_nations()) {
    signers.push_back(root(nation));
    signers.push_back(body(nation));
    signers.push_back(trader(nation, nation + "-TRADER-01"));
  }
  return signers;
}

/// What can be drawn, and what is left of it, and of which origin.
struct Holding {
  std::string number;
  std::int64_t balance;
  std::string origin;
};

std::vector<Holding> holdings(const World& world, const std::string& holder) {
  std::vector<Holding> all;
  for (const v1::LotRecord& lot : world.state().lots())
    if (lot.holder() == holder)
      all.push_back({lot.lot(), lot.weight_centicarats() - lot.drawn_centicarats(), lot.origin()});
  for (const v1::CertificateRecord& import : world.state().certificates())
    if (import.importer() == holder && import.received_centicarats() != 0)
      all.push_back({import.number(), import.received_centicarats() - import.drawn_centicarats(), import.origin()});
  std::erase_if(all, [](const Holding& holding) { return holding.balance == 0; });
  return all;
}

v1::Event random_reexport(const World& world, const std::string& number, const std::string& importer,
                          const Choice& choice) {
  const std::vector<Holding> held = holdings(world, number.substr(0, 2));
  std::vector<Draw> draws;
  std::string origin;
  for (std::uint32_t index = 0; index < 1 + choice[4] % 3 && !held.empty(); ++index) {
    const Holding& holding = pick(held, choice[4] / 3 + index * choice[5]);
    const std::array<std::int64_t, 4> amounts = {holding.balance / 3, holding.balance, holding.balance + 1,
                                                 std::min<std::int64_t>(holding.balance, 7)};
    draws.push_back({holding.number, pick(amounts, choice[5] / 7 + index)});
    origin = draws.size() == 1 || origin == holding.origin ? holding.origin : "";
  }
  return event_of(reexport(world, number, importer, draws, choice[5] % 11 == 0 ? "ZA" : origin));
}

Attempted random_issue(const World& world, const Choice& choice) {
  const std::string exporter = pick(traders_nations(), choice[1]);
  const std::string importer = choice[2] % 29 == 0 ? "LR" : pick(traders_nations(), choice[2]);
  const std::string number = number_of(exporter, choice[3]);
  const bool produces = exporter == "BW" || exporter == "GH" || (exporter == "ZA" && choice[4] % 2 == 0);
  if (!produces) return {body(exporter), random_reexport(world, number, importer, choice)};
  v1::CertificateIssue issue = production(world, number, importer, 1000 + choice[5]);
  if (choice[4] % 13 == 0) issue.set_value_cents(kValue + 1);
  return {body(exporter), event_of(issue)};
}

/// Received carats around every threshold.
std::int64_t random_received(const v1::CertificateRecord& certificate, std::uint32_t number) {
  const std::int64_t declared = certificate.weight_centicarats();
  const std::int64_t tolerance = declared / 200;
  const std::array<std::int64_t, 8> amounts = {declared,
                                               declared,
                                               declared + tolerance,
                                               declared + tolerance + 1,
                                               declared - tolerance,
                                               declared - tolerance - 1,
                                               declared / 2,
                                               number % 5 == 0 ? 0 : declared / 3};
  return pick(amounts, number);
}

Attempted acknowledge_by_importer(const v1::CertificateRecord& certificate, const Choice& choice) {
  return {trader(certificate.importer(), certificate.importer_trader()),
          acknowledge(certificate.number(), random_received(certificate, choice[4]))};
}

/// From 5 % less to 14 % more.
v1::Event random_correction(const v1::CertificateRecord& certificate, const Choice& choice) {
  return correct(certificate.number(), certificate.weight_centicarats() * (95 + choice[4] % 20) / 100);
}

/// What the exporter's body can try.
std::vector<v1::Event> exporters_events(const World& world, const v1::CertificateRecord& certificate,
                                        const Choice& choice) {
  const std::string& number = certificate.number();
  return {ship(number),
          ship(number),
          ship(number),
          void_certificate(number),
          expire(number),
          lost(number),
          random_correction(certificate, choice),
          technical_close(number, certificate.technical()),
          replace(world, number_of(certificate.exporter(), choice[5]), number, certificate.importer(),
                  certificate.weight_centicarats(), certificate.value_cents())};
}

/// What the importer's body can try.
std::vector<v1::Event> importers_events(const v1::CertificateRecord& certificate, const Choice& choice) {
  const std::string& number = certificate.number();
  const v1::Event confirmation = confirm(number, certificate.importer(), random_received(certificate, choice[4]));
  v1::Event with_cause = confirmation;
  with_cause.mutable_receipt_confirm()->set_cause("IMPORTER_GONE");
  return {arrive(number),
          confirmation,
          with_cause,
          with_cause,
          supplement(number, 1 + (certificate.weight_centicarats() - certificate.received_centicarats()) / 2),
          hold(number),
          refuse(number),
          lost(number),
          seize(number),
          release(number),
          forfeit(number),
          technical_issue(number, certificate.importer() + "-T00000" + std::to_string(choice[5] % 10))};
}

Attempted attempt_on(const World& world, const v1::CertificateRecord& certificate, const Choice& choice) {
  const bool shipped = certificate.shipped_ms() != 0;
  const std::uint32_t side = choice[2] % 10;
  if (certificate.state() == v1::CERTIFICATE_STATE_PENDING_COAPPROVAL && side < 6)
    return {observer(side < 5 ? "WDC" : "GW"), coapprove(certificate.number())};
  if (certificate.state() == v1::CERTIFICATE_STATE_HELD && side == 1)
    return {body(certificate.exporter()), random_correction(certificate, choice)};
  if (shipped && side == 0) return acknowledge_by_importer(certificate, choice);
  const bool importer = shipped ? side < 8 : side == 9;
  if (importer) return {body(certificate.importer()), pick(importers_events(certificate, choice), choice[3])};
  return {body(certificate.exporter()), pick(exporters_events(world, certificate, choice), choice[3])};
}

Attempted random_authority_event(const Choice& choice) {
  const std::string nation = pick(traders_nations(), choice[1]);
  const std::string id = "M-" + std::to_string(choice[2] % 4);
  switch (choice[3] % 8) {
    case 0:
      return {sanctions(), impose(id, nation, v1::MEASURE_KIND_EMBARGO_ORIGIN, "UNSC")};
    case 1:
      return {root(nation), impose(id, nation, v1::MEASURE_KIND_SELF_SUSPENSION, nation)};
    case 2:
      return {root("EC"), impose(id, nation, v1::MEASURE_KIND_SUSPENSION, "PLENARY")};
    case 3:
      return {root(nation), register_body(nation, "NEW-" + std::to_string(choice[4] % 3))};
    case 4:
      return {root(nation), revoke(body(nation, "NEW-" + std::to_string(choice[4] % 3)))};
    case 5:
      return {body(nation), incident("AO-000000" + std::to_string(choice[4] % 3))};
    default:
      return {sanctions(), lift(id)};
  }
}

Attempted random_validator_event(const Choice& choice) {
  const std::string nation = pick(traders_nations(), choice[1]);
  switch (choice[3] % 4) {
    case 0:
      return {root("CI"), retire_node()};
    case 1:
      return {root("EC"), admit("N" + std::string(1, static_cast<char>('A' + choice[4] % 3)))};
    case 2:
      return {root("LR"), withdraw()};
    default:
      return {root(nation), register_node(nation + "/node" + std::to_string(choice[4] % 5))};
  }
}

}  // namespace

Attempted attempt_on(const World& world, const std::string& number, const Choice& choice) {
  Attempted attempted = attempt_on(world, world.state().certificate(number), choice);
  if (choice[1] % 8 == 0) attempted.signer = pick(all_signers(), choice[1] / 8);
  return attempted;
}

Attempted attempt(const World& world, const Choice& choice) {
  const std::vector<v1::CertificateRecord> certificates = world.state().certificates();
  const std::uint32_t kind = choice[0] % 20;
  Attempted attempted;
  if (kind < 6 || certificates.empty()) {
    attempted = random_issue(world, choice);
  } else if (kind == 6) {
    attempted = random_authority_event(choice);
  } else if (kind == 7) {
    attempted = random_validator_event(choice);
  } else {
    attempted = attempt_on(world, pick(certificates, choice[1]), choice);
  }
  if (choice[0] / 20 % 10 == 0) attempted.signer = pick(all_signers(), choice[1] / 3 + choice[2]);
  if (choice[0] / 200 % 5 == 0) attempted.days_later = static_cast<int>(choice[5] % 40);
  return attempted;
}

Step take_step(World& world, const Attempted& attempted) {
  world.advance_days(attempted.days_later);
  Snapshot before(world.state());
  const Outcome outcome = world.submit(attempted.signer, attempted.event);
  if (voting_set(world.state()).epoch > world.epoch()) world.begin_next_epoch();
  return {std::move(before), Snapshot(world.state()), attempted.signer,
          attempted.event,   outcome.accepted(),      world.now()};
}

}  // namespace kimberlite::ledger::test
