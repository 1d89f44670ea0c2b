// The authority's confirmation of receipt; where the importer alone confirmed before (importer_suffices), its later
// check.
#include <cstdint>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/receipt.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/text.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {
namespace {

bool is_confirmed(const v1::CertificateRecord& certificate) {
  return certificate.state() == v1::CERTIFICATE_STATE_CONFIRMED ||
         certificate.state() == v1::CERTIFICATE_STATE_CONFIRMED_SHORT;
}

Result<void> require_unconfirmed(const v1::CertificateRecord& certificate) {
  if (!is_confirmed(certificate)) return require_receivable(certificate);
  if (certificate.unchecked()) return {};
  return fail(Reason::ALREADY_CONFIRMED, "number",
              concat({"the receipt was confirmed by ", certificate.receiving_body()}));
}

Result<void> require_acknowledgement(const Context& context, const v1::CertificateRecord& certificate,
                                     const v1::ReceiptConfirm& event) {
  if (certificate.has_acknowledgement() || !event.cause().empty()) return {};
  if (receipt_policy(context, certificate.importer()) != v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY) return {};
  return fail(Reason::ACKNOWLEDGEMENT_MISSING, "number",
              concat({certificate.importer(), " confirms after its importers: ", certificate.importer_trader(),
                      " has not acknowledged, and no cause is given for going without"}));
}

/// The check of a receipt that the importer confirmed alone. Figures that agree within tolerance clear the flag; others
/// put the goods on hold. Goods drawn from since cannot be held, and their receipt cannot fall below what was drawn.
Result<void> check_importers_receipt(const Context& context, v1::CertificateRecord& certificate,
                                     const ReceivedFigures& figures, const std::string& body) {
  const std::int32_t tolerance = context.network.parameters().tolerance_basis_points();
  const std::int64_t stated = certificate.received_centicarats();
  const bool agrees = !exceeds_tolerance(figures.weight_centicarats, stated, tolerance) &&
                      !below_tolerance(figures.weight_centicarats, stated, tolerance);
  if (agrees && figures.weight_centicarats >= certificate.drawn_centicarats()) {
    confirm_with(context, certificate, figures, body);
    certificate.set_unchecked(false);
    return {};
  }
  if (!can_hold_unchecked(certificate))
    return fail(Reason::WRONG_STATE, "weight_centicarats",
                concat({"the importer confirmed ", format_hundredths(stated), " ct, and ",
                        format_hundredths(certificate.drawn_centicarats()),
                        " ct of them were drawn: the receipt cannot be taken back"}));
  hold_unchecked(certificate);
  return {};
}

}  // namespace

Result<void> apply(Context& context, const v1::ReceiptConfirm& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> body = require_own_body(context.signer, event.body()); !body) return body;
  if (Result<void> unconfirmed = require_unconfirmed(*certificate); !unconfirmed) return unconfirmed;
  const ReceivedFigures figures{event.weight_centicarats(), event.value_cents(), event.parcels()};
  if (Result<void> amounts = require_figures(figures); !amounts) return amounts;
  if (Result<void> excess = require_no_excess(context, *certificate, figures.weight_centicarats); !excess)
    return excess;
  if (Result<void> importer = require_acknowledgement(context, *certificate, event); !importer) return importer;

  if (is_confirmed(*certificate)) {
    if (Result<void> check = check_importers_receipt(context, *certificate, figures, event.body()); !check)
      return check;
  } else {
    confirm_with(context, *certificate, figures, event.body());
  }
  store_certificate(context, *certificate, event.cause());
  return {};
}

}  // namespace kimberlite::ledger
