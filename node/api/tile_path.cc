#include "node/api/tile_path.h"

#include <algorithm>
#include <limits>

namespace kimberlite::api {
namespace {

constexpr std::string_view kPrefix = "/tile/";
constexpr std::string_view kEntries = "entries/";
constexpr std::string_view kPartial = ".p/";

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

/// A decimal number up to `max` without leading zeros.
std::optional<unsigned> parse_small(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char digit : text) {
    if (!is_digit(digit)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(digit - '0');
  }
  if (value > max) return std::nullopt;
  return value;
}

/// <N>: groups of three digits, all but the last behind an "x", the first not zero unless it is the only one.
std::optional<std::uint64_t> parse_index(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (bool first = true;; first = false) {
    const bool last = !text.starts_with('x');
    if (!last) text.remove_prefix(1);
    const std::string_view group = text.substr(0, 3);
    if (group.size() != 3 || !std::ranges::all_of(group, is_digit)) return std::nullopt;
    std::uint64_t digits = 0;
    for (const char digit : group) digits = digits * 10 + static_cast<std::uint64_t>(digit - '0');
    if (first && !last && digits == 0) return std::nullopt;
    if (value > (kMax - digits) / 1000) return std::nullopt;
    value = value * 1000 + digits;
    text.remove_prefix(3);
    if (last) return text.empty() ? std::optional(value) : std::nullopt;
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  }
}

}  // namespace

std::optional<TilePath> parse_tile_path(std::string_view path) {
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  TilePath result{.width = kTileWidthMax};
  if (path.starts_with(kEntries)) {
    result.entries = true;
    path.remove_prefix(kEntries.size());
  } else {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto level = parse_small(path.substr(0, slash), kTileLevelMax);
    if (!level) return std::nullopt;
    result.level = *level;
    path.remove_prefix(slash + 1);
  }
  const std::size_t partial = path.find(kPartial);
  if (partial != std::string_view::npos) {
    const auto width = parse_small(path.substr(partial + kPartial.size()), kTileWidthMax - 1);
    if (!width || *width == 0) return std::nullopt;
    result.width = *width;
    path = path.substr(0, partial);
  }
  const auto index = parse_index(path);
  if (!index) return std::nullopt;
  result.index = *index;
  return result;
}

bool tile_exists(const TilePath& path, std::uint64_t log_size) {
  constexpr unsigned kBitsPerLevel = 8;
  const unsigned shift = kBitsPerLevel * path.level;
  const std::uint64_t hashes = shift < 64 ? log_size >> shift : 0;
  const std::uint64_t full_tiles = hashes / kTileWidthMax;
  if (path.index != full_tiles) return path.index < full_tiles;
  return path.width <= hashes % kTileWidthMax;
}

}  // namespace kimberlite::api
