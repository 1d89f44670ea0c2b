// A network, its liars, and one attack after another on one of its nodes, each beside a time without an attack. One
// owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load.h"
#include "tests/cluster/bounds/attack.h"
#include "tests/cluster/bounds/report.h"

namespace kimberlite::bounds {

struct CampaignOptions {
  std::size_t nodes = 4;
  double seconds = 5;  ///< of each attack
  double rate = 120;   ///< envelopes a second, of all clients together
  Demands demands;
  std::vector<std::string> kinds;  ///< empty: all
};

class Campaign {
 public:
  /// Starts the network, fills its log a little, and takes the liars' nodes away. Throws std::runtime_error.
  explicit Campaign(const CampaignOptions& options);

  /// Plays the attacks and prints a line each.
  Report run();

 private:
  struct Served {
    bench::LoadResult others;
    bench::LoadResult target;
    [[nodiscard]] static Goodput of(const bench::LoadResult& result) {
      return {result.final_count + result.other, result.final_count, result.p99_ms};
    }
  };
  void choose_liars();
  void write_big_block();
  Served serve(double seconds);
  Sample attack(const Attack& attack);
  void settle(Sample& sample);
  [[nodiscard]] std::uint64_t count_lost();
  [[nodiscard]] std::filesystem::path data_folder(const std::string& code) const;

  CampaignOptions options_;
  cluster::DaemonNetwork network_;
  Scene scene_;
  std::unique_ptr<bench::Load> others_load_;
  std::unique_ptr<bench::Load> target_load_;
  std::vector<cluster::FinalAnswer> finals_;  ///< all answers so far
};

}  // namespace kimberlite::bounds
