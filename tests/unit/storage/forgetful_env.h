// A RocksDB file system that dies at a chosen write and forgets what was not synced, as a power cut does.
// Writes go to the real disk only when they are synced; until then they wait in memory. At the chosen step the process
// leaves with _exit: everything waiting is lost, but for a part of the file being written, if the test wants a torn
// tail.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>

namespace kimberlite::storage::testing {

struct PowerCut {
  /// The append, sync, rename ... (counted from 0) at which the power goes.
  std::uint64_t at_step{UINT64_MAX};
  /// How much of the unsynced bytes of the file at hand reaches the disk all the same.
  std::uint64_t torn_percent{};
  /// A broken disk, to show that the tests would notice: syncs return and do nothing.
  bool syncs_lie{};
};

inline constexpr int kPowerCutExitCode = 77;

/// An environment over the real one. Counting begins with arm(); before, writes go straight through.
class ForgetfulEnv {
 public:
  ForgetfulEnv();
  ~ForgetfulEnv();
  ForgetfulEnv(const ForgetfulEnv&) = delete;
  ForgetfulEnv& operator=(const ForgetfulEnv&) = delete;

  [[nodiscard]] rocksdb::Env& env();
  /// From now on steps are counted, and the power goes at the chosen one.
  void arm(const PowerCut& cut);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace kimberlite::storage::testing
