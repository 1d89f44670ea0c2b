#include "node/ledger/certificate/record.h"

#include <optional>
#include <string>
#include <utility>

#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"
#include "proto/digest.h"

namespace kimberlite::ledger {

Result<v1::CertificateRecord> load_certificate(const Context& context, std::string_view number) {
  std::optional<v1::CertificateRecord> certificate =
      context.transaction.load<v1::CertificateRecord>(certificate_key(number));
  if (!certificate)
    return fail(Reason::UNKNOWN_CERTIFICATE, "number", concat({"no certificate ", number, " is on the ledger"}));
  return *std::move(certificate);
}

Result<v1::CertificateRecord> load_as_exporter(const Context& context, std::string_view number) {
  Result<v1::CertificateRecord> certificate = load_certificate(context, number);
  if (!certificate) return certificate;
  if (context.signer.party() != certificate->exporter())
    return fail(Reason::SIGNER_NOT_AUTHORISED, "number",
                concat({"the exporter ", certificate->exporter(), " must sign, not ", context.signer.party()}));
  if (Result<void> role = require_exporting_body(context.signer); !role) return std::unexpected(role.error());
  return certificate;
}

Result<v1::CertificateRecord> load_as_importer(const Context& context, std::string_view number) {
  Result<v1::CertificateRecord> certificate = load_certificate(context, number);
  if (!certificate) return certificate;
  if (context.signer.party() != certificate->importer())
    return fail(Reason::NOT_IMPORTING_AUTHORITY, "number",
                concat({"the destination ", certificate->importer(), " must sign, not ", context.signer.party()}));
  if (Result<void> role = require_importing_body(context.signer); !role) return std::unexpected(role.error());
  return certificate;
}

Result<void> require_state(const v1::CertificateRecord& certificate,
                           std::initializer_list<v1::CertificateState> states) {
  for (const v1::CertificateState state : states)
    if (certificate.state() == state) return {};
  std::string message =
      concat({"the certificate is ", state_name(certificate.state()), "; this can happen only in state"});
  std::string_view separator = " ";
  for (const v1::CertificateState state : states) {
    message += concat({separator, state_name(state)});
    separator = ", ";
  }
  return fail(Reason::WRONG_STATE, "number", std::move(message));
}

std::string_view state_name(v1::CertificateState state) {
  std::string_view name = v1::CertificateState_Name(state);
  constexpr std::string_view kPrefix = "CERTIFICATE_STATE_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

void store_certificate(Context& context, v1::CertificateRecord& certificate, std::string_view cause) {
  v1::HistoryLine& line = *certificate.add_history();
  line.set_event(std::string(context.event_name));
  line.set_by(context.signer.party());
  line.set_holder(context.signer.holder());
  line.set_at_ms(context.now.value);
  line.set_cause(std::string(cause));
  line.set_envelope_id(std::string(context.envelope_id.view()));
  context.transaction.store(certificate_key(certificate.number()), certificate);
}

}  // namespace kimberlite::ledger
