// Drawing carats for re-exports from lots (opening lots and confirmed imports) and giving them back: carats are
// conserved exactly, drawn <= received for every lot at every time (scheme, section 4.1, rows 9, 20, 29). Thread-safe:
// no state.
#pragma once

#include <string>

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class CertificateIssue;
class CertificateRecord;
}  // namespace kimberlite::v1

namespace kimberlite::ledger {

/// Draws every source of a re-export, in list order; a source that stands twice is drawn twice. Returns the origin that
/// the sources prove: their one common origin, or "" (mixed or unknown). Errors, for each source in list order:
/// TOO_COSTLY (what was done so far), SOURCE_UNKNOWN, SOURCE_NOT_CONFIRMED, SOURCE_NOT_HELD, SOURCE_OVERDRAWN; then
/// SOURCES_NOT_EQUAL.
Result<std::string> draw_sources(Context& context, const v1::CertificateIssue& event);

/// Gives back all that the certificate drew; TOO_COSTLY is no error of it, or it could become impossible for ever
/// because the sources' records have grown. REQUIRES: it drew, and nothing was given back before.
void return_draws(Context& context, const v1::CertificateRecord& certificate);

}  // namespace kimberlite::ledger
