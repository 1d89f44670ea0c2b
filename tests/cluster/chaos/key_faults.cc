// Keys whose node no longer knows all that they have voted: the disk is gone, an old backup of it came back, or another
// machine votes with the same key. Such a key must not vote again, and no two logs may come of it; what heals it is a
// new key.
#include <signal.h>

#include <algorithm>

#include "proto/block.h"
#include "tests/cluster/chaos/calls.h"
#include "tests/cluster/chaos/fault.h"
#include "tests/cluster/chaos/key_change.h"

namespace kimberlite::chaos {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kKeyPatienceMs = 60'000;
/// Heights that a node votes for after its backup was made.
constexpr std::uint64_t kBlocksForgotten = 5;

Result<v1::GetStatusResponse> status_of(Stage& stage, std::size_t node) {
  return cli::NodeClient(stage.network().address(stage.code(node)), kQuickAnswerMs).status();
}

/// A node that does not answer does not vote either, as far as is known.
Result<void> must_not_vote(Stage& stage, std::size_t node) {
  const auto status = status_of(stage, node);
  if (!status || !status->validator()) return {};
  return fail(Reason::JOURNAL_ROLLED_BACK, stage.code(node), "votes with a key whose votes it has lost");
}

/// Waits until the node says that its key is retired; `meanwhile` must hold all the time.
Result<void> wait_retired(Stage& stage, std::size_t node, const std::function<Result<void>()>& meanwhile) {
  Result<void> held;
  std::string why;
  const bool retired = cluster::wait_until(kKeyPatienceMs, [&] {
    held = meanwhile();
    const auto status = status_of(stage, node);
    why = status ? status->why() : status.error().to_string();
    return !held || why.find(reason_name(Reason::JOURNAL_ROLLED_BACK)) != std::string::npos;
  });
  if (!held || retired) return held;
  return fail(Reason::JOURNAL_ROLLED_BACK, stage.code(node), "does not say that its key is retired: " + why);
}

/// The node says that its key is retired, and has not voted since it started.
Result<void> must_retire(Stage& stage, std::size_t node) {
  return wait_retired(stage, node, [&] { return must_not_vote(stage, node); });
}

/// The same of a node that may take itself for a validator until its peers tell it what it has forgotten.
Result<void> must_notice(Stage& stage, std::size_t node) {
  return wait_retired(stage, node, []() -> Result<void> { return {}; });
}

/// A retired node reads what the others have decided.
Result<void> must_follow(Stage& stage, std::size_t node) {
  const auto others = status_of(stage, (node + 1) % stage.nodes());
  if (!others) return std::unexpected(others.error());
  const bool follows = cluster::wait_until(kKeyPatienceMs, [&] {
    const auto status = status_of(stage, node);
    return status && status->final_height() >= others->final_height();
  });
  if (follows) return {};
  return fail(Reason::UNAVAILABLE, stage.code(node),
              "does not reach height " + std::to_string(others->final_height()) + " as a follower");
}

/// The key is retired for ever, also after another start; then the participant registers a new one.
Result<void> heal_retired(Stage& stage, std::size_t node) {
  if (auto retired = must_retire(stage, node); !retired) return retired;
  stop(stage, node);
  stage.network().start(stage.code(node));
  if (auto retired = must_retire(stage, node); !retired) return retired;
  if (auto follows = must_follow(stage, node); !follows) return follows;
  return replace_key(stage, node);
}

/// Waits until a block that the node proposes from now on is final: by it the log shows that its key has voted.
Result<void> wait_for_own_block(Stage& stage, std::size_t node) {
  const std::string& code = stage.code(node);
  auto& client = stage.network().client(code);
  const auto begin = client.status();
  if (!begin) return std::unexpected(begin.error());
  std::uint64_t next = begin->log_size();
  bool found = false;
  cluster::wait_until(kKeyPatienceMs, [&] {
    const auto status = client.status();
    if (!status || status->log_size() <= next) return false;
    const auto read = client.watch(next, [&](const v1::WatchResponse& response) {
      const auto record = decode_block_leaf(response.leaf());
      found = record && record->proposer == code;
      return ++next < status->log_size() && !found;
    });
    return read && found;
  });
  return found ? Result<void>{} : fail(Reason::UNAVAILABLE, code, "no block of its making becomes final");
}

void remove_contents(const fs::path& folder) {
  for (const auto& item : fs::directory_iterator(folder)) fs::remove_all(item.path());
}

// The log names the key as one that has proposed, and the node finds that out before it votes.
Result<ActiveFault> lose_disk(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  if (auto proposed = wait_for_own_block(stage, node); !proposed) return std::unexpected(proposed.error());
  stop(stage, node);
  stage.begin_life(node);
  remove_contents(stage.data(node));
  stage.network().start(stage.code(node));
  return ActiveFault{.what = describe("disk lost:", stage, {node}),
                     .affected = {node},
                     .tick = [&stage, node] { return must_not_vote(stage, node); },
                     .heal = [&stage, node] { return heal_retired(stage, node); }};
}

/// Copies the node's data as it is between two starts.
fs::path back_up(Stage& stage, std::size_t node) {
  const auto backup = stage.network().node_folder(stage.code(node)) / "backup";
  stop(stage, node);
  fs::copy(stage.data(node), backup, fs::copy_options::recursive);
  stage.network().start(stage.code(node));
  return backup;
}

/// Lets the node vote, and puts the backup back in the place of what it wrote. REQUIRES: nothing can be decided without
/// its vote, so its signature is in all that its peers can tell it.
Result<void> roll_back(Stage& stage, std::size_t node, const fs::path& backup) {
  const auto before = status_of(stage, node);
  if (!before) return std::unexpected(before.error());
  const bool voted = cluster::wait_until(kKeyPatienceMs, [&] {
    const auto status = status_of(stage, node);
    return status && status->final_height() >= before->final_height() + kBlocksForgotten;
  });
  if (!voted) return fail(Reason::UNAVAILABLE, stage.code(node), "nothing is decided with its vote");
  stage.recorder().excuse(stage.network().node_key(stage.code(node)));
  stop(stage, node);
  stage.begin_life(node);
  remove_contents(stage.data(node));
  fs::copy(backup, stage.data(node), fs::copy_options::recursive);
  fs::remove_all(backup);
  stage.network().start(stage.code(node));
  return {};
}

// All others that a quorum can do without are paused meanwhile. With them the network would go on without the node, and
// all that it is told later might be of views in which it has not voted: it would notice only by a later block of its
// own in the log, and there need not be one.
Result<ActiveFault> put_backup_back(Stage& stage, Chance& chance) {
  auto drawn = chance.some(stage.nodes() - quorum(stage.nodes()) + 1, stage.nodes());
  const auto node = drawn.back();
  drawn.pop_back();
  const std::string& code = stage.code(node);
  const auto backup = back_up(stage, node);
  if (!stage.network().wait_ready(code, kKeyPatienceMs)) return fail(Reason::UNAVAILABLE, code, "not ready in time");
  for (const auto paused : drawn) stage.network().signal(stage.code(paused), SIGSTOP);
  auto noticed = roll_back(stage, node, backup);
  if (noticed) noticed = must_notice(stage, node);
  for (const auto paused : drawn) stage.network().signal(stage.code(paused), SIGCONT);
  if (!noticed) return std::unexpected(noticed.error());
  return ActiveFault{.what = describe("started on an old backup:", stage, {node}),
                     .affected = {node},
                     .quorum_since_us = now_us(),
                     .tick = [&stage, node] { return must_not_vote(stage, node); },
                     .heal = [&stage, node] { return heal_retired(stage, node); }};
}

/// The node with the smallest key: it dials all others, so a second process that dials them too is let in.
std::size_t who_dials_all(Stage& stage) {
  std::vector<std::pair<PublicKey, std::size_t>> keys;
  for (std::size_t node = 0; node < stage.nodes(); ++node) {
    keys.emplace_back(stage.network().node_key(stage.code(node)), node);
  }
  return std::ranges::min(keys).second;
}

Result<void> must_run(Stage& stage, const std::string& name) {
  const auto ended = stage.network().collect_end(name);
  if (!ended) return {};
  return fail(Reason::UNAVAILABLE, name, "ended by itself with wait status " + std::to_string(*ended));
}

// Each peer has one connection to a key, the newest, so both processes are heard, one after the other. Mostly one of
// them soon meets a vote of the other and retires; evidence appears if both vote in one view before that.
Result<ActiveFault> run_twice(Stage& stage, Chance& /*chance*/) {
  auto& network = stage.network();
  const auto node = who_dials_all(stage);
  const std::string& code = stage.code(node);
  stage.recorder().excuse(network.node_key(code));
  stop(stage, node);
  const cli::NodeAddress copy = network.copy_node(code);
  network.start(code);
  network.start(copy.name);
  return ActiveFault{.what = describe("two processes with the key of", stage, {node}),
                     .affected = {node},
                     .tick = [&stage, node, copy]() -> Result<void> {
                       cli::NodeClient client(copy, kQuickAnswerMs);
                       look_at_double(stage, node, client);
                       auto runs = must_run(stage, stage.code(node));
                       return runs ? must_run(stage, copy.name) : runs;
                     },
                     .heal = [&stage, node, copy]() -> Result<void> {
                       stage.network().remove_copy(copy.name);
                       return replace_key(stage, node);
                     }};
}

}  // namespace

std::vector<FaultKind> key_fault_kinds() {
  return {
      {"disk-lost", Need::kNothing, "started with an empty folder: follows, and its key never votes again", lose_disk},
      {"old-backup", Need::kNothing, "set back to an old copy of its folder: notices, and its key never votes again",
       put_backup_back},
      {"key-twice", Need::kNothing, "a second process with the same key and a copy of all files", run_twice},
  };
}

}  // namespace kimberlite::chaos
