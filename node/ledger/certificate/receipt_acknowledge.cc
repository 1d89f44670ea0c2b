// The importer's own confirmation, and what it does under the three receipt policies (scheme, section 5.2).
#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/receipt.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<void> require_importing_trader(const Context& context, const v1::CertificateRecord& certificate) {
  const v1::KeyRecord& signer = context.signer;
  const bool named = signer.kind() == v1::KEY_KIND_TRADER && signer.party() == certificate.importer() &&
                     signer.holder() == certificate.importer_trader();
  if (named) return {};
  return fail(Reason::NOT_THE_IMPORTER, "number",
              concat({"the importer that the certificate names, ", certificate.importer(), " ",
                      certificate.importer_trader(), ", must sign, not ", describe_signer(signer)}));
}

Result<void> check_acknowledgement(const Context& context, const v1::CertificateRecord& certificate,
                                   const ReceivedFigures& figures) {
  if (Result<void> trader = require_importing_trader(context, certificate); !trader) return trader;
  if (certificate.has_acknowledgement())
    return fail(Reason::ALREADY_ACKNOWLEDGED, "number", "the importer acknowledged this certificate before");
  if (Result<void> receivable = require_receivable(certificate); !receivable) return receivable;
  return require_figures(figures);
}

/// A hold is the authority's to end: an acknowledgement of held goods is recorded and changes nothing. An excess is
/// never confirmed by the importer alone (invariant 21), it puts the goods on hold.
void apply_policy(const Context& context, v1::CertificateRecord& certificate, const ReceivedFigures& figures) {
  const int policy = receipt_policy(context, certificate.importer());
  if (policy == v1::RECEIPT_POLICY_AUTHORITY_ONLY || certificate.state() == v1::CERTIFICATE_STATE_HELD) return;
  const bool excess = exceeds_declared(context, certificate, figures.weight_centicarats);
  const bool missing = short_of_declared(context, certificate, figures.weight_centicarats);
  if (policy == v1::RECEIPT_POLICY_IMPORTER_SUFFICES && !excess) {
    confirm_with(context, certificate, figures, "");
    certificate.set_unchecked(true);
  } else if (excess || missing) {
    certificate.set_state(v1::CERTIFICATE_STATE_HELD);
  }
}

}  // namespace

Result<void> apply(Context& context, const v1::ReceiptAcknowledge& event) {
  Result<v1::CertificateRecord> certificate = load_certificate(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  const ReceivedFigures figures{event.weight_centicarats(), event.value_cents(), event.parcels()};
  if (Result<void> allowed = check_acknowledgement(context, *certificate, figures); !allowed) return allowed;

  v1::Acknowledgement& acknowledgement = *certificate->mutable_acknowledgement();
  acknowledgement.set_trader(context.signer.holder());
  acknowledgement.set_weight_centicarats(event.weight_centicarats());
  acknowledgement.set_value_cents(event.value_cents());
  acknowledgement.set_parcels(event.parcels());
  acknowledgement.set_seals_intact(event.seals_intact());
  acknowledgement.set_at_ms(context.now.value);
  apply_policy(context, *certificate, figures);
  store_certificate(context, *certificate);
  return {};
}

}  // namespace kimberlite::ledger
