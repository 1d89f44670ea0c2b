#include "node/ledger/certificate/dates.h"

#include <algorithm>
#include <string>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"

namespace kimberlite::ledger {

std::int32_t today(const Context& context) {
  return day_of(context.now);
}

Result<void> require_dates(const Context& context, std::int32_t issue_day, std::int32_t expiry_day) {
  const v1::Parameters& parameters = context.network.parameters();
  const std::int64_t ledger_day = today(context);
  const std::int64_t issue = issue_day;
  const std::int64_t expiry = expiry_day;
  const std::int64_t slack = parameters.issue_date_slack_days();
  if (expiry <= std::max(ledger_day, issue))
    return fail(Reason::BAD_DATES, "expiry_day", "the expiry is a later day than the issue");
  if (issue < ledger_day - slack || issue > ledger_day + slack)
    return fail(Reason::BAD_DATES, "issue_day",
                concat({"the issue date differs from the ledger's date, ", format_date(today(context))}));
  if (expiry - issue > parameters.validity_days())
    return fail(Reason::VALIDITY_TOO_LONG, "expiry_day",
                concat({"at most ", std::to_string(parameters.validity_days()), " days after issue, found ",
                        std::to_string(expiry - issue)}));
  return {};
}

}  // namespace kimberlite::ledger
