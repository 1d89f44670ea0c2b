// UTF-8 as Unicode defines it (no overlong forms, no surrogates, nothing above U+10FFFF). Thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace kimberlite {

/// One code point and the bytes it takes; 0 bytes: the text does not start with a valid code point.
struct CodePoint {
  char32_t value{};
  std::size_t bytes{};
};

/// The first code point of a text that is not empty.
CodePoint first_code_point(std::string_view text);
/// True if the whole text is UTF-8.
bool is_utf8(std::string_view text);
/// True for the code points that Unicode calls white space.
bool is_unicode_space(char32_t code_point);

}  // namespace kimberlite
