// The rules: see judge.h.
#include "tests/cluster/bounds/judge.h"

#include <algorithm>
#include <cstdio>

namespace kimberlite::bounds {
namespace {

std::string mib(std::uint64_t bytes) {
  constexpr std::uint64_t kMebibyte = 1024 * 1024;
  return std::to_string(bytes / kMebibyte) + " MiB";
}

std::string two_decimals(double value) {
  constexpr std::size_t kTextMax = 32;
  char text[kTextMax];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

std::vector<std::string> judge(const Sample& sample, const Demands& demands) {
  std::vector<std::string> broken;
  const std::uint64_t growth = sample.memory_peak - std::min(sample.memory_before, sample.memory_peak);
  if (growth > sample.growth_allowed)
    broken.push_back("memory grew by " + mib(growth) + ", allowed were " + mib(sample.growth_allowed));
  const std::int64_t beyond = std::max<std::int64_t>(sample.folder_growth - sample.folder_growth_other, 0);
  if (static_cast<std::uint64_t>(beyond) > demands.folder_bytes_max)
    broken.push_back("the data folder grew by " + mib(static_cast<std::uint64_t>(beyond)) + " more than another's");
  if (sample.files_peak > demands.files_max)
    broken.push_back(std::to_string(sample.files_peak) + " descriptors, allowed were " +
                     std::to_string(demands.files_max));
  if (sample.others_before.final_count == 0) broken.emplace_back("nothing was final before the attack");
  if (sample.others_before.final_count > 0 && sample.goodput_ratio() < demands.goodput_ratio_min)
    broken.push_back("goodput of the others fell to " + two_decimals(sample.goodput_ratio()) + ", at least " +
                     two_decimals(demands.goodput_ratio_min) + " is asked for");
  if (sample.attack_bytes == 0 && sample.attack_connections == 0) broken.emplace_back("the attack did nothing");
  for (const auto& node : sample.ended) broken.push_back("the node of " + node + " ended");
  if (!sample.equal) broken.emplace_back("the nodes' logs did not become equal again");
  if (sample.lost > 0) broken.push_back(std::to_string(sample.lost) + " final envelopes are lost");
  return broken;
}

}  // namespace kimberlite::bounds
