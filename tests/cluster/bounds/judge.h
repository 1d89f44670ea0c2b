// What was measured while an attack lasted, and what must hold of it. judge_test.cc shows each rule failing.
// Thread-safe: pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kimberlite::bounds {

/// The load's figures of one kind of clients.
struct Goodput {
  std::uint64_t offered{};
  std::uint64_t final_count{};
  double p99_ms{};

  [[nodiscard]] double share() const {
    return offered == 0 ? 0 : static_cast<double>(final_count) / static_cast<double>(offered);
  }
};

struct Sample {
  std::string attack;
  std::uint64_t attack_bytes{};
  std::uint64_t attack_connections{};
  std::uint64_t memory_before{};  ///< resident bytes of the attacked node
  std::uint64_t memory_peak{};
  std::uint64_t growth_allowed{};         ///< of its memory
  std::uint64_t memory_peak_other{};      ///< of a node that was not attacked
  std::int64_t folder_growth{};           ///< bytes of the attacked node's data folder
  std::int64_t folder_growth_other{};     ///< the same of a node that was not attacked
  std::uint64_t files_peak{};             ///< descriptors of the attacked node
  std::map<std::string, double> refused;  ///< what the attacked node's metrics counted meanwhile, by reason
  Goodput others_before;                  ///< clients of nodes that are not attacked
  Goodput others;
  Goodput target_before;  ///< clients of the attacked node
  Goodput target;
  std::vector<std::string> ended;  ///< nodes whose process ended
  bool equal = true;               ///< afterwards all nodes show one log
  std::uint64_t lost{};            ///< envelopes answered FINAL that some node's log has not where it was said

  /// Final envelopes of clients of nodes that are not attacked, with the attack over without it.
  [[nodiscard]] double goodput_ratio() const {
    return others_before.share() > 0 ? others.share() / others_before.share() : 0;
  }
};

struct Demands {
  double goodput_ratio_min = 0.8;
  std::uint64_t folder_bytes_max{};  ///< by which the attacked node's folder may grow beyond another's
  std::uint64_t files_max{};
};

/// One sentence a broken demand; none: all hold.
std::vector<std::string> judge(const Sample& sample, const Demands& demands);

}  // namespace kimberlite::bounds
