#include "tests/unit/storage/crash_story.h"

#include <unistd.h>

#include <cstdio>

#include "storage/internal/database_store.h"

namespace kimberlite::storage::testing {
namespace {

void acknowledge(int to, char what) {
  if (::write(to, &what, 1) != 1) ::_exit(1);
}

}  // namespace

CrashAct crash_act(ChainBuilder& chain, int number) {
  CrashAct act;
  const std::string name = std::to_string(number);
  for (int block = 0; block <= number % 2; ++block) {
    act.blocks.push_back(
        chain.next(2, {{"certificate/" + name, "act " + name}, {"block/" + std::to_string(block), name}}));
    const FinalBlock& built = act.blocks.back();
    act.bodies.push_back({block_digest(built.record_leaf), built.header.height, "body of " + name});
  }
  const Height height = act.blocks.back().header.height;
  act.bodies.push_back({sha256("never final", name), height, "dropped with its height"});
  act.bodies.push_back({sha256("next", name), Height{height.value + 1}, "kept until the next commit"});
  act.finalization = "finalization " + name;
  act.reopen_after = number == 2;
  return act;
}

int run_crash_child(const std::filesystem::path& folder, const PowerCut& cut, CutFrom from, int acknowledge_to) {
  ForgetfulEnv disk;
  if (from == CutFrom::kOpening) disk.arm(cut);
  std::unique_ptr<Store> store;
  const auto open = [&] {
    store.reset();
    Result<std::unique_ptr<Store>> opened = open_store(test_options(folder), disk.env());
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().to_string().c_str());
      ::_exit(1);
    }
    store = std::move(*opened);
  };
  open();
  acknowledge(acknowledge_to, kOpened);
  if (from == CutFrom::kFirstCommit) disk.arm(cut);
  for (int number = 0; number < kCrashActs; ++number) {
    bool reopen = false;
    {
      ChainBuilder chain(store->snapshot());
      const CrashAct act = crash_act(chain, number);
      if (!store->put_bodies(act.bodies)) return 1;
      acknowledge(acknowledge_to, kBodiesPut);
      if (!store->commit(act.blocks, act.finalization)) return 1;
      acknowledge(acknowledge_to, kCommitted);
      reopen = act.reopen_after;
    }
    if (reopen) open();
  }
  return 0;
}

}  // namespace kimberlite::storage::testing
