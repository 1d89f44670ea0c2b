#include <string>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/clock/events.h"
#include "node/ledger/clock/ledger_clock.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"

namespace kimberlite::ledger {

Result<void> apply(Context& context, const v1::AdvanceClock& event) {
  if (context.network.clock() != v1::CLOCK_REPLAY)
    return fail(Reason::CLOCK_NOT_ALLOWED, "", "this network's rules see the wall clock: no event moves it");
  if (context.signer.kind() != v1::KEY_KIND_CLOCK)
    return fail(Reason::CLOCK_NOT_ALLOWED, "",
                concat({"the clock key alone advances the clock, not a key of ", context.signer.party()}));
  if (event.to_ms() < context.now.value)
    return fail(Reason::CLOCK_GOES_BACK, "to_ms",
                concat({"the clock stands at ", format_time(context.now), " and never goes back"}));
  if (event.to_ms() > kLedgerTimeMaxMs)
    return fail(Reason::FIELD_OUT_OF_RANGE, "to_ms", "the clock stays within the year 9999");

  v1::ClockRecord clock;
  clock.set_now_ms(event.to_ms());
  context.transaction.store(std::string(kClockKey), clock);
  context.now = TimeMs{event.to_ms()};
  return {};
}

}  // namespace kimberlite::ledger
