#include "tests/simulation/whole_node/checks.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "kimberlite/v1/peer.pb.h"
#include "tests/simulation/whole_node/oracle.h"
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
  bool calm{};
};

bool canary(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeedsMax = 300;
  const std::vector<Canary> canaries{
      {Broken::kForgetfulJournal, "S3", "a journal that forgets synced votes"},
      {Broken::kForgetfulStore, "S4", "a store that comes back older than it was"},
      {Broken::kJournalWithStore, "S3", "a journal that goes with the store"},
      {Broken::kOtherRules, "S5", "nodes that go by another state than their log gives"},
      {Broken::kTooManyDead, "L1", "f + 1 validators that never come back"},
      {Broken::kRestless, "Q1", "a node that is never quiet"},
      {Broken::kUnknownLiar, "S3", "a node that votes twice"},
      {Broken::kUnknownLiar, "S6", "a node that signs logs that do not exist"},
      {Broken::kTooManyLiars, "S1", "f + 1 liars"},
      {Broken::kAnySignature, "S1", "nodes that look at no signature, beside a liar"},
      {Broken::kAnySnapshot, "S1", "a node that joins by any snapshot, beside a liar", true},
  };
  bool good = true;
  for (const Canary& one : canaries) {
    std::string seen = "no violation in " + std::to_string(kSeedsMax) + " seeds";
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeedsMax; ++seed) {
      const auto violation = run({.seed = seed, .broken = one.broken, .calm = one.calm}).violation;
      if (!violation || !violation->starts_with(one.property + ":")) continue;
      seen = "seed " + std::to_string(seed) + ", " + violation->substr(0, violation->find('\n'));
      break;
    }
    good = expect(seen.starts_with("seed"), one.what + ": " + seen) && good;
  }
  return good;
}

/// A node that believes what a liar tells it of the log stops itself at the latest when it executes that. In a process
/// of its own: it ends there. REQUIRES: nothing was run yet, as a store has threads.
bool credulous(std::uint64_t first_seed) {
  constexpr std::uint64_t kSeedsMax = 300;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) std::_Exit(0);
    for (std::uint64_t seed = first_seed; seed < first_seed + kSeedsMax; ++seed)
      run({.seed = seed, .broken = Broken::kAnyRange, .calm = true});
    std::_Exit(0);
  }
  int status = 0;
  const bool stopped = child > 0 && waitpid(child, &status, 0) == child && status != 0;
  return expect(stopped, stopped ? "nodes that believe any stretch of the log stop themselves"
                                 : "nothing in " + std::to_string(kSeedsMax) + " seeds");
}

/// Both votes of a pair must come to one node, or one of them within a certificate, for that node to see it.
bool evidence(std::uint64_t first_seed) {
  using simulation::Fault;
  constexpr std::uint64_t kSeeds = 60;
  constexpr std::uint64_t kLiesMin = 5;
  std::uint64_t lied = 0;
  std::uint64_t named = 0;
  bool good = true;
  for (std::uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const auto result = run({.seed = seed});
    if (result.violation) good = expect(false, "seed " + std::to_string(seed) + ": " + *result.violation);
    if (result.faults.of(Fault::kDoubleVote) + result.faults.of(Fault::kEquivocation) < kLiesMin) continue;
    ++lied;
    if (result.evidence > 0) ++named;
  }
  return expect(lied > 0 && named * 2 >= lied, "evidence names those who voted twice, and only them, in " +
                                                   std::to_string(named) + " of " + std::to_string(lied) + " runs") &&
         good;
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

// Whatever liars send can be told in a trace: rubbish, and votes of no kind.
bool words(std::uint64_t /*first_seed*/) {
  v1::PeerMessage vote;
  vote.mutable_vote()->mutable_vote()->set_kind(static_cast<v1::VoteKind>(9));
  v1::PeerMessage certificate;
  certificate.mutable_certificate()->set_kind(static_cast<v1::VoteKind>(9));
  bool good = true;
  for (const std::string& frame :
       {vote.SerializeAsString(), certificate.SerializeAsString(), std::string(), std::string(9, '\xff')}) {
    const std::string seen = describe_frame(frame);
    good = expect(!seen.empty(), "a frame of " + std::to_string(frame.size()) + " bytes: " + seen) && good;
  }
  return good;
}

}  // namespace

const simulation::Checks& checks() {
  static const simulation::Checks all{{"determinism", determinism}, {"canary", canary}, {"credulous", credulous},
                                      {"evidence", evidence},       {"quiet", quiet},   {"words", words}};
  return all;
}

}  // namespace kimberlite::whole_node
