// The test program, which is also the process that its crash tests start and let die (a forked copy of a process with
// RocksDB's threads would not have them).
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/storage/crash_story.h"

int main(int argc, char** argv) {
  using namespace kimberlite::storage::testing;
  if (argc == 7 && std::string_view(argv[1]) == kCrashChildFlag) {
    // folder, step, torn percent, what is cut, file descriptor
    const std::string_view what = argv[5];
    const PowerCut cut{std::stoull(argv[3]), std::stoull(argv[4]), what == kCutLyingDisk};
    return run_crash_child(argv[2], cut, what == kCutOpening ? CutFrom::kOpening : CutFrom::kFirstCommit,
                           std::stoi(argv[6]));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
