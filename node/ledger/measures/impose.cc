#include <optional>
#include <string>
#include <utility>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/measures/active.h"
#include "node/ledger/measures/events.h"
#include "node/ledger/measures/organs.h"
#include "node/ledger/roll/participants.h"
#include "node/ledger/roll/powers.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"

namespace kimberlite::ledger {
namespace {

Result<void> check_imposer(const v1::MeasureImpose& event, std::string_view signer) {
  if (event.imposed_by() != signer)
    return fail(Reason::SIGNER_NOT_AUTHORISED, "imposed_by",
                concat({signer, " signs, so ", signer, " imposes it, not ", event.imposed_by()}));
  return {};
}

/// May this signer impose this kind at all?
Result<void> check_organ(const Context& context, const v1::MeasureImpose& event) {
  if (event.kind() == v1::MEASURE_KIND_EMBARGO_ORIGIN) {
    if (!signed_by_security_council(context))
      return fail(Reason::SIGNER_NOT_AUTHORISED, "kind",
                  concat({"an embargo on an origin is a record of the Security Council, not of ",
                          describe_signer(context.signer)}));
    return check_imposer(event, kSecurityCouncil);
  }
  if (event.kind() == v1::MEASURE_KIND_SELF_SUSPENSION && signed_by_root_of(context, event.target()))
    return check_imposer(event, event.target());
  if (!signed_by_chair(context))
    return fail(Reason::NOT_CHAIR, "",
                concat({"the Chair's root key imposes measures, not ", describe_signer(context.signer)}));
  return {};
}

bool needs_motion(const Context& context, const v1::MeasureImpose& event) {
  const bool own = event.kind() == v1::MEASURE_KIND_SELF_SUSPENSION && signed_by_root_of(context, event.target());
  return event.kind() != v1::MEASURE_KIND_EMBARGO_ORIGIN && !own;
}

/// Once, while it lasts, and by who is on the roll: every trade of its stones reads what is in force.
Result<void> check_own(const Context& context, const v1::MeasureImpose& event) {
  if (event.kind() != v1::MEASURE_KIND_SELF_SUSPENSION || !signed_by_root_of(context, event.target())) return {};
  if (!on_roll(context, event.target()))
    return fail(Reason::NOT_A_PARTICIPANT, "target", concat({event.target(), " is not on the roll at this time"}));
  if (const auto standing = self_suspension(context, event.target()))
    return fail(Reason::DUPLICATE_MEASURE, "target",
                concat({event.target(), " suspended itself already, by the measure ", standing->id()}));
  return {};
}

void store_measure(Context& context, const v1::MeasureImpose& event) {
  v1::MeasureRecord record;
  record.set_id(event.id());
  record.set_target(event.target());
  record.set_kind(event.kind());
  record.set_imposed_by(event.imposed_by());
  *record.mutable_approvers() = event.approvers();
  record.set_from_ms(context.now.value);
  context.transaction.store(measure_key(event.id()), record);

  std::string index_key = measure_index_key(event.target());
  auto index = context.transaction.load<v1::MeasureIndex>(index_key).value_or(v1::MeasureIndex{});
  index.add_measures(event.id());
  context.transaction.store(std::move(index_key), index);
}

}  // namespace

Result<void> apply(Context& context, const v1::MeasureImpose& event) {
  if (Result<void> organ = check_organ(context, event); !organ) return organ;
  if (context.transaction.contains(measure_key(event.id())))
    return fail(Reason::DUPLICATE_MEASURE, "id", concat({"the measure ", event.id(), " is on the ledger"}));
  if (Result<void> own = check_own(context, event); !own) return own;
  if (needs_motion(context, event))
    return fail(Reason::NO_ADOPTED_MOTION, "motion", "no motion on this subject was adopted on the ledger");
  store_measure(context, event);
  return {};
}

}  // namespace kimberlite::ledger
