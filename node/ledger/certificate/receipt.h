// What the receipts of goods share: when goods can be received, what the figures make of the certificate, and how an
// importer's own confirmation is taken back when the authority's check disagrees. Units: hundredths. Thread-safe: no
// state.
#pragma once

#include <cstdint>
#include <string_view>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::ledger {

/// The figures of a receipt, as weighed, valued and counted at import.
struct ReceivedFigures {
  std::int64_t weight_centicarats{};
  std::int64_t value_cents{};
  std::uint32_t parcels{};
};

/// Before shipment NOT_SHIPPED; after it WRONG_STATE unless shipped, arrived or held.
Result<void> require_receivable(const v1::CertificateRecord& certificate);
/// BAD_AMOUNT unless the figures are amounts.
Result<void> require_figures(const ReceivedFigures& figures);

/// True if `received` exceeds the declared carats by more than the network's tolerance.
bool exceeds_declared(const Context& context, const v1::CertificateRecord& certificate, std::int64_t received);
/// True if `received` falls short of the declared carats by more than the network's tolerance.
bool short_of_declared(const Context& context, const v1::CertificateRecord& certificate, std::int64_t received);
/// EXCESS_OVER_TOLERANCE if `received` exceeds the declared carats (invariant 11).
Result<void> require_no_excess(const Context& context, const v1::CertificateRecord& certificate, std::int64_t received);

/// Confirms, in full or short, with these figures by this body ("" for an importer alone).
/// REQUIRES: no excess.
void confirm_with(const Context& context, v1::CertificateRecord& certificate, const ReceivedFigures& figures,
                  std::string_view body);

/// Puts a receipt that only the importer confirmed on hold: nothing counts as received. REQUIRES: unchecked, nothing
/// drawn.
void hold_unchecked(v1::CertificateRecord& certificate);
/// True if only the importer confirmed, and nothing was drawn from the goods since.
bool can_hold_unchecked(const v1::CertificateRecord& certificate);

}  // namespace kimberlite::ledger
