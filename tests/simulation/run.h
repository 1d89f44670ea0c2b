// One seeded run: a safety phase, in which everything that can go wrong does, then a liveness phase, in which the
// network is timely, all but at most f validators are back, and everything submitted must become final (L1, L2), after
// which the cluster must fall silent (Q1), wake for a new event, and fall silent again. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/types.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/world.h"

namespace kimberlite::simulation {

/// Deliberately broken clusters: the run must end in a violation of the property named.
enum class Broken : std::uint8_t {
  kNothing,
  kForgetfulJournal,  ///< a crash loses synced votes: S3
  kEarlyMessages,     ///< votes leave before they are durable: S3
  kVotingFollower,    ///< a node that lost its disk goes on with its key: S3
  kStubborn,          ///< a node that noticed that it was rolled back votes: S3
  kTooManyByzantine,  ///< f + 1 equivocators: S1
  kTooManyDead,       ///< f + 1 validators never come back: L1
  kCredulous,         ///< nobody executes what is proposed, and a leader proposes rubbish: S2
  kForgetfulStore,    ///< a crash loses final blocks that were called durable: S4
  kEpochless,         ///< blocks that close their epoch are built upon in it: S1
  kDivergent,         ///< one replica comes to another state: S5
  kRestless,          ///< one runtime always says that there is work: Q1
};

/// Draw the number of replicas from the seed: 1 to 85, small ones more often.
inline constexpr std::size_t kAnyReplicas = 0;
/// So many of a thousand seeds say a number from low to high.
struct ReplicaRange {
  std::uint64_t per_mille;
  std::int64_t low;
  std::int64_t high;
};
/// What a seed says. REQUIRES: the ranges make up a thousand.
std::size_t draw_from(std::uint64_t seed, std::span<const ReplicaRange> ranges);
/// What is drawn of consensus alone.
std::size_t draw_replicas(std::uint64_t seed);

struct RunOptions {
  std::uint64_t seed{};
  std::size_t replicas{4};  ///< or kAnyReplicas
  Broken broken{Broken::kNothing};
  std::optional<std::size_t> equivocators;  ///< so many, and no other Byzantine ones, instead of what the seed says
  bool calm{};                              ///< no faults at all; silent before the first event
  bool idler{};                             ///< the first replica proposes nothing
  World::TraceSink trace;
};

struct RunResult {
  std::optional<std::string> violation;  ///< "S1: ..."
  std::size_t replicas{};
  std::uint64_t trace_hash{};
  std::uint64_t final_height{};
  std::uint64_t events_final{};
  FaultCounts faults;
  std::uint64_t rollbacks_noticed{};
  std::uint64_t epochs_ended{};
  std::int64_t active_ms{};    ///< virtual time but for the minutes in which the cluster must be silent
  std::int64_t virtual_ms{};   ///< all of it
  std::int64_t recovery_ms{};  ///< virtual time from healing until everything was final
  std::size_t evidence{};      ///< pairs kept by honest nodes
};

RunResult run(const RunOptions& options);

/// How one of four validators fails its turns.
enum class Failing : std::uint8_t {
  kDead,  ///< it is not there
  kIdle,  ///< it votes, and proposes nothing
};
/// Virtual times to finality of events handed in one after another.
struct OneByOne {
  struct Event {
    View view;  ///< in which it was handed in
    std::int64_t took_ms{};
  };
  std::int64_t delta_ms{};
  std::vector<Event> events;
};
/// Four replicas, one of which fails from the start, until each has had so many turns.
OneByOne run_one_by_one(std::uint64_t seed, Failing failing, std::uint64_t turns);

}  // namespace kimberlite::simulation
