// Building short texts (state keys, the sentences of refusals) with one allocation. Thread-safe: pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace kimberlite::ledger {

/// The parts one after the other.
inline std::string concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return text;
}

}  // namespace kimberlite::ledger
