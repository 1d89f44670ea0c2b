#include "tests/simulation/whole_node/checks.h"

#include <cstdio>
#include <map>
#include <set>

#include "tests/simulation/whole_node/run.h"

namespace kimberlite::whole_node {

namespace {

using simulation::expect;

bool determinism(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeeds = 3;
  std::set<std::uint64_t> traces;
  bool same = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const std::uint64_t trace = run({.seed = seed}).trace_hash;
    same = same && trace == run({.seed = seed}).trace_hash;
    traces.insert(trace);
  }
  const bool good = expect(same, "the same seed gives the same trace");
  return expect(traces.size() == kSeeds, "different seeds give different traces") && good;
}

struct Canary {
  Broken broken;
  std::string property;
  std::string what;
};

bool canary(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeedsMax = 300;
  const std::vector<Canary> canaries{
      {Broken::kForgetfulJournal, "S3", "a journal that forgets synced votes"},
      {Broken::kForgetfulStore, "S4", "a store that comes back older than it was"},
      {Broken::kOtherRules, "S5", "nodes that go by another state than their log gives"},
      {Broken::kTooManyDead, "L1", "f + 1 validators that never come back"},
      {Broken::kRestless, "Q1", "a node that is never quiet"},
  };
  bool good = true;
  for (const Canary& one : canaries) {
    std::string seen = "no violation in " + std::to_string(kSeedsMax) + " seeds";
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeedsMax; ++seed) {
      const auto violation = run({.seed = seed, .broken = one.broken}).violation;
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
  for (const std::size_t replicas : {2, 3, 4, 7}) {
    const std::string seen = run({.seed = first_seed, .replicas = replicas, .calm = true}).violation.value_or("");
    good = expect(seen.empty(), std::to_string(replicas) + " calm nodes are silent but for the events" +
                                    (seen.empty() ? "" : ": " + seen)) &&
           good;
  }
  return good;
}

}  // namespace

const simulation::Checks& checks() {
  static const simulation::Checks all{{"determinism", determinism}, {"canary", canary}, {"quiet", quiet}};
  return all;
}

}  // namespace kimberlite::whole_node
