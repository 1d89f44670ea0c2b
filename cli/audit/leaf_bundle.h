// Entry bundles: leaves with 16-bit big-endian length prefixes, one after another. Thread-safe: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kimberlite::cli {

/// What could be read of a bundle.
struct LeafBundle {
  std::vector<std::string_view> leaves;  ///< views into the bytes given
  std::string fault;                     ///< empty: exactly `width` leaves and nothing after them
};

/// Splits a bundle that should hold `width` leaves. With `may_be_longer`, leaves after them are ignored.
LeafBundle split_bundle(std::string_view bytes, std::uint64_t width, bool may_be_longer);

}  // namespace kimberlite::cli
