#include "tests/unit/ledger/carats_oracle.h"

namespace kimberlite::ledger::test {
namespace {

/// More than 0.5 % above or below, by the definition.
bool differs(std::int64_t received, std::int64_t stated) {
  const std::int64_t difference = received > stated ? received - stated : stated - received;
  return difference * 200 > stated;
}

bool exceeds(std::int64_t received, std::int64_t stated) {
  return received > stated && differs(received, stated);
}

}  // namespace

CaratsOracle::CaratsOracle(const v1::Genesis& genesis) {
  for (const v1::GenesisLot& lot : genesis.lots()) accounts_[lot.lot()].received = lot.weight_centicarats();
  for (const v1::GenesisParticipant& participant : genesis.participants())
    policies_[participant.code()] = participant.receipt_policies_size() == 0
                                        ? v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY
                                        : participant.receipt_policies(0).policy();
}

void CaratsOracle::issue(const v1::CertificateIssue& event) {
  Account& account = accounts_[event.number()];
  account.importer = event.importer();
  account.declared = event.weight_centicarats();
  account.sources.assign(event.sources().begin(), event.sources().end());
  for (const v1::Source& source : account.sources) accounts_[source.number()].drawn += source.weight_centicarats();
}

void CaratsOracle::give_back(const std::string& number) {
  Account& account = accounts_[number];
  for (const v1::Source& source : account.sources) accounts_[source.number()].drawn -= source.weight_centicarats();
  account.sources.clear();
}

void CaratsOracle::acknowledge(const v1::ReceiptAcknowledge& event) {
  Account& account = accounts_[event.number()];
  const v1::ReceiptPolicy policy = policies_[account.importer];
  const std::int64_t weight = event.weight_centicarats();
  if (account.held || policy == v1::RECEIPT_POLICY_AUTHORITY_ONLY) return;
  if (policy == v1::RECEIPT_POLICY_IMPORTER_SUFFICES && !exceeds(weight, account.declared)) {
    account.received = weight;
    account.importer_alone = true;
  } else {
    account.held = differs(weight, account.declared);
  }
}

void CaratsOracle::confirm(const v1::ReceiptConfirm& event) {
  Account& account = accounts_[event.number()];
  const std::int64_t weight = event.weight_centicarats();
  const bool taken_back = account.importer_alone && differs(weight, account.received);
  account.received = taken_back ? 0 : weight;
  account.held = taken_back;
  account.importer_alone = false;
}

void CaratsOracle::accepted(const v1::Event& event) {
  switch (event.kind_case()) {
    case v1::Event::kCertificateIssue:
      return issue(event.certificate_issue());
    case v1::Event::kCertificateVoid:
      return give_back(event.certificate_void().number());
    case v1::Event::kCertificateExpire:
      return give_back(event.certificate_expire().number());
    case v1::Event::kTechnicalClose:
      return give_back(event.technical_close().number());
    case v1::Event::kReceiptAcknowledge:
      return acknowledge(event.receipt_acknowledge());
    case v1::Event::kReceiptConfirm:
      return confirm(event.receipt_confirm());
    case v1::Event::kReceiptSupplement:
      accounts_[event.receipt_supplement().number()].received += event.receipt_supplement().weight_centicarats();
      return;
    case v1::Event::kCertificateCorrect:
      accounts_[event.certificate_correct().number()].declared = event.certificate_correct().weight_centicarats();
      return;
    case v1::Event::kReceiptHold: {
      Account& account = accounts_[event.receipt_hold().number()];
      account.held = true;
      account.importer_alone = false;
      account.received = 0;
      return;
    }
    case v1::Event::kCertificateSeize:
      accounts_[event.certificate_seize().number()].held = false;
      return;
    case v1::Event::kCertificateReplace: {
      Account& lost = accounts_[event.certificate_replace().replaces()];
      accounts_[event.certificate_replace().number()] = lost;
      lost.sources.clear();
      return;
    }
    default:
      return;
  }
}

std::vector<std::string> CaratsOracle::differences(const MemoryState& state) const {
  std::vector<std::string> found;
  const auto compare = [&](const std::string& number, std::int64_t received, std::int64_t drawn) {
    const auto account = accounts_.find(number);
    if (account == accounts_.end()) {
      found.push_back(number + " is in the state and not in the book");
    } else if (account->second.received != received || account->second.drawn != drawn) {
      found.push_back(number + ": state received " + std::to_string(received) + " drawn " + std::to_string(drawn) +
                      ", book received " + std::to_string(account->second.received) + " drawn " +
                      std::to_string(account->second.drawn));
    }
  };
  for (const v1::LotRecord& lot : state.lots()) compare(lot.lot(), lot.weight_centicarats(), lot.drawn_centicarats());
  for (const v1::CertificateRecord& certificate : state.certificates())
    compare(certificate.number(), certificate.received_centicarats(), certificate.drawn_centicarats());
  if (accounts_.size() != state.lots().size() + state.certificates().size())
    found.push_back("the book has " + std::to_string(accounts_.size()) + " accounts");
  return found;
}

std::int64_t CaratsOracle::undrawn() const {
  std::int64_t sum = 0;
  for (const auto& [number, account] : accounts_) sum += account.received - account.drawn;
  return sum;
}

}  // namespace kimberlite::ledger::test
