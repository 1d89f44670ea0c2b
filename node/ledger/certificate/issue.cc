#include <optional>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/dates.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/certificate/sources.h"
#include "node/ledger/measures/active.h"
#include "node/ledger/roll/dated_register.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<void> check_exporter(const Context& context, const v1::CertificateIssue& event) {
  const std::string& exporter = context.signer.party();
  if (!on_roll(context, exporter))
    return fail(Reason::NOT_A_PARTICIPANT, "", concat({exporter, " is not on the roll at this time"}));
  if (Result<void> role = require_exporting_body(context.signer); !role) return role;
  if (Result<void> body = require_own_body(context.signer, event.body()); !body) return body;
  if (const auto bar = trade_bar(context, exporter))
    return fail(Reason::EXPORTER_EMBARGOED, "", concat({"the measure ", bar->id(), " bars ", exporter, " from trade"}));
  return {};
}

Result<void> check_number(const Context& context, const v1::CertificateIssue& event) {
  if (const std::string holder = prefix_holder(context, event.number()); holder != context.signer.party())
    return fail(Reason::PREFIX_MISMATCH, "number",
                concat({"the register gives this prefix to ", holder.empty() ? "no one" : std::string_view(holder),
                        " now, not to ", context.signer.party()}));
  if (context.transaction.contains(certificate_key(event.number())))
    return fail(Reason::DUPLICATE_NUMBER, "number", concat({"the number ", event.number(), " was used before"}));
  return {};
}

Result<void> check_importer(const Context& context, const v1::CertificateIssue& event) {
  const std::string& importer = event.importer();
  if (importer == context.signer.party())
    return fail(Reason::INTRA_PARTICIPANT, "importer", concat({"exporter and importer are both ", importer}));
  if (!on_roll(context, importer))
    return fail(Reason::IMPORTER_NOT_PARTICIPANT, "importer", concat({importer, " is not on the roll at this time"}));
  if (const auto bar = trade_bar(context, importer))
    return fail(Reason::IMPORTER_EMBARGOED, "importer",
                concat({"the measure ", bar->id(), " bars ", importer, " from trade"}));
  return {};
}

Result<void> check_amounts(const v1::CertificateIssue& event) {
  if (Result<void> weight = require_weight(event.weight_centicarats()); !weight) return weight;
  if (Result<void> value = require_value(event.value_cents()); !value) return value;
  if (event.parcels() < 1) return fail(Reason::BAD_AMOUNT, "parcels", "a shipment has at least one parcel");
  if (Result<void> parcels = require_received_parcels(event.parcels()); !parcels) return parcels;
  if (Result<void> lines = require_line_amounts(event.hs_lines()); !lines) return lines;
  return require_lines_add_up(event.hs_lines(), event.weight_centicarats(), event.value_cents());
}

Result<void> prove_production(const Context& context, const v1::CertificateIssue& event) {
  if (event.sources_size() != 0)
    return fail(Reason::ORIGIN_NOT_PROVEN, "sources", "production is mined, not drawn from sources");
  if (event.origin().empty() || territory_holder(context, event.origin()) != context.signer.party())
    return fail(Reason::ORIGIN_NOT_PROVEN, "origin",
                concat({"production originates in a territory of ", context.signer.party(), ", found \"",
                        event.origin(), "\""}));
  return {};
}

Result<void> prove_reexport(Context& context, const v1::CertificateIssue& event) {
  const Result<std::string> proven = draw_sources(context, event);
  if (!proven) return std::unexpected(proven.error());
  if (event.origin() != *proven)
    return fail(Reason::ORIGIN_NOT_PROVEN, "origin",
                concat({"the sources prove \"", *proven, "\", found \"", event.origin(), "\""}));
  return {};
}

Result<void> check_origin(Context& context, const v1::CertificateIssue& event) {
  if (!event.origin().empty())
    if (const auto embargo = origin_embargo(context, event.origin()))
      return fail(Reason::ORIGIN_EMBARGOED, "origin",
                  concat({"the measure ", embargo->id(), " embargoes stones of ", event.origin()}));
  if (event.basis() == v1::BASIS_PRODUCTION) return prove_production(context, event);
  if (event.basis() == v1::BASIS_REEXPORT) return prove_reexport(context, event);
  return fail(Reason::ORIGIN_NOT_PROVEN, "basis", "production or re-export");
}

v1::CertificateRecord record_of(const Context& context, const v1::CertificateIssue& event) {
  v1::CertificateRecord record;
  record.set_number(event.number());
  record.set_state(v1::CERTIFICATE_STATE_ISSUED);
  record.set_exporter(context.signer.party());
  record.set_importer(event.importer());
  record.set_issuing_body(event.body());
  record.set_basis(event.basis());
  record.set_origin(event.origin());
  record.set_weight_centicarats(event.weight_centicarats());
  record.set_value_cents(event.value_cents());
  record.set_parcels(event.parcels());
  *record.mutable_hs_lines() = event.hs_lines();
  *record.mutable_sources() = event.sources();
  record.set_issue_day(event.issue_day());
  record.set_expiry_day(event.expiry_day());
  record.set_exporter_trader(event.exporter_trader());
  record.set_importer_trader(event.importer_trader());
  record.set_private_digest(event.private_digest());
  record.set_issued_ms(context.now.value);
  return record;
}

/// Row 3: production of a monitored exporter waits for one of the experts that the measure names.
void await_coapproval_if_monitored(const Context& context, v1::CertificateRecord& record) {
  if (record.basis() != v1::BASIS_PRODUCTION) return;
  const auto measure = export_monitoring(context, record.exporter());
  if (!measure) return;
  record.set_state(v1::CERTIFICATE_STATE_PENDING_COAPPROVAL);
  *record.mutable_approvers() = measure->approvers();
}

}  // namespace

Result<void> apply(Context& context, const v1::CertificateIssue& event) {
  if (Result<void> exporter = check_exporter(context, event); !exporter) return exporter;
  if (Result<void> number = check_number(context, event); !number) return number;
  if (Result<void> importer = check_importer(context, event); !importer) return importer;
  if (Result<void> amounts = check_amounts(event); !amounts) return amounts;
  if (Result<void> dates = require_dates(context, event.issue_day(), event.expiry_day()); !dates) return dates;
  if (Result<void> origin = check_origin(context, event); !origin) return origin;

  v1::CertificateRecord record = record_of(context, event);
  await_coapproval_if_monitored(context, record);
  store_certificate(context, record);
  return {};
}

}  // namespace kimberlite::ledger
