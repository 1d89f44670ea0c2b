// Disks that are full, stall, turn read-only, and lose their power. A node whose disk fails must stop with a named
// reason, and start cleanly when the disk is good again.
#include <signal.h>

#include "tests/cluster/chaos/fault.h"
#include "tests/cluster/chaos/last_words.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kEndMs = 20'000;

/// The fault of one disk. A node that found nothing to write may still run when the disk is made good again.
Result<ActiveFault> on_disk(Stage& stage, Chance& chance, const std::string& what,
                            Result<void> (*harm)(Stage& stage, std::size_t node),
                            Result<void> (*make_good)(Stage& stage, std::size_t node)) {
  const auto node = chance.some(1, stage.nodes()).front();
  const LastWords words(stage, node);
  if (auto harmed = harm(stage, node); !harmed) return std::unexpected(harmed.error());
  return ActiveFault{.what = describe(what, stage, {node}),
                     .affected = {node},
                     .heal = [&stage, node, words, make_good]() -> Result<void> {
                       if (auto named = words.ended_with_reason(); !named) return named;
                       if (auto good = make_good(stage, node); !good) return good;
                       start_ended(stage, {node});
                       return {};
                     }};
}

Result<void> empty(Stage& stage, std::size_t node) {
  stage.disk(node).empty();
  return {};
}

Result<void> freeze(Stage& stage, std::size_t node) {
  return stage.disk(node).stall();
}

Result<void> go_on(Stage& stage, std::size_t node) {
  stage.disk(node).go_on();
  return {};
}

Result<ActiveFault> stall(Stage& stage, Chance& chance) {
  return on_disk(stage, chance, "disk stalls:", freeze, go_on);
}

/// Waits until the node has ended by itself, with a reason.
Result<void> must_end(Stage& stage, std::size_t node, const LastWords& words) {
  Result<void> named;
  const bool ended = cluster::wait_until(kEndMs, [&] {
    named = words.ended_with_reason();
    return !named || !stage.network().runs(stage.code(node));
  });
  if (ended) return named;
  return fail(Reason::STORE_IO, stage.code(node), "goes on although its disk takes no writes");
}

Result<void> leave_no_room(Stage& stage, std::size_t node) {
  const LastWords words(stage, node);
  stage.network().signal(stage.code(node), SIGSTOP);
  auto filled = stage.disk(node).fill();
  stage.network().signal(stage.code(node), SIGCONT);
  if (!filled) return filled;
  return must_end(stage, node, words);
}

Result<ActiveFault> full(Stage& stage, Chance& chance) {
  return on_disk(stage, chance, "disk full:", leave_no_room, empty);
}

Result<void> start_without_room(Stage& stage, std::size_t node) {
  const LastWords words(stage, node);
  stage.network().signal(stage.code(node), SIGKILL);
  if (auto filled = stage.disk(node).fill(); !filled) return filled;
  stage.network().start(stage.code(node));
  return must_end(stage, node, words);
}

Result<ActiveFault> start_full(Stage& stage, Chance& chance) {
  return on_disk(stage, chance, "started on a full disk:", start_without_room, empty);
}

Result<void> turn_read_only(Stage& stage, std::size_t node) {
  const LastWords words(stage, node);
  if (auto failed = stage.disk(node).fail_read_only(); !failed) return failed;
  return must_end(stage, node, words);
}

/// Ends the node if it still runs, and mounts its disk anew.
Result<void> remount(Stage& stage, std::size_t node) {
  const std::string& code = stage.code(node);
  if (stage.network().runs(code)) stage.network().signal(code, SIGKILL);
  return stage.disk(node).repair();
}

Result<ActiveFault> read_only(Stage& stage, Chance& chance) {
  return on_disk(stage, chance, "disk turned read-only:", turn_read_only, remount);
}

Result<void> pull_the_plug(Stage& stage, std::size_t node) {
  if (auto cut = stage.disk(node).cut_power(); !cut) return cut;
  const std::string& code = stage.code(node);
  stage.network().collect_end(code);  // it may have met the error already
  if (stage.network().runs(code)) stage.network().signal(code, SIGKILL);
  return {};
}

Result<ActiveFault> power_cut(Stage& stage, Chance& chance) {
  return on_disk(stage, chance, "power cut:", pull_the_plug, remount);
}

}  // namespace

std::vector<FaultKind> disk_fault_kinds() {
  return {
      {"disk-full", Need::kDisk, "no byte is free", full},
      {"start-full", Need::kDisk, "started with no byte free: must refuse, and say why", start_full},
      {"disk-stall", Need::kDisk, "every write waits, without an error", stall},
      {"disk-read-only", Need::kDisk, "the file system turns read-only under the running node", read_only},
      {"power-cut", Need::kDisk, "the node dies with all that was not synced", power_cut},
  };
}

}  // namespace kimberlite::chaos
