// Choosing the key for an event: see signer_choice.h.
#include "cli/signer_choice.h"

#include <algorithm>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/event_name.h"

namespace kimberlite::cli {

Result<Signer> SignerChoice::body_with_role(const std::string& party, Role role, const std::string& number) {
  if (const auto issued = issuing_body_.find(number); role != Role::kImporting && issued != issuing_body_.end()) {
    if (auto signer = wallet_.body(party, issued->second)) {
      return signer;
    }
  }
  for (const auto& participant : genesis_.genesis->participants()) {
    if (participant.code() != party) {
      continue;
    }
    for (const auto& body : participant.bodies()) {
      if (role == Role::kAny || (role == Role::kExporting ? body.exporting() : body.importing())) {
        return wallet_.body(party, body.holder());
      }
    }
  }
  return fail(Reason::BAD_REQUEST, party,
              "the genesis document gives this party no body that may sign this event; name one with --body");
}

Result<Signer> SignerChoice::choose(const std::string& party, const v1::Event& event, const std::string& body) {
  const std::string number(event_certificate_number(event));
  switch (event.kind_case()) {
    case v1::Event::kAdvanceClock:
      return wallet_.clock();
    case v1::Event::kMeasureImpose:
    case v1::Event::kMeasureLift:
      return party == "UNSC" ? wallet_.sanctions() : wallet_.root(party);
    case v1::Event::kKeyRegister:
    case v1::Event::kNodeRegister:
    case v1::Event::kNodeRetire:
    case v1::Event::kParticipantAdmit:
    case v1::Event::kParticipantWithdraw:
    case v1::Event::kKeyRevoke:
      return wallet_.root(party);
    case v1::Event::kCertificateCoapprove: {
      const auto& observers = genesis_.genesis->observers();
      const bool observer =
          std::any_of(observers.begin(), observers.end(), [&](const auto& o) { return o.code() == party; });
      return observer ? wallet_.observer(party) : wallet_.root(party);
    }
    case v1::Event::kReceiptAcknowledge:
      return wallet_.trader(party, body);
    default:
      break;
  }
  if (!body.empty()) {
    return wallet_.body(party, body);
  }
  switch (event.kind_case()) {
    case v1::Event::kCertificateIssue: {
      auto signer = wallet_.body(party, event.certificate_issue().body());
      if (signer) {
        issuing_body_[number] = event.certificate_issue().body();
      }
      return signer;
    }
    case v1::Event::kReceiptConfirm:
      return wallet_.body(party, event.receipt_confirm().body());
    case v1::Event::kCertificateVoid:
    case v1::Event::kCertificateExpire:
    case v1::Event::kCertificateShip:
    case v1::Event::kCertificateCorrect:
    case v1::Event::kCertificateReplace:
    case v1::Event::kTechnicalClose:
      return body_with_role(party, Role::kExporting, number);
    case v1::Event::kCertificateLost:
      return body_with_role(party, Role::kAny, number);
    default:
      return body_with_role(party, Role::kImporting, number);
  }
}

}  // namespace kimberlite::cli
