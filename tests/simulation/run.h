// One seeded run: a safety phase, in which everything that can go wrong does, then a liveness phase, in which the
// network is timely, all but at most f validators are back, and everything submitted must become final (L1, L2), after
// which the cluster must fall silent (Q1), wake for a new event, and fall silent again. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kimberlite::simulation {

/// Deliberately broken clusters: the run must end in a violation of the property named.
enum class Broken {
  kNothing,
  kForgetfulJournal,  ///< a crash loses synced votes: S3
  kEarlyMessages,     ///< votes leave before they are durable: S3
  kTooManyByzantine,  ///< two equivocators among four: S1
  kTooManyDead,       ///< f + 1 never come back: L1
};

struct RunOptions {
  std::uint64_t seed{};
  std::size_t replicas{4};
  Broken broken{Broken::kNothing};
  std::optional<std::size_t> equivocators;  ///< instead of a number drawn from the seed
  bool calm{};                              ///< no faults at all
  bool trace{};
};

struct RunResult {
  std::optional<std::string> violation;  ///< "S1: ..."
  std::uint64_t trace_hash{};
  std::uint64_t final_height{};
  std::uint64_t faults{};  ///< crashes, cuts and changes of weather
  std::uint64_t events_run{};
  std::int64_t recovery_ms{};  ///< virtual time from healing until everything was final
  std::size_t evidence{};      ///< pairs kept by honest nodes
};

RunResult run(const RunOptions& options);

}  // namespace kimberlite::simulation
