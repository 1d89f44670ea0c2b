// What the process that crashes does, step by step, so that the process that looks afterwards knows what to expect.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/store.h"
#include "tests/unit/storage/forgetful_env.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage::testing {

/// First argument that turns the test program into the process that crashes.
inline constexpr const char* kCrashChildFlag = "--crash-child";

/// What is cut, as the child's fifth argument says it.
inline constexpr const char* kCutOpening = "opening";
inline constexpr const char* kCutCommitting = "committing";
inline constexpr const char* kCutLyingDisk = "committing-on-a-lying-disk";

/// One act: bodies are put, then their blocks are committed together; some acts end with the store reopened.
struct CrashAct {
  std::vector<FinalBlock> blocks;
  std::vector<Store::Body> bodies;  ///< of these blocks, and one that never becomes final
  std::string finalization;
  bool reopen_after{};
};
inline constexpr int kCrashActs = 5;

/// The act with this number, built on what the builder built before.
CrashAct crash_act(ChainBuilder& chain, int number);

/// The acknowledgements that the crashing process writes, one byte each.
inline constexpr char kOpened = 'o';
inline constexpr char kBodiesPut = 'b';
inline constexpr char kCommitted = 'c';

/// When the steps that a cut counts begin.
enum class CutFrom { kOpening, kFirstCommit };

/// Plays all acts in a folder and dies at the cut; acknowledgements go to a file descriptor. Exit code 0: the cut never
/// came.
int run_crash_child(const std::filesystem::path& folder, const PowerCut& cut, CutFrom from, int acknowledge_to);

}  // namespace kimberlite::storage::testing
