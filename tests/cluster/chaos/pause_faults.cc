// Processes that are paused, for milliseconds to minutes, as by a machine that swaps, migrates or sleeps. A node that
// goes on must not decide anything by what it knew before.
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/cluster/chaos/fault.h"

namespace kimberlite::chaos {
namespace {

/// Five minutes, if the campaign permits.
constexpr std::int64_t kLongPauseMs = 300'000;
constexpr std::int64_t kShortPauseMsMin = 1;
constexpr std::int64_t kShortPauseMsMax = 50;

Result<ActiveFault> pause_nodes(Stage& stage, Chance& chance) {
  const auto victims = draw_victims(stage, chance);
  for (const auto node : victims) stage.network().signal(stage.code(node), SIGSTOP);
  return ActiveFault{.what = describe("SIGSTOP", stage, victims),
                     .affected = as_set(victims),
                     .heal = [&stage, victims]() -> Result<void> {
                       for (const auto node : victims) stage.network().signal(stage.code(node), SIGCONT);
                       return {};
                     }};
}

Result<ActiveFault> pause_long(Stage& stage, Chance& chance) {
  auto fault = pause_nodes(stage, chance);
  if (fault) fault->hold_ms = kLongPauseMs;
  return fault;
}

// Each node in turn, so that all of them have to serve their clients meanwhile.
Result<ActiveFault> pause_short(Stage& stage, Chance& chance) {
  const auto order = chance.some(stage.nodes(), stage.nodes());
  return ActiveFault{
      .what = describe("SIGSTOP for a moment, in turn:", stage, order),
      .tick = [&stage, &chance, order]() -> Result<void> {
        for (const auto node : order) {
          stage.network().signal(stage.code(node), SIGSTOP);
          std::this_thread::sleep_for(std::chrono::milliseconds(chance.between(kShortPauseMsMin, kShortPauseMsMax)));
          stage.network().signal(stage.code(node), SIGCONT);
        }
        return {};
      },
      .heal = []() -> Result<void> { return {}; }};
}

}  // namespace

std::vector<FaultKind> pause_fault_kinds() {
  return {
      {"pause", Need::kNothing, "SIGSTOP, SIGCONT later", pause_nodes},
      {"pause-long", Need::kNothing, "SIGSTOP for as long as the campaign permits, at most 5 minutes", pause_long},
      {"pause-short", Need::kNothing, "SIGSTOP for 1 to 50 ms, of one node after another", pause_short},
  };
}

}  // namespace kimberlite::chaos
