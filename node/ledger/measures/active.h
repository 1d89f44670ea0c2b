// Which measures are in force now, and what they forbid. A measure is in force in [from, to). Thread-safe: no state.
#pragma once

#include <optional>
#include <string_view>

#include "node/ledger/context.h"

namespace kimberlite::v1 {
class MeasureRecord;
}

namespace kimberlite::ledger {

/// The first measure, in order of imposition, that bars the participant from trade: embargo_origin, suspension, removal
/// or self_suspension.
std::optional<v1::MeasureRecord> trade_bar(const Context& context, std::string_view participant);
/// The first embargo on stones of that origin, whoever exports them.
std::optional<v1::MeasureRecord> origin_embargo(const Context& context, std::string_view territory);
/// The participant's own suspension of itself.
std::optional<v1::MeasureRecord> self_suspension(const Context& context, std::string_view participant);
/// The first measure under which the participant's production leaves only with an expert's co-approval.
std::optional<v1::MeasureRecord> export_monitoring(const Context& context, std::string_view exporter);

}  // namespace kimberlite::ledger
