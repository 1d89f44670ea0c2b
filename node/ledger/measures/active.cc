#include "node/ledger/measures/active.h"

#include <string>
#include <utility>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"
#include "proto/assert.h"

namespace kimberlite::ledger {
namespace {

bool bars_trade(v1::MeasureKind kind) {
  return kind == v1::MEASURE_KIND_EMBARGO_ORIGIN || kind == v1::MEASURE_KIND_SUSPENSION ||
         kind == v1::MEASURE_KIND_REMOVAL || kind == v1::MEASURE_KIND_SELF_SUSPENSION;
}

bool embargoes_origin(v1::MeasureKind kind) {
  return kind == v1::MEASURE_KIND_EMBARGO_ORIGIN;
}
bool suspends_itself(v1::MeasureKind kind) {
  return kind == v1::MEASURE_KIND_SELF_SUSPENSION;
}
bool monitors_exports(v1::MeasureKind kind) {
  return kind == v1::MEASURE_KIND_MONITORED_EXPORT;
}

std::optional<v1::MeasureRecord> first_in_force(const Context& context, std::string_view target,
                                                bool (*wanted)(v1::MeasureKind)) {
  const auto index = context.transaction.load<v1::MeasureIndex>(measure_index_key(target));
  if (!index) return std::nullopt;
  for (const std::string& id : index->measures()) {
    std::optional<v1::MeasureRecord> measure = context.transaction.load<v1::MeasureRecord>(measure_key(id));
    KIMBERLITE_ASSERT(measure.has_value(), "the index names measures that exist");
    const bool begun = measure->from_ms() <= context.now.value;
    const bool ended = measure->to_ms() != 0 && context.now.value >= measure->to_ms();
    if (begun && !ended && wanted(measure->kind())) return measure;
  }
  return std::nullopt;
}

}  // namespace

std::optional<v1::MeasureRecord> trade_bar(const Context& context, std::string_view participant) {
  return first_in_force(context, participant, bars_trade);
}

std::optional<v1::MeasureRecord> origin_embargo(const Context& context, std::string_view territory) {
  return first_in_force(context, territory, embargoes_origin);
}

std::optional<v1::MeasureRecord> self_suspension(const Context& context, std::string_view participant) {
  return first_in_force(context, participant, suspends_itself);
}

std::optional<v1::MeasureRecord> export_monitoring(const Context& context, std::string_view exporter) {
  return first_in_force(context, exporter, monitors_exports);
}

}  // namespace kimberlite::ledger
