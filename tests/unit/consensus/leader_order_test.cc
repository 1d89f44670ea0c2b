// The order of leaders against a naive reading of its definition.
#include "consensus/leader_order.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/unit/consensus/bench.h"

namespace kimberlite::consensus::bench {
namespace {

/// The definition, word by word: all words of 100 blocks laid out first, then one Fisher-Yates pass.
std::vector<ValidatorIndex> naive_order(const Digest& seed, std::size_t validators) {
  std::vector<std::uint64_t> words;
  for (unsigned char counter = 0; counter < 100; ++counter) {
    std::string bytes(seed.view());
    bytes += std::string(7, '\0') + static_cast<char>(counter);
    const Digest block = tagged_digest("kimberlite/v1/leaders", bytes);
    for (std::size_t at = 0; at < 32; at += 4)
      words.push_back(block.bytes[at] * 0x1000000ULL + block.bytes[at + 1] * 0x10000ULL +
                      block.bytes[at + 2] * 0x100ULL + block.bytes[at + 3]);
  }
  std::vector<ValidatorIndex> order(validators);
  std::iota(order.begin(), order.end(), 0U);
  auto word = words.begin();
  for (std::size_t bound = validators; bound >= 2; --bound) {
    while (*word >= 0x100000000ULL / bound * bound) ++word;
    std::swap(order[bound - 1], order[*word++ % bound]);
  }
  return order;
}

RC_GTEST_PROP(LeaderOrder, IsItsDefinition, ()) {
  Digest seed;
  for (auto& byte : seed.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  const auto validators = *rc::gen::inRange<std::size_t>(1, 86);
  RC_ASSERT(LeaderOrder(seed, validators).order() == naive_order(seed, validators));
}

RC_GTEST_PROP(LeaderOrder, EveryoneLeadsOnceInAnyNViews, ()) {
  const auto validators = *rc::gen::inRange<std::size_t>(1, 86);
  const LeaderOrder order(digest_of(*rc::gen::arbitrary<std::uint8_t>()), validators);
  const auto first = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
  std::vector<int> turns(validators);
  for (std::uint64_t view = first; view < first + validators; ++view) ++turns[order.leader(View{view})];
  RC_ASSERT(turns == std::vector<int>(validators, 1));
}

TEST(LeaderOrder, DependsOnTheSeed) {
  EXPECT_NE(LeaderOrder(digest_of(1), 46).order(), LeaderOrder(digest_of(2), 46).order());
}

}  // namespace
}  // namespace kimberlite::consensus::bench
