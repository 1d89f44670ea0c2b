// The events of a certificate's life: one function a kind of event, each with its guards in the order in which they are
// checked (scheme, sections 5 and 9; the order is part of the interface). README.md says which row is where.
// Common to all but cert.issue, cert.replace and incident.report: UNKNOWN_CERTIFICATE first, then the side that signs
// (SIGNER_NOT_AUTHORISED on the exporter's, NOT_IMPORTING_AUTHORITY on the importer's; a key of the right participant
// without the role is SIGNER_NOT_AUTHORISED), then the state, then amounts. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class CertificateArrive;
class CertificateCoapprove;
class CertificateCorrect;
class CertificateExpire;
class CertificateIssue;
class CertificateLost;
class CertificateReplace;
class CertificateSeize;
class CertificateShip;
class CertificateVoid;
class IncidentReport;
class ReceiptAcknowledge;
class ReceiptConfirm;
class ReceiptHold;
class ReceiptRefuse;
class ReceiptSupplement;
class SeizureForfeit;
class SeizureRelease;
class TechnicalClose;
class TechnicalIssue;
}  // namespace kimberlite::v1

namespace kimberlite::ledger {

/// cert.issue (rows 2 and 3). NOT_A_PARTICIPANT, SIGNER_NOT_AUTHORISED, EXPORTER_EMBARGOED, PREFIX_MISMATCH,
/// DUPLICATE_NUMBER, INTRA_PARTICIPANT, IMPORTER_NOT_PARTICIPANT, IMPORTER_EMBARGOED, BAD_AMOUNT, HS_NOT_ROUGH,
/// HS_SUM_MISMATCH, BAD_DATES, VALIDITY_TOO_LONG, ORIGIN_EMBARGOED, then for each source in list order SOURCE_UNKNOWN,
/// SOURCE_NOT_CONFIRMED, SOURCE_NOT_HELD, SOURCE_OVERDRAWN, then SOURCES_NOT_EQUAL, ORIGIN_NOT_PROVEN.
Result<void> apply(Context& context, const v1::CertificateIssue& event);
/// cert.coapprove (row 4). UNKNOWN_CERTIFICATE, WRONG_STATE, SIGNER_NOT_AUTHORISED (not named by the measure).
Result<void> apply(Context& context, const v1::CertificateCoapprove& event);
/// cert.void (rows 5 and 8). WRONG_STATE once shipped. Gives the draws back.
Result<void> apply(Context& context, const v1::CertificateVoid& event);
/// cert.expire (row 9). WRONG_STATE, NOT_EXPIRED. Gives the draws back.
Result<void> apply(Context& context, const v1::CertificateExpire& event);
/// cert.ship (rows 7 and 10). CO_APPROVAL_MISSING, WRONG_STATE, CERT_EXPIRED, EXPORTER_EMBARGOED, ORIGIN_EMBARGOED (row
/// 31).
Result<void> apply(Context& context, const v1::CertificateShip& event);
/// cert.arrive (rows 11 and 12). WRONG_STATE unless shipped or lost.
Result<void> apply(Context& context, const v1::CertificateArrive& event);
/// cert.correct (row 17). WRONG_STATE, CORRECTION_NOT_ALLOWED, CORRECTION_TOO_LARGE, BAD_AMOUNT, HS_NOT_ROUGH,
/// HS_SUM_MISMATCH.
Result<void> apply(Context& context, const v1::CertificateCorrect& event);
/// cert.lost (row 21), by either side. SIGNER_NOT_AUTHORISED, WRONG_STATE.
Result<void> apply(Context& context, const v1::CertificateLost& event);
/// cert.replace (row 22). UNKNOWN_CERTIFICATE, SIGNER_NOT_AUTHORISED, WRONG_STATE, DUPLICATE_NUMBER,
/// REPLACEMENT_DIFFERS, then as at issue PREFIX_MISMATCH, BAD_DATES, VALIDITY_TOO_LONG.
Result<void> apply(Context& context, const v1::CertificateReplace& event);
/// cert.seize (row 23). WRONG_STATE.
Result<void> apply(Context& context, const v1::CertificateSeize& event);
/// seizure.release (row 24). WRONG_STATE.
Result<void> apply(Context& context, const v1::SeizureRelease& event);
/// seizure.forfeit (row 25). WRONG_STATE.
Result<void> apply(Context& context, const v1::SeizureForfeit& event);

/// receipt.acknowledge by the trader that the certificate names (section 5.2). UNKNOWN_CERTIFICATE, NOT_THE_IMPORTER,
/// ALREADY_ACKNOWLEDGED, NOT_SHIPPED, WRONG_STATE, BAD_AMOUNT.
Result<void> apply(Context& context, const v1::ReceiptAcknowledge& event);
/// receipt.confirm (rows 13, 14, 28). UNKNOWN_CERTIFICATE, NOT_IMPORTING_AUTHORITY, SIGNER_NOT_AUTHORISED,
/// ALREADY_CONFIRMED, NOT_SHIPPED, WRONG_STATE, BAD_AMOUNT, EXCESS_OVER_TOLERANCE, ACKNOWLEDGEMENT_MISSING.
Result<void> apply(Context& context, const v1::ReceiptConfirm& event);
/// receipt.supplement (row 15). WRONG_STATE, BAD_AMOUNT, EXCESS_OVER_TOLERANCE.
Result<void> apply(Context& context, const v1::ReceiptSupplement& event);
/// receipt.hold (row 16). WRONG_STATE.
Result<void> apply(Context& context, const v1::ReceiptHold& event);
/// receipt.refuse (row 18). WRONG_STATE.
Result<void> apply(Context& context, const v1::ReceiptRefuse& event);

/// tech.issue (row 19). WRONG_STATE, DUPLICATE_NUMBER (of the technical series).
Result<void> apply(Context& context, const v1::TechnicalIssue& event);
/// tech.close (row 20), by the exporter. WRONG_STATE (also for another technical number). Gives the draws back.
Result<void> apply(Context& context, const v1::TechnicalClose& event);

/// incident.report (row 27). NOT_A_PARTICIPANT, SIGNER_NOT_AUTHORISED (neither root nor importing body),
/// KNOWN_CERTIFICATE, BAD_AMOUNT.
Result<void> apply(Context& context, const v1::IncidentReport& event);

}  // namespace kimberlite::ledger
