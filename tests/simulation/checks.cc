#include "tests/simulation/checks.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "tests/simulation/crash_points.h"
#include "tests/simulation/drought.h"
#include "tests/simulation/run.h"

namespace kimberlite::simulation {

namespace {

bool determinism(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeeds = 100;
  bool good = true;
  for (const std::size_t replicas : {4, 7}) {
    std::set<std::uint64_t> traces;
    bool same = true;
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
      const RunOptions options{.seed = seed, .replicas = replicas};
      const std::uint64_t trace = run(options).trace_hash;
      same = same && trace == run(options).trace_hash;
      traces.insert(trace);
    }
    const std::string where = " with " + std::to_string(replicas) + " replicas";
    good = expect(same, "the same seed gives the same trace" + where) && good;
    good = expect(traces.size() == kSeeds, "different seeds give different traces" + where) && good;
  }
  return good;
}

bool crash_points(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeeds = 5;
  std::uint64_t places = 0;
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const CrashPointsResult result = crash_at_every_point(seed);
    if (result.violation) good = expect(false, "seed " + std::to_string(seed) + ", " + *result.violation);
    places += result.places;
  }
  return expect(places > 0, std::to_string(places) + " places at which one of four nodes crashed") && good;
}

struct Canary {
  Broken broken;
  std::string property;
  std::string what;
};

bool canary(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeedsMax = 3000;
  const std::vector<Canary> canaries{
      {Broken::kForgetfulJournal, "S3", "a journal that forgets synced votes"},
      {Broken::kEarlyMessages, "S3", "messages that leave before their votes are synced"},
      {Broken::kVotingFollower, "S3", "a node that votes on after it lost its disk"},
      {Broken::kEpochless, "S1", "a runtime to which blocks that close their epoch are blocks like any other"},
      {Broken::kStubborn, "S3", "a node that votes after it noticed that it was rolled back"},
      {Broken::kTooManyByzantine, "S1", "f + 1 equivocators"},
      {Broken::kTooManyDead, "L1", "f + 1 validators that never come back"},
      {Broken::kCredulous, "S2", "replicas that verify nothing"},
      {Broken::kForgetfulStore, "S4", "a store that forgets a final block"},
      {Broken::kDivergent, "S5", "a replica with a state of its own"},
      {Broken::kRestless, "Q1", "a runtime that always says there is work"},
  };
  bool good = true;
  for (const Canary& one : canaries) {
    std::string seen = "no violation in " + std::to_string(kSeedsMax) + " seeds";
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeedsMax; ++seed) {
      const auto violation = run(RunOptions{.seed = seed, .broken = one.broken}).violation;
      if (!violation || !violation->starts_with(one.property + ":")) continue;
      seen = "seed " + std::to_string(seed) + ", " + violation->substr(0, violation->find('\n'));
      break;
    }
    good = expect(seen.starts_with("seed"), one.what + ": " + seen) && good;
  }
  return good;
}

bool quiet(std::uint64_t first_seed) {
  bool good = true;
  for (const std::size_t replicas : {1, 2, 3, 4, 7, 22}) {
    std::string seen;
    for (std::uint64_t seed = first_seed; seed < first_seed + 10 && seen.empty(); ++seed)
      seen =
          run(RunOptions{.seed = seed, .replicas = replicas, .equivocators = 0, .calm = true}).violation.value_or("");
    good = expect(seen.empty(), std::to_string(replicas) + " calm replicas are silent but for the events" +
                                    (seen.empty() ? "" : ": " + seen)) &&
           good;
  }
  return good;
}

bool evidence(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeeds = 50;
  std::uint64_t named = 0;
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const RunResult result = run(RunOptions{.seed = seed, .equivocators = 1});
    if (result.violation) good = expect(false, "seed " + std::to_string(seed) + ": " + *result.violation);
    if (result.evidence > 0) ++named;
  }
  return expect(named * 10 >= kSeeds * 9, "evidence names the equivocator, and only it, in " + std::to_string(named) +
                                              " of " + std::to_string(kSeeds) + " runs") &&
         good;
}

bool silent_leader(std::uint64_t first_seed) {
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + 20; ++seed) {
    const OneByOne times = run_one_by_one(seed, Failing::kDead, 6);
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    for (const auto& event : times.events) {
      std::int64_t& slowest_ms = event.view.value <= 4 ? first_ms : last_ms;
      slowest_ms = std::max(slowest_ms, event.took_ms);
    }
    good = expect(first_ms >= times.delta_ms && last_ms < times.delta_ms,
                  "with one of four dead the slowest early event takes " + std::to_string(first_ms) +
                      " ms, the slowest late one " + std::to_string(last_ms) + " ms, delta " +
                      std::to_string(times.delta_ms) + " ms") &&
           good;
  }
  return good;
}

bool drought(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeeds = 5;
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const DroughtResult kept = live_through_drought(seed, true);
    const DroughtResult lost = live_through_drought(seed, false);
    good = expect(!kept.violation, "after " + std::to_string(kept.views) + " views without a certified block and a " +
                                       "power cut of everybody: " + kept.violation.value_or("everything is final")) &&
           good;
    good = expect(lost.violation && lost.violation->starts_with("L1:"),
                  "where the journal alone keeps certificates: " + lost.violation.value_or("everything is final")) &&
           good;
  }
  return good;
}

bool idle_leader(std::uint64_t first_seed) {
  constexpr std::uint64_t kTurns = 128;
  constexpr std::int64_t kLostMost = 8;  // one, and one for each doubling
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + 20; ++seed) {
    const OneByOne times = run_one_by_one(seed, Failing::kIdle, kTurns);
    const auto slow = std::count_if(times.events.begin(), times.events.end(),
                                    [&](const auto& event) { return event.took_ms >= times.delta_ms; });
    good = expect(slow >= 2 && slow <= kLostMost, "with one of four that proposes nothing " + std::to_string(slow) +
                                                      " of " + std::to_string(times.events.size()) +
                                                      " events wait for its time to pass, in " +
                                                      std::to_string(kTurns) + " turns of each") &&
           good;
  }
  return good;
}

}  // namespace

const Checks& checks() {
  static const Checks all{{"determinism", determinism}, {"crash-points", crash_points},
                          {"canary", canary},           {"quiet", quiet},
                          {"evidence", evidence},       {"silent-leader", silent_leader},
                          {"idle-leader", idle_leader}, {"drought", drought}};
  return all;
}

}  // namespace kimberlite::simulation
