// Disks that are full, stall, turn read-only, and lose their power. A node whose disk fails must stop with a named
// reason, and start cleanly when the disk is good again.
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "tests/cluster/chaos/fault.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kEndMs = 20'000;

/// The end of a node's output.
std::string last_words(Stage& stage, std::size_t node) {
  constexpr std::streamoff kBytes = 2'000;
  std::ifstream file(stage.network().log_file(stage.code(node)), std::ios::ate);
  file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - kBytes));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A node that ended must have said why. One that found nothing to write still runs.
Result<void> ended_with_reason(Stage& stage, std::size_t node) {
  const auto status = stage.network().collect_end(stage.code(node));
  if (!status) return {};
  const std::string words = last_words(stage, node);
  if (WIFEXITED(*status) && words.find("STORE_") != std::string::npos) return {};
  return fail(Reason::STORE_IO, stage.code(node),
              "ended with wait status " + std::to_string(*status) + " and no reason: " + words);
}

ActiveFault on_disk(Stage& stage, const std::string& what, std::size_t node, std::function<Result<void>()> make_good) {
  return {.what = describe(what, stage, {node}),
          .affected = {node},
          .heal = [&stage, node, make_good = std::move(make_good)]() -> Result<void> {
            if (auto named = ended_with_reason(stage, node); !named) return named;
            if (auto good = make_good(); !good) return good;
            start_ended(stage, {node});
            return {};
          }};
}

Result<ActiveFault> full(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  if (auto done = stage.disk(node).fill(); !done) return std::unexpected(done.error());
  return on_disk(stage, "disk full:", node, [&stage, node]() -> Result<void> {
    stage.disk(node).empty();
    return {};
  });
}

Result<ActiveFault> stall(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  if (auto done = stage.disk(node).stall(); !done) return std::unexpected(done.error());
  return on_disk(stage, "disk stalls:", node, [&stage, node]() -> Result<void> {
    stage.disk(node).go_on();
    return {};
  });
}

/// Ends the node if it still runs, and mounts its disk anew.
Result<void> remount(Stage& stage, std::size_t node) {
  const std::string& code = stage.code(node);
  if (stage.network().runs(code)) stage.network().signal(code, SIGKILL);
  return stage.disk(node).repair();
}

Result<ActiveFault> read_only(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  const std::string& code = stage.code(node);
  if (auto done = stage.disk(node).fail_read_only(); !done) return std::unexpected(done.error());
  if (!cluster::wait_until(kEndMs, [&] { return stage.network().collect_end(code).has_value(); })) {
    return fail(Reason::STORE_IO, code, "goes on under load although its disk takes no writes");
  }
  const std::string words = last_words(stage, node);
  if (words.find("STORE_") == std::string::npos) {
    return fail(Reason::STORE_IO, code, "ended on a read-only disk and does not say why: " + words);
  }
  return on_disk(stage, "disk turned read-only:", node, [&stage, node] { return remount(stage, node); });
}

Result<ActiveFault> power_cut(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  if (auto cut = stage.disk(node).cut_power(); !cut) return std::unexpected(cut.error());
  stage.network().collect_end(stage.code(node));
  if (stage.network().runs(stage.code(node))) stage.network().signal(stage.code(node), SIGKILL);
  return on_disk(stage, "power cut:", node, [&stage, node] { return remount(stage, node); });
}

}  // namespace

std::vector<FaultKind> disk_fault_kinds() {
  return {
      {"disk-full", Need::kDisk, "no byte is free", full},
      {"disk-stall", Need::kDisk, "every write waits, without an error", stall},
      {"disk-read-only", Need::kDisk, "the file system turns read-only under the running node", read_only},
      {"power-cut", Need::kDisk, "the node dies with all that was not synced", power_cut},
  };
}

}  // namespace kimberlite::chaos
