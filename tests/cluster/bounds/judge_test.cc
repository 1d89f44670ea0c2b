// Each rule of the judge, on a sample that breaks it and nothing else. Does not cover the measuring itself.
#include "tests/cluster/bounds/judge.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/cluster/bounds/limits.h"

namespace kimberlite::bounds {
namespace {

constexpr std::uint64_t kMebibyte = 1024 * 1024;

Sample good() {
  Sample sample{.attack = "some"};
  sample.attack_bytes = kMebibyte;
  sample.memory_before = 100 * kMebibyte;
  sample.memory_peak = 150 * kMebibyte;
  sample.growth_allowed = 50 * kMebibyte;
  sample.folder_growth = 3;
  sample.folder_growth_other = 2;
  sample.files_peak = 100;
  sample.others_before = {.offered = 100, .final_count = 100, .p99_ms = 10};
  sample.others = {.offered = 200, .final_count = 160, .p99_ms = 10};
  return sample;
}

const Demands kDemands{.goodput_ratio_min = 0.8, .folder_bytes_max = 1, .files_max = 100};

TEST(Judge, GoodSample) {
  EXPECT_TRUE(judge(good(), kDemands).empty());
}

TEST(Judge, EachRuleCanFail) {
  const std::vector<std::pair<std::string, std::function<void(Sample&)>>> rows{
      {"memory grew", [](Sample& sample) { sample.memory_peak += 1; }},
      {"data folder grew", [](Sample& sample) { sample.folder_growth += 1; }},
      {"descriptors", [](Sample& sample) { sample.files_peak += 1; }},
      {"nothing was final before", [](Sample& sample) { sample.others_before = {}; }},
      {"goodput of the others fell to 0.79", [](Sample& sample) { sample.others.final_count -= 2; }},
      {"goodput of the others fell to 0.00", [](Sample& sample) { sample.others.final_count = 0; }},
      {"the attack did nothing", [](Sample& sample) { sample.attack_bytes = 0; }},
      {"the node of BW ended", [](Sample& sample) { sample.ended = {"BW"}; }},
      {"did not become equal", [](Sample& sample) { sample.equal = false; }},
      {"1 final envelopes are lost", [](Sample& sample) { sample.lost = 1; }},
  };
  for (const auto& [words, spoil] : rows) {
    SCOPED_TRACE(words);
    Sample sample = good();
    spoil(sample);
    const auto broken = judge(sample, kDemands);
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_NE(broken.front().find(words), std::string::npos) << broken.front();
  }
}

TEST(Judge, LessMemoryAndASmallerFolderAreNoFault) {
  Sample sample = good();
  sample.memory_peak = sample.memory_before - kMebibyte;
  sample.folder_growth = -10;
  EXPECT_TRUE(judge(sample, kDemands).empty());
}

TEST(Limits, AnAttackIsHeldToWhatItReaches) {
  const auto lines = bound_lines(4, 1);
  const std::uint64_t store = growth_allowed(lines, {});
  EXPECT_GT(store, 0U);
  EXPECT_GT(growth_allowed(lines, {Bound::kReceived}), store);
  std::vector<Bound> all;
  for (const auto& line : lines) all.push_back(line.bound);
  EXPECT_EQ(growth_allowed(lines, all), total(lines));
}

TEST(Limits, GrowWithTheLiars) {
  EXPECT_GT(growth_allowed(bound_lines(7, 2), {Bound::kReceived}),
            growth_allowed(bound_lines(7, 1), {Bound::kReceived}));
}

}  // namespace
}  // namespace kimberlite::bounds
