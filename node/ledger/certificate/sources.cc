#include "node/ledger/certificate/sources.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/certificate/record.h"
#include "node/ledger/measures/active.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"
#include "proto/assert.h"
#include "proto/decimal.h"

namespace kimberlite::ledger {
namespace {

Result<void> require_drawable(const Context& context, std::string_view holder, std::int64_t balance,
                              const v1::Source& source) {
  if (holder != context.signer.party())
    return fail(Reason::SOURCE_NOT_HELD, "number",
                concat({source.number(), " is held by ", holder, ", not by ", context.signer.party()}));
  if (source.weight_centicarats() <= 0 || source.weight_centicarats() > balance)
    return fail(Reason::SOURCE_OVERDRAWN, "weight_centicarats",
                concat({"the draw of ", format_hundredths(source.weight_centicarats()), " ct exceeds the balance of ",
                        source.number(), ", ", format_hundredths(balance), " ct, or is not positive"}));
  return {};
}

Result<std::string> draw_lot(Context& context, v1::LotRecord lot, const v1::Source& source) {
  const std::int64_t balance = lot.weight_centicarats() - lot.drawn_centicarats();
  if (Result<void> drawable = require_drawable(context, lot.holder(), balance, source); !drawable)
    return std::unexpected(drawable.error());
  lot.set_drawn_centicarats(lot.drawn_centicarats() + source.weight_centicarats());
  context.transaction.store(lot_key(lot.lot()), lot);
  return lot.origin();
}

Result<std::string> draw_import(Context& context, v1::CertificateRecord import, const v1::Source& source) {
  if (import.state() != v1::CERTIFICATE_STATE_CONFIRMED && import.state() != v1::CERTIFICATE_STATE_CONFIRMED_SHORT)
    return fail(Reason::SOURCE_NOT_CONFIRMED, "number",
                concat({source.number(), " is ", state_name(import.state()), ", not confirmed"}));
  const std::int64_t balance = import.received_centicarats() - import.drawn_centicarats();
  if (Result<void> drawable = require_drawable(context, import.importer(), balance, source); !drawable)
    return std::unexpected(drawable.error());
  import.set_drawn_centicarats(import.drawn_centicarats() + source.weight_centicarats());
  context.transaction.store(certificate_key(import.number()), import);
  return import.origin();
}

Result<std::string> draw_any(Context& context, const v1::Source& source) {
  if (auto lot = context.transaction.load<v1::LotRecord>(lot_key(source.number())))
    return draw_lot(context, *std::move(lot), source);
  if (auto import = context.transaction.load<v1::CertificateRecord>(certificate_key(source.number())))
    return draw_import(context, *std::move(import), source);
  return fail(Reason::SOURCE_UNKNOWN, "number",
              concat({"neither a certificate nor an opening lot ", source.number(), " is on the ledger"}));
}

/// Embargoed stones stay where they are: a little of another origin among them must not let them out unnamed.
Result<std::string> draw(Context& context, const v1::Source& source) {
  Result<std::string> origin = draw_any(context, source);
  if (!origin || origin->empty()) return origin;
  if (const auto embargo = origin_embargo(context, *origin))
    return fail(
        Reason::ORIGIN_EMBARGOED, "number",
        concat({source.number(), " is of ", *origin, ", whose stones the measure ", embargo->id(), " embargoes"}));
  return origin;
}

}  // namespace

Result<std::string> draw_sources(Context& context, const v1::CertificateIssue& event) {
  std::int64_t total = 0;
  std::optional<std::string> common;
  bool mixed = false;
  for (int index = 0; index < event.sources_size(); ++index) {
    const v1::Source& source = event.sources(index);
    if (Result<void> affordable = context.transaction.check_work(); !affordable)
      return std::unexpected(affordable.error());
    Result<std::string> origin = draw(context, source);
    if (!origin) {
      Error& error = origin.error();
      return fail(error.reason, concat({"sources[", std::to_string(index), "].", error.field}),
                  std::move(error.message));
    }
    mixed = mixed || (common && *common != *origin);
    common = *std::move(origin);
    const std::optional<std::int64_t> next = checked_add(total, source.weight_centicarats());
    if (!next) return fail(Reason::BAD_AMOUNT, "sources", "the sum of the draws overflows");
    total = *next;
  }
  if (total != event.weight_centicarats())
    return fail(Reason::SOURCES_NOT_EQUAL, "sources",
                concat({"the draws add up to ", format_hundredths(total), " ct, the certificate states ",
                        format_hundredths(event.weight_centicarats()), " ct"}));
  return mixed || !common ? std::string() : *std::move(common);
}

void return_draws(Context& context, const v1::CertificateRecord& certificate) {
  // Each record is read and written once, however often it was drawn on.
  std::map<std::string_view, std::int64_t> draws;
  for (const v1::Source& source : certificate.sources()) draws[source.number()] += source.weight_centicarats();
  for (const auto& [number, weight] : draws) {
    if (auto lot = context.transaction.load<v1::LotRecord>(lot_key(number))) {
      KIMBERLITE_ASSERT(lot->drawn_centicarats() >= weight, "a draw is given back once");
      lot->set_drawn_centicarats(lot->drawn_centicarats() - weight);
      context.transaction.store(lot_key(number), *lot);
      continue;
    }
    auto import = context.transaction.load<v1::CertificateRecord>(certificate_key(number));
    KIMBERLITE_ASSERT(import && import->drawn_centicarats() >= weight,
                      "a draw is given back once, to where it came from");
    import->set_drawn_centicarats(import->drawn_centicarats() - weight);
    context.transaction.store(certificate_key(number), *import);
  }
}

}  // namespace kimberlite::ledger
