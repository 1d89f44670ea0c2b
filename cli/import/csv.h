// Comma-separated values as in RFC 4180: quoted cells, doubled quotes, line breaks inside quotes. Thread-safe: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"

namespace kimberlite::cli {

struct CsvRow {
  std::uint64_t line{};  ///< where the row begins, from 1
  std::vector<std::string> cells;
};

/// All rows that are not empty. BAD_REQUEST with the line for a quote that never ends or text after a closing quote.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);

}  // namespace kimberlite::cli
