// Many runs, one after another: failures are printed at once with the end of their trace and the command that replays
// them, and at the end what was done in all: seeds, faults by kind, virtual time and how much faster it went than the
// real one. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "tests/simulation/run.h"

namespace kimberlite::simulation {

class Series {
 public:
  /// Runs one seed; `replicas` may be kAnyReplicas.
  using Runner = std::function<RunResult(std::uint64_t seed, std::size_t replicas, const World::TraceSink& trace)>;
  /// Ends after so many seconds of real time; 0: never. `program` is named in the command that plays a run again.
  Series(std::int64_t seconds_max, std::string program, Runner runner);
  /// False when the time is used up, or kFailuresMax runs have failed.
  [[nodiscard]] bool goes_on() const;
  void run(std::uint64_t seed, std::size_t replicas, const World::TraceSink& trace = {});
  /// Prints the sum of everything; the exit code.
  [[nodiscard]] int close() const;

  static constexpr std::uint64_t kFailuresMax = 10;
  /// Lines of the trace printed with a failure.
  static constexpr std::size_t kTraceLines = 40;

 private:
  void print_failure(std::uint64_t seed, std::size_t replicas, bool traced, const RunResult& result) const;
  [[nodiscard]] double seconds() const;

  std::chrono::steady_clock::time_point begin_;
  std::int64_t seconds_max_;
  std::string program_;
  Runner runner_;
  std::uint64_t runs_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t replicas_ = 0;
  std::size_t replicas_most_ = 0;
  std::uint64_t heights_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t noticed_ = 0;
  std::uint64_t epochs_ = 0;
  std::int64_t active_ms_ = 0;
  std::int64_t virtual_ms_ = 0;
  std::int64_t slowest_ms_ = 0;
  FaultCounts faults_;
};

}  // namespace kimberlite::simulation
