// Carats that came after a short receipt. The sum never exceeds what was declared plus the tolerance (invariant 11).
#include <cstdint>
#include <optional>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/receipt.h"
#include "node/ledger/certificate/record.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::ReceiptSupplement& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_CONFIRMED_SHORT}); !state) return state;
  const ReceivedFigures figures{event.weight_centicarats(), event.value_cents(), event.parcels()};
  if (Result<void> amounts = require_figures(figures); !amounts) return amounts;
  const auto weight = checked_add(certificate->received_centicarats(), figures.weight_centicarats);
  if (!weight) return fail(Reason::BAD_AMOUNT, "weight_centicarats", "the sum of the receipts overflows");
  const auto value = checked_add(certificate->received_value_cents(), figures.value_cents);
  if (!value) return fail(Reason::BAD_AMOUNT, "value_cents", "the sum of the receipts overflows");
  const std::uint32_t parcels = certificate->received_parcels() + figures.parcels;  // each is at most kParcelsMax
  if (Result<void> amount = require_received_value(*value); !amount) return amount;
  if (Result<void> amount = require_received_parcels(parcels); !amount) return amount;
  if (Result<void> excess = require_no_excess(context, *certificate, *weight); !excess) return excess;

  certificate->set_received_centicarats(*weight);
  certificate->set_received_value_cents(*value);
  certificate->set_received_parcels(parcels);
  if (!short_of_declared(context, *certificate, *weight)) certificate->set_state(v1::CERTIFICATE_STATE_CONFIRMED);
  store_certificate(context, *certificate);
  return {};
}

}  // namespace kimberlite::ledger
