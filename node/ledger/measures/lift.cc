#include <optional>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/measures/events.h"
#include "node/ledger/measures/organs.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

bool may_lift(const Context& context, const v1::MeasureRecord& measure) {
  if (measure.imposed_by() == kSecurityCouncil) return signed_by_security_council(context);
  const bool own = measure.kind() == v1::MEASURE_KIND_SELF_SUSPENSION && signed_by_root_of(context, measure.target());
  return own || signed_by_chair(context);
}

}  // namespace

Result<void> apply(Context& context, const v1::MeasureLift& event) {
  std::string key = measure_key(event.id());
  std::optional<v1::MeasureRecord> measure = context.transaction.load<v1::MeasureRecord>(key);
  if (!measure || measure->to_ms() != 0)
    return fail(Reason::NO_SUCH_MEASURE, "id",
                concat({"the measure ", event.id(), measure ? " was lifted before" : " is not on the ledger"}));
  if (!may_lift(context, *measure))
    return fail(Reason::SIGNER_NOT_AUTHORISED, "id",
                concat({"a measure imposed by ", measure->imposed_by(), " is lifted by the same organ, not by ",
                        describe_signer(context.signer)}));
  if (measure->imposed_by() != kSecurityCouncil)
    return fail(Reason::NO_ADOPTED_MOTION, "motion", "no motion on this subject was adopted on the ledger");

  measure->set_to_ms(context.now.value);
  measure->set_decision(event.decision());
  context.transaction.store(std::move(key), *measure);
  return {};
}

}  // namespace kimberlite::ledger
