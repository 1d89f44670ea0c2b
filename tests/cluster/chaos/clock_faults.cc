// Wall clocks that are wrong, in running nodes.
#include "tests/cluster/chaos/fault.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

Result<ActiveFault> jump(Stage& stage, Chance& chance, std::int64_t sign) {
  const auto victims = draw_victims(stage, chance);
  const std::int64_t minutes = chance.between(1, 180);
  for (const auto node : victims) stage.clock(node).set_ahead(sign * minutes * kMinuteMs);
  const std::string what = std::to_string(minutes) + (sign > 0 ? " min ahead:" : " min behind:");
  return ActiveFault{.what = describe(what, stage, victims),
                     .affected = {victims.begin(), victims.end()},
                     .heal = [&stage, victims]() -> Result<void> {
                       for (const auto node : victims) stage.clock(node).set_ahead(0);
                       return {};
                     }};
}

Result<ActiveFault> ahead(Stage& stage, Chance& chance) {
  return jump(stage, chance, 1);
}

Result<ActiveFault> behind(Stage& stage, Chance& chance) {
  return jump(stage, chance, -1);
}

Result<ActiveFault> jumping(Stage& stage, Chance& chance) {
  const auto victims = draw_victims(stage, chance);
  return ActiveFault{.what = describe("jumps about:", stage, victims),
                     .affected = {victims.begin(), victims.end()},
                     .tick = [&stage, &chance, victims]() -> Result<void> {
                       for (const auto node : victims) {
                         stage.clock(node).set_ahead(chance.between(-180, 180) * kMinuteMs);
                       }
                       return {};
                     },
                     .heal = [&stage, victims]() -> Result<void> {
                       for (const auto node : victims) stage.clock(node).set_ahead(0);
                       return {};
                     }};
}

}  // namespace

std::vector<FaultKind> clock_fault_kinds() {
  return {
      {"clock-ahead", Need::kNothing, "the wall clock jumps 1 to 180 minutes ahead, and back later", ahead},
      {"clock-behind", Need::kNothing, "the wall clock jumps 1 to 180 minutes back, and on later", behind},
      {"clock-jumps", Need::kNothing, "the wall clock jumps by up to 180 minutes, drawn every 100 ms", jumping},
  };
}

}  // namespace kimberlite::chaos
