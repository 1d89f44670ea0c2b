// Processes that are killed, stopped in turn, and started twice.
#include <signal.h>

#include "tests/cluster/chaos/fault.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kReadyMs = 60'000;
constexpr int kExitRefused = 3;

Result<ActiveFault> kill_nodes(Stage& stage, Chance& chance) {
  const auto victims = draw_victims(stage, chance);
  for (const auto node : victims) stage.network().signal(stage.code(node), SIGKILL);
  return ActiveFault{.what = describe("kill -9", stage, victims),
                     .affected = as_set(victims),
                     .heal = [&stage, victims]() -> Result<void> {
                       start_ended(stage, victims);
                       return {};
                     }};
}

// Killed again and again, at any moment of its start.
Result<ActiveFault> kill_loop(Stage& stage, Chance& chance) {
  const auto victims = chance.some(1, stage.nodes());
  return ActiveFault{.what = describe("kill -9 again and again", stage, victims),
                     .affected = as_set(victims),
                     .tick = [&stage, &chance, node = victims.front()]() -> Result<void> {
                       const std::string& code = stage.code(node);
                       if (!stage.network().runs(code)) {
                         stage.network().start(code);
                       } else if (chance.between(1, 4) == 1) {
                         stage.network().signal(code, SIGKILL);
                       }
                       return {};
                     },
                     .heal = [&stage, victims]() -> Result<void> {
                       start_ended(stage, victims);
                       return {};
                     }};
}

Result<ActiveFault> kill_all(Stage& stage, Chance& /*chance*/) {
  stage.network().kill_all();
  return ActiveFault{.what = "kill -9 of all at once",
                     .affected = everybody(stage),
                     .quorum = false,
                     .heal = [&stage]() -> Result<void> {
                       stage.network().start_all();
                       return {};
                     }};
}

// As for an upgrade: each is stopped cleanly, and the next one only when it is back.
Result<ActiveFault> rolling_restart(Stage& stage, Chance& chance) {
  const auto order = chance.some(stage.nodes(), stage.nodes());
  for (const auto node : order) {
    const std::string& code = stage.code(node);
    const int status = stage.network().signal(code, SIGTERM);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return fail(Reason::UNAVAILABLE, code, "SIGTERM did not end it cleanly: wait status " + std::to_string(status));
    }
    stage.network().start(code);
    if (!stage.network().wait_ready(code, kReadyMs))
      return fail(Reason::UNAVAILABLE, code, "not ready after a restart");
  }
  return ActiveFault{.what = describe("restarted in turn:", stage, order),
                     .affected = everybody(stage),
                     .heal = []() -> Result<void> { return {}; }};
}

// A second process with the same files: it must see that, and leave the first one alone.
Result<ActiveFault> second_process(Stage& stage, Chance& chance) {
  const auto victims = chance.some(1, stage.nodes());
  const std::string& code = stage.code(victims.front());
  const auto ended =
      cluster::DaemonNetwork::run_daemon({"run", "--config", stage.network().configuration(code).string()});
  if (ended.exit_code != kExitRefused || ended.output.find("STORE_LOCKED") == std::string::npos) {
    return fail(Reason::STORE_LOCKED, code,
                "a second process ended with " + std::to_string(ended.exit_code) + ": " + ended.output);
  }
  return ActiveFault{.what = describe("a second process of", stage, victims),
                     .heal = []() -> Result<void> { return {}; }};
}

}  // namespace

std::vector<FaultKind> process_fault_kinds() {
  return {
      {"kill", Need::kNothing, "kill -9, started again later", kill_nodes},
      {"kill-loop", Need::kNothing, "kill -9 again and again, also while it starts", kill_loop},
      {"kill-all", Need::kNothing, "kill -9 of all nodes at once", kill_all},
      {"rolling-restart", Need::kNothing, "SIGTERM and start, one node after another", rolling_restart},
      {"second-process", Need::kNothing, "a node's files are opened by a second process", second_process},
  };
}

}  // namespace kimberlite::chaos
