#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<void> require_either_side(const Context& context, const v1::CertificateRecord& certificate) {
  const std::string& party = context.signer.party();
  if (party == certificate.exporter()) return require_exporting_body(context.signer);
  if (party == certificate.importer()) return require_importing_body(context.signer);
  return fail(Reason::SIGNER_NOT_AUTHORISED, "number",
              concat({"the exporter ", certificate.exporter(), " or the destination ", certificate.importer(),
                      " must sign, not ", party}));
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateLost& event) {
  Result<v1::CertificateRecord> certificate = load_certificate(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> side = require_either_side(context, *certificate); !side) return side;
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_SHIPPED}); !state) return state;
  certificate->set_state(v1::CERTIFICATE_STATE_LOST);
  store_certificate(context, *certificate, event.cause());
  return {};
}

}  // namespace kimberlite::ledger
