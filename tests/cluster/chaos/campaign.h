// One chaos run: starts the network and its clients, breaks and repairs one thing a cycle, brings everything to rest,
// and has the checker and the audit judge. Stops at the first cycle after which the network does not come back. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/cluster/chaos/clients.h"
#include "tests/cluster/chaos/fault.h"
#include "tests/cluster/chaos/report.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

/// The longest time that clients of healthy nodes may wait for a final answer while a quorum is there. Far above what a
/// network needs, so that it does not depend on how fast the machine is; what was measured is in the report.
inline constexpr std::int64_t kUnavailableMsMax = 30'000;
/// The longest time from a repair until every node serves its clients again.
inline constexpr std::int64_t kRecoveryMsMax = 90'000;

/// How long a campaign lets a fault hold that would last for minutes, unless told otherwise.
inline constexpr std::int64_t kHoldSecondsMaxDefault = 60;

struct CampaignOptions {
  std::uint64_t seed = 1;
  std::uint64_t cycles = 0;                                ///< 0: as many as fit the seconds
  std::int64_t seconds = 0;                                ///< no cycle begins later; 0: no such end
  std::vector<std::string> kinds;                          ///< empty: all
  std::int64_t hold_seconds_max = kHoldSecondsMaxDefault;  ///< no fault holds longer
};

class Campaign {
 public:
  /// REQUIRES: every kind named exists.
  Campaign(Stage& stage, CampaignOptions options);

  /// Runs to the end, printing one line a cycle.
  Report run();

 private:
  void choose_kinds();
  bool start();
  [[nodiscard]] bool time_is_left(std::uint64_t cycle) const;
  bool run_cycle(std::uint64_t cycle, const FaultKind& kind);
  bool hold(const ActiveFault& fault, std::int64_t hold_ms);
  bool recovered(std::int64_t since_us);
  bool all_back();
  bool healthy_run(const std::set<std::size_t>& affected);
  [[nodiscard]] std::int64_t longest_wait_ms(const std::set<std::size_t>& affected, std::int64_t from_us,
                                             std::int64_t to_us) const;
  void come_to_rest();
  void judge();
  void audit(std::size_t node);
  void violation(const std::string& sentence);

  Stage& stage_;
  CampaignOptions options_;
  std::vector<FaultKind> kinds_;
  Report report_;
  std::int64_t started_us_ = 0;
};

}  // namespace kimberlite::chaos
