// What a chaos run counted, as a table for people. Thread-safe: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/cluster/chaos/checker.h"

namespace kimberlite::chaos {

/// One kind of fault, over all its cycles.
struct KindFigures {
  std::uint64_t cycles{};
  bool quorum = true;                   ///< false: nobody could go on while the fault held
  std::int64_t worst_unavailable_ms{};  ///< longest time without a final answer that a client of a healthy node saw
  std::int64_t worst_recovery_ms{};     ///< from the repair until every node is there again
  std::uint64_t calls{};                ///< of clients, in its cycles
  std::uint64_t violations{};           ///< of liveness: something stood still, ended, or did not come back
};

struct Report {
  std::map<std::string, KindFigures> kinds;
  std::map<std::string, std::string> skipped;  ///< kind -> why this machine does not permit it
  std::vector<std::string> liveness;           ///< one sentence a violation
  Verdict verdict;
  std::uint64_t calls{};
  std::uint64_t finals{};   ///< submissions answered "final"
  std::uint64_t leaves{};   ///< of the log at the end
  std::uint64_t audited{};  ///< nodes whose log `kimberlite audit` verified
  std::uint64_t excused{};  ///< keys that a fault may have made vote twice
  std::uint64_t accused{};  ///< keys against which some node kept evidence

  [[nodiscard]] std::uint64_t violations() const { return liveness.size() + verdict.total(); }
};

std::string format_report(const Report& report);

}  // namespace kimberlite::chaos
