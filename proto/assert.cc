#include "proto/assert.h"

#include <cstdio>
#include <cstdlib>

namespace kimberlite {

void assertion_failed(const char* condition, const char* file, int line, std::string_view expected) noexcept {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\nexpected: %.*s\n", file, line, condition,
               static_cast<int>(expected.size()), expected.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace kimberlite
