#include "node/ledger/certificate/receipt.h"

#include <string>

#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/text.h"
#include "proto/assert.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {

Result<void> require_receivable(const v1::CertificateRecord& certificate) {
  if (certificate.state() == v1::CERTIFICATE_STATE_ISSUED ||
      certificate.state() == v1::CERTIFICATE_STATE_PENDING_COAPPROVAL)
    return fail(Reason::NOT_SHIPPED, "number",
                concat({"the certificate is ", state_name(certificate.state()), ": the exporter has not shipped it"}));
  return require_state(certificate,
                       {v1::CERTIFICATE_STATE_SHIPPED, v1::CERTIFICATE_STATE_ARRIVED, v1::CERTIFICATE_STATE_HELD});
}

Result<void> require_figures(const ReceivedFigures& figures) {
  if (Result<void> weight = require_weight(figures.weight_centicarats); !weight) return weight;
  if (Result<void> value = require_received_value(figures.value_cents); !value) return value;
  return require_received_parcels(figures.parcels);
}

bool exceeds_declared(const Context& context, const v1::CertificateRecord& certificate, std::int64_t received) {
  return exceeds_tolerance(received, certificate.weight_centicarats(),
                           context.network.parameters().tolerance_basis_points());
}

bool short_of_declared(const Context& context, const v1::CertificateRecord& certificate, std::int64_t received) {
  return below_tolerance(received, certificate.weight_centicarats(),
                         context.network.parameters().tolerance_basis_points());
}

Result<void> require_no_excess(const Context& context, const v1::CertificateRecord& certificate,
                               std::int64_t received) {
  if (!exceeds_declared(context, certificate, received)) return {};
  return fail(Reason::EXCESS_OVER_TOLERANCE, "weight_centicarats",
              concat({"declared ", format_hundredths(certificate.weight_centicarats()), " ct, received ",
                      format_hundredths(received), " ct: more than the tolerance of ",
                      std::to_string(context.network.parameters().tolerance_basis_points()), " basis points above"}));
}

void confirm_with(const Context& context, v1::CertificateRecord& certificate, const ReceivedFigures& figures,
                  std::string_view body) {
  KIMBERLITE_ASSERT(!exceeds_declared(context, certificate, figures.weight_centicarats), "excess is never confirmed");
  certificate.set_state(short_of_declared(context, certificate, figures.weight_centicarats)
                            ? v1::CERTIFICATE_STATE_CONFIRMED_SHORT
                            : v1::CERTIFICATE_STATE_CONFIRMED);
  certificate.set_received_ms(context.now.value);
  certificate.set_received_centicarats(figures.weight_centicarats);
  certificate.set_received_value_cents(figures.value_cents);
  certificate.set_received_parcels(figures.parcels);
  certificate.set_receiving_body(std::string(body));
}

bool can_hold_unchecked(const v1::CertificateRecord& certificate) {
  return certificate.unchecked() && certificate.drawn_centicarats() == 0;
}

void hold_unchecked(v1::CertificateRecord& certificate) {
  KIMBERLITE_ASSERT(can_hold_unchecked(certificate), "only an unchecked, undrawn receipt is taken back");
  certificate.set_state(v1::CERTIFICATE_STATE_HELD);
  certificate.set_unchecked(false);
  certificate.clear_received_ms();
  certificate.clear_received_centicarats();
  certificate.clear_received_value_cents();
  certificate.clear_received_parcels();
}

}  // namespace kimberlite::ledger
