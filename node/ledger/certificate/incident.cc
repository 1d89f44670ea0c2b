#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/certificate/amounts.h"
#include "node/ledger/certificate/events.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

/// Reports of one party on one number: enough to mend what it said, and room is left for others.
constexpr std::ptrdiff_t kReportsEachMax = 4;

Result<void> check_incident(const Context& context, const v1::IncidentReport& event) {
  if (!on_roll(context, context.signer.party()))
    return fail(Reason::NOT_A_PARTICIPANT, "", concat({context.signer.party(), " is not on the roll at this time"}));
  if (!is_root_key(context.signer) && !is_importing_body(context.signer))
    return fail(Reason::SIGNER_NOT_AUTHORISED, "",
                concat({"a root key or a body delegated to import must sign, not ", describe_signer(context.signer)}));
  if (context.transaction.contains(certificate_key(event.number())))
    return fail(Reason::KNOWN_CERTIFICATE, "number", concat({"the certificate ", event.number(), " is on the ledger"}));
  if (event.weight_centicarats() < 0 || event.weight_centicarats() > kWeightMaxCenticarats)
    return require_weight(event.weight_centicarats());
  return require_received_value(event.value_cents());
}

}  // namespace

Result<void> apply(Context& context, const v1::IncidentReport& event) {
  if (Result<void> incident = check_incident(context, event); !incident) return incident;

  std::string key = incident_key(event.number());
  auto record = context.transaction.load<v1::IncidentRecord>(key).value_or(v1::IncidentRecord{});
  const auto is_ours = [&](const v1::IncidentEntry& entry) { return entry.reporter() == context.signer.party(); };
  if (std::ranges::count_if(record.reports(), is_ours) >= kReportsEachMax)
    return fail(Reason::RECORD_FULL, "number",
                concat({context.signer.party(), " reported ", event.number(), " ", std::to_string(kReportsEachMax),
                        " times already"}));
  record.set_number(event.number());
  v1::IncidentEntry& entry = *record.add_reports();
  entry.set_reporter(context.signer.party());
  entry.set_kind(event.kind());
  entry.set_claimed_exporter(event.claimed_exporter());
  entry.set_weight_centicarats(event.weight_centicarats());
  entry.set_value_cents(event.value_cents());
  entry.set_goods(event.goods());
  entry.set_at_ms(context.now.value);
  context.transaction.store(std::move(key), record);
  return {};
}

}  // namespace kimberlite::ledger
