#include "consensus/leader_order.h"

#include <cstdint>
#include <string>
#include <utility>

#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

/// The stream of words that a seed determines.
class WordStream {
 public:
  explicit WordStream(const Digest& seed) : seed_(seed) {}

  std::uint32_t next() {
    if (used_ == Digest::kSize) {
      std::string bytes(seed_.view());
      for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((counter_ >> shift) & 0xff));
      block_ = tagged_digest("kimberlite/v1/leaders", bytes);
      ++counter_;
      used_ = 0;
    }
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) word = (word << 8) | block_.bytes[used_++];
    return word;
  }

  /// Uniform below `bound`.
  std::uint32_t below(std::uint32_t bound) {
    const std::uint64_t words = std::uint64_t{1} << 32;
    const std::uint64_t fair = words - words % bound;
    std::uint64_t word = next();
    while (word >= fair) word = next();
    return static_cast<std::uint32_t>(word % bound);
  }

 private:
  Digest seed_;
  Digest block_;
  std::uint64_t counter_ = 0;
  std::size_t used_ = Digest::kSize;
};

}  // namespace

LeaderOrder::LeaderOrder(const Digest& seed, std::size_t validators) {
  KIMBERLITE_ASSERT(validators > 0, "at least one validator");
  order_.reserve(validators);
  for (std::size_t i = 0; i < validators; ++i) order_.push_back(static_cast<ValidatorIndex>(i));
  WordStream words(seed);
  for (std::size_t place = validators - 1; place > 0; --place)
    std::swap(order_[place], order_[words.below(static_cast<std::uint32_t>(place + 1))]);
}

}  // namespace kimberlite::consensus
