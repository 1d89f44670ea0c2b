#include <algorithm>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

/// An expert speaks through an observer's key, or a participant named as expert through its root or a body.
bool speaks_as_expert(const v1::KeyRecord& key) {
  return key.kind() == v1::KEY_KIND_OBSERVER || key.kind() == v1::KEY_KIND_ROOT || key.kind() == v1::KEY_KIND_BODY;
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateCoapprove& event) {
  Result<v1::CertificateRecord> certificate = load_certificate(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_PENDING_COAPPROVAL}); !state)
    return state;
  const auto& approvers = certificate->approvers();
  const bool named = std::ranges::find(approvers, context.signer.party()) != approvers.end();
  if (!named || !speaks_as_expert(context.signer))
    return fail(
        Reason::SIGNER_NOT_AUTHORISED, "",
        concat({"an expert named by the measure in force at issue must sign, not ", describe_signer(context.signer)}));

  certificate->set_state(v1::CERTIFICATE_STATE_ISSUED);
  certificate->set_coapproved_by(context.signer.party());
  store_certificate(context, *certificate, event.finding());
  return {};
}

}  // namespace kimberlite::ledger
