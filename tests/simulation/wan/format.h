// One line of text as printf writes it; what is longer than 511 bytes is cut.
#pragma once

#include <cstdio>
#include <string>

namespace kimberlite::wan {

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char line[512];
  std::snprintf(line, sizeof line, pattern, values...);
  return line;
}

}  // namespace kimberlite::wan
