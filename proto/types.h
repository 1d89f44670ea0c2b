// Strong types for the numbers that must never be mistaken for one another, and for byte strings.
// Byte strings are std::string / std::string_view everywhere, as in protobuf's `bytes`. Thread-safe: plain values.
#pragma once

#include <compare>
#include <cstdint>

namespace kimberlite {

/// A 64-bit count with a meaning: ordered, explicit, no arithmetic between different tags.
template <typename Tag, typename Rep>
struct Strong {
  Rep value{};

  constexpr Strong() = default;
  constexpr explicit Strong(Rep initial) : value(initial) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

/// UTC milliseconds since 1970-01-01T00:00:00Z.
using TimeMs = Strong<struct TimeMsTag, std::int64_t>;
/// Position of a leaf in the log, from 0.
using LogIndex = Strong<struct LogIndexTag, std::uint64_t>;
/// Number of leaves in a log prefix.
using LogSize = Strong<struct LogSizeTag, std::uint64_t>;
/// Number of a block: genesis has height 0 (no record), the first block 1.
using Height = Strong<struct HeightTag, std::uint64_t>;
/// Epoch of consensus, from 1: a span of views with one validator set.
using Epoch = Strong<struct EpochTag, std::uint64_t>;
/// One leader's turn, from 1 in each epoch.
using View = Strong<struct ViewTag, std::uint64_t>;
/// Weight in hundredths of a carat.
using Centicarats = Strong<struct CenticaratsTag, std::int64_t>;
/// Value in hundredths of a US dollar.
using Cents = Strong<struct CentsTag, std::int64_t>;

}  // namespace kimberlite
