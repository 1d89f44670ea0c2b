// Stores and journals that rot, are cut short, or are lost. What deploy/OPERATE.md tells the operator to do is then
// done.
#include <signal.h>

#include <algorithm>
#include <fstream>

#include "tests/cluster/chaos/fault.h"
#include "tests/cluster/chaos/last_words.h"

namespace kimberlite::chaos {
namespace {

namespace fs = std::filesystem;

/// The files of a store that are not empty, in order of their names.
std::vector<fs::path> store_files(const fs::path& store) {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(store)) {
    // RocksDB's own text log is read by nobody.
    const bool text = item.path().filename().string().starts_with("LOG");
    if (item.is_regular_file() && item.file_size() > 0 && !text) files.push_back(item.path());
  }
  std::ranges::sort(files);
  return files;
}

void flip_bits(const fs::path& file, Chance& chance) {
  constexpr int kBits = 8;
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = static_cast<std::int64_t>(fs::file_size(file));
  for (int i = 0; i < kBits; ++i) {
    const std::int64_t at = chance.between(0, size - 1);
    stream.seekg(at);
    const char byte = static_cast<char>(stream.get() ^ (1 << chance.between(0, 7)));
    stream.seekp(at);
    stream.put(byte);
  }
}

void cut_short(const fs::path& file, Chance& chance) {
  fs::resize_file(file,
                  static_cast<std::uintmax_t>(chance.between(0, static_cast<std::int64_t>(fs::file_size(file)) - 1)));
}

/// Ends the node and starts it with an empty store: it fetches the log from its peers and checks every leaf. Its
/// journal stays, so it may go on voting.
Result<void> rebuild_store(Stage& stage, std::size_t node) {
  const std::string& code = stage.code(node);
  if (stage.network().runs(code)) stage.network().signal(code, SIGKILL);
  stage.begin_life(node);
  fs::remove_all(stage.data(node) / "store");
  stage.network().start(code);
  return {};
}

Result<ActiveFault> damage(Stage& stage, Chance& chance, const std::string& how,
                           void (*harm)(const fs::path& file, Chance& chance)) {
  const auto node = chance.some(1, stage.nodes()).front();
  const std::string& code = stage.code(node);
  stage.network().signal(code, SIGKILL);
  const auto files = store_files(stage.data(node) / "store");
  const auto& file = files.at(static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(files.size()) - 1)));
  stage.begin_life(node);
  const LastWords words(stage, node);
  harm(file, chance);
  // It refuses to start, stops when it meets the damage, or never needs what was damaged. It may not lie: the checker
  // compares what it says as long as it runs.
  stage.network().start(code);
  return ActiveFault{.what = describe(file.filename().string() + " " + how + ":", stage, {node}),
                     .affected = {node},
                     .heal = [&stage, node, words]() -> Result<void> {
                       if (auto named = words.ended_with_reason(); !named) return named;
                       return rebuild_store(stage, node);
                     }};
}

Result<ActiveFault> rot(Stage& stage, Chance& chance) {
  return damage(stage, chance, "with flipped bits", flip_bits);
}

Result<ActiveFault> truncate(Stage& stage, Chance& chance) {
  return damage(stage, chance, "cut short", cut_short);
}

Result<ActiveFault> lose_store(Stage& stage, Chance& chance) {
  const auto node = chance.some(1, stage.nodes()).front();
  if (auto rebuilt = rebuild_store(stage, node); !rebuilt) return std::unexpected(rebuilt.error());
  return ActiveFault{
      .what = describe("store lost:", stage, {node}), .affected = {node}, .heal = []() -> Result<void> { return {}; }};
}

// Without its journal a node must not vote. The journal comes back afterwards: nothing was voted meanwhile, so it is
// still true.
Result<ActiveFault> lose_journal(Stage& stage, Chance& chance) {
  constexpr std::int64_t kAnswerMs = 30'000;
  const auto node = chance.some(1, stage.nodes()).front();
  const std::string& code = stage.code(node);
  const auto journal = stage.network().journal_file(code);
  const auto aside = stage.data(node) / "journal.aside";
  stage.network().signal(code, SIGKILL);
  fs::rename(journal, aside);
  stage.network().start(code);
  if (!stage.network().wait_ready(code, kAnswerMs, false)) {
    return fail(Reason::JOURNAL_MISSING, code, "does not serve readers without its journal");
  }
  const auto status = stage.network().client(code).status();
  if (!status || status->why().find("JOURNAL_MISSING") == std::string::npos) {
    return fail(Reason::JOURNAL_MISSING, code,
                "does not say that it is a follower: " + (status ? status->why() : status.error().to_string()));
  }
  return ActiveFault{.what = describe("journal lost:", stage, {node}),
                     .affected = {node},
                     .heal = [&stage, node, journal, aside]() -> Result<void> {
                       stage.network().signal(stage.code(node), SIGKILL);
                       if (fs::exists(journal)) {
                         return fail(Reason::JOURNAL_MISSING, stage.code(node), "made itself a new journal");
                       }
                       fs::rename(aside, journal);
                       stage.network().start(stage.code(node));
                       return {};
                     }};
}

}  // namespace

std::vector<FaultKind> store_fault_kinds() {
  return {
      {"store-rot", Need::kNothing, "bits flipped in a file of the store; rebuilt from peers", rot},
      {"store-cut-short", Need::kNothing, "a file of the store truncated; rebuilt from peers", truncate},
      {"store-lost", Need::kNothing, "started with an empty store", lose_store},
      {"journal-lost", Need::kNothing, "started without the vote journal: serves, and does not vote", lose_journal},
  };
}

}  // namespace kimberlite::chaos
