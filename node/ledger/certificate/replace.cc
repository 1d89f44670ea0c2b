// A lost paper whose goods are in hand gets a new number; carats, draws and shipment date go over to it, so that totals
// are as if only one had existed (invariant 19).
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "node/ledger/certificate/dates.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/roll/dated_register.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<v1::CertificateRecord> load_lost(const Context& context, const v1::CertificateReplace& event) {
  Result<v1::CertificateRecord> lost = load_as_exporter(context, event.replaces());
  if (lost)
    if (Result<void> state = require_state(*lost, {v1::CERTIFICATE_STATE_LOST}); !state)
      lost = std::unexpected(state.error());
  if (!lost) lost.error().field = "replaces";
  return lost;
}

Result<void> check_replacement(const Context& context, const v1::CertificateRecord& lost,
                               const v1::CertificateReplace& event) {
  if (context.transaction.contains(certificate_key(event.number())))
    return fail(Reason::DUPLICATE_NUMBER, "number", concat({"the number ", event.number(), " was used before"}));
  if (event.weight_centicarats() != lost.weight_centicarats() || event.value_cents() != lost.value_cents() ||
      event.importer() != lost.importer())
    return fail(Reason::REPLACEMENT_DIFFERS, "replaces",
                "a replacement repeats carats, dollars and importer of the lost certificate");
  if (prefix_holder(context, event.number()) != context.signer.party())
    return fail(Reason::PREFIX_MISMATCH, "number",
                concat({"the register does not give this prefix to ", context.signer.party(), " now"}));
  return require_dates(context, event.issue_day(), event.expiry_day());
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateReplace& event) {
  Result<v1::CertificateRecord> lost = load_lost(context, event);
  if (!lost) return std::unexpected(lost.error());
  if (Result<void> replacement = check_replacement(context, *lost, event); !replacement) return replacement;

  v1::CertificateRecord record = *lost;
  record.set_number(event.number());
  record.set_state(v1::CERTIFICATE_STATE_SHIPPED);
  record.set_issue_day(event.issue_day());
  record.set_expiry_day(event.expiry_day());
  record.set_issued_ms(context.now.value);
  record.set_replaces(event.replaces());
  record.clear_history();
  store_certificate(context, record);

  lost->set_state(v1::CERTIFICATE_STATE_REPLACED);
  lost->clear_sources();
  lost->set_replaced_by(event.number());
  store_certificate(context, *lost);
  return {};
}

}  // namespace kimberlite::ledger
