// Assertions that stay on in release: a replica that cannot trust its own memory or disk must stop at once.
// Never for input from outside (that is std::expected's job). Thread-safe.
#pragma once

#include <string_view>

namespace kimberlite {

/// Prints `file:line`, the failed condition and what was expected to standard error, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line,
                                   std::string_view expected) noexcept;

}  // namespace kimberlite

/// Stops the process unless `condition` holds; `expected` says in words what should have been true.
#define KIMBERLITE_ASSERT(condition, expected)                                  \
  do {                                                                          \
    if (!(condition)) [[unlikely]]                                              \
      ::kimberlite::assertion_failed(#condition, __FILE__, __LINE__, expected); \
  } while (false)
