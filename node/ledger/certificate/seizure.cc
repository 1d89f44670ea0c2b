// Goods seized at import, then released or forfeited: acts of the destination alone, each with its legal reference.
#include <algorithm>
#include <string>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

/// Seizures of one parcel. Whoever seizes and releases it without end must not make its record ever larger.
constexpr int kSeizuresMax = 16;

Result<void> require_seizable(const Context& context, const v1::CertificateRecord& certificate) {
  const auto seizures = std::ranges::count(certificate.history(), context.event_name, &v1::HistoryLine::event);
  if (seizures < kSeizuresMax) return {};
  return fail(Reason::RECORD_FULL, "number",
              concat({"the parcel was seized ", std::to_string(kSeizuresMax), " times, the most that is kept"}));
}

Result<void> move_seized(Context& context, std::string_view number, v1::CertificateState to, std::string_view cause) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, number);
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(*certificate, {v1::CERTIFICATE_STATE_SEIZED}); !state) return state;
  certificate->set_state(to);
  store_certificate(context, *certificate, cause);
  return {};
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateSeize& event) {
  Result<v1::CertificateRecord> certificate = load_as_importer(context, event.number());
  if (!certificate) return std::unexpected(certificate.error());
  if (Result<void> state = require_state(
          *certificate, {v1::CERTIFICATE_STATE_SHIPPED, v1::CERTIFICATE_STATE_ARRIVED, v1::CERTIFICATE_STATE_HELD});
      !state)
    return state;
  if (Result<void> seizable = require_seizable(context, *certificate); !seizable) return seizable;
  certificate->set_state(v1::CERTIFICATE_STATE_SEIZED);
  store_certificate(context, *certificate, event.cause());
  return {};
}

Result<void> apply(Context& context, const v1::SeizureRelease& event) {
  return move_seized(context, event.number(), v1::CERTIFICATE_STATE_ARRIVED, event.cause());
}

Result<void> apply(Context& context, const v1::SeizureForfeit& event) {
  return move_seized(context, event.number(), v1::CERTIFICATE_STATE_FORFEITED, event.cause());
}

}  // namespace kimberlite::ledger
