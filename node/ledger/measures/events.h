// The events that impose and lift measures. Thread-safe: no state.
#pragma once

#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::v1 {
class MeasureImpose;
class MeasureLift;
}  // namespace kimberlite::v1

namespace kimberlite::ledger {

/// measure.impose. Guards: SIGNER_NOT_AUTHORISED (embargo_origin not by the sanctions key, self_suspension of another
/// party, or a signer that misstates who imposes) or NOT_CHAIR, DUPLICATE_MEASURE, NO_ADOPTED_MOTION (all but the
/// Security Council's records and self-suspension: there are no motions on this ledger yet). In force from its own log
/// position.
Result<void> apply(Context& context, const v1::MeasureImpose& event);
/// measure.lift, by the organ that imposed it. Guards: NO_SUCH_MEASURE, SIGNER_NOT_AUTHORISED, NO_ADOPTED_MOTION. Ends
/// the measure at its own log position; what was refused before stays refused.
Result<void> apply(Context& context, const v1::MeasureLift& event);

}  // namespace kimberlite::ledger
