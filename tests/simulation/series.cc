#include "tests/simulation/series.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <string>
#include <utility>

namespace kimberlite::simulation {

namespace {

using Number = unsigned long long;
constexpr double kMsPerHour = 3'600'000;

}  // namespace

Series::Series(std::int64_t seconds_max, std::string program, Runner runner)
    : begin_(std::chrono::steady_clock::now()),
      seconds_max_(seconds_max),
      program_(std::move(program)),
      runner_(std::move(runner)) {}

double Series::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

bool Series::goes_on() const {
  return failures_ < kFailuresMax && (seconds_max_ == 0 || seconds() < static_cast<double>(seconds_max_));
}

void Series::run(std::uint64_t seed, std::size_t replicas, const World::TraceSink& trace) {
  const RunResult result = runner_(seed, replicas, trace);
  ++runs_;
  replicas_ += result.replicas;
  replicas_most_ = std::max(replicas_most_, result.replicas);
  heights_ += result.final_height;
  events_ += result.events_final;
  noticed_ += result.rollbacks_noticed;
  epochs_ += result.epochs_ended;
  active_ms_ += result.active_ms;
  virtual_ms_ += result.virtual_ms;
  slowest_ms_ = std::max(slowest_ms_, result.recovery_ms);
  faults_.add(result.faults);
  if (!result.violation) return;
  ++failures_;
  print_failure(seed, replicas, trace != nullptr, result);
}

/// Runs it once more to see how it came about.
void Series::print_failure(std::uint64_t seed, std::size_t replicas, bool traced, const RunResult& result) const {
  if (!traced) {
    std::deque<std::string> last;
    runner_(seed, replicas, [&](const std::string& line) {
      last.push_back(line);
      if (last.size() > kTraceLines) last.pop_front();
    });
    for (const std::string& line : last) std::printf("%s\n", line.c_str());
  }
  std::printf("FAILED seed %llu, %zu replicas: %s\n  replay: %s --seed %llu --replicas %zu --trace\n",
              static_cast<Number>(seed), result.replicas, result.violation->c_str(), program_.c_str(),
              static_cast<Number>(seed), replicas);
  std::fflush(stdout);
}

int Series::close() const {
  const double runs = static_cast<double>(std::max<std::uint64_t>(1, runs_));
  std::printf("faults in %llu runs:\n%s", static_cast<Number>(runs_), faults_.table().c_str());
  std::printf("  %-34s %12.1f\n", "faults a run, messages aside", static_cast<double>(faults_.injected()) / runs);
  std::printf("%llu seeds, %.1f replicas on average, %zu at most: %llu failed\n", static_cast<Number>(runs_),
              static_cast<double>(replicas_) / runs, replicas_most_, static_cast<Number>(failures_));
  std::printf(
      "%llu blocks and %llu events final, %llu epochs ended, %llu rollbacks noticed, slowest recovery %lld ms\n",
      static_cast<Number>(heights_), static_cast<Number>(events_), static_cast<Number>(epochs_),
      static_cast<Number>(noticed_), static_cast<long long>(slowest_ms_));
  std::printf("%.1f virtual hours, %.1f of them with something going on, in %.1f s: %.0f and %.0f times real time\n",
              static_cast<double>(virtual_ms_) / kMsPerHour, static_cast<double>(active_ms_) / kMsPerHour, seconds(),
              static_cast<double>(virtual_ms_) / 1000 / seconds(), static_cast<double>(active_ms_) / 1000 / seconds());
  return failures_ == 0 ? 0 : 1;
}

}  // namespace kimberlite::simulation
