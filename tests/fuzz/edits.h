// Spoils a sound value by edits that the fuzzer chooses: far more of its inputs then reach the checks behind the
// parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kimberlite::fuzz {

/// Applies triples (offset high byte, offset low byte, byte to xor) to `bytes`; offsets wrap around. What is left over
/// of the input is ignored.
inline std::string edited(std::string bytes, const std::uint8_t* data, std::size_t size) {
  for (; size >= 3 && !bytes.empty(); data += 3, size -= 3) {
    char& target = bytes[(std::size_t{data[0]} << 8 | data[1]) % bytes.size()];
    target = static_cast<char>(target ^ data[2]);
  }
  return bytes;
}

/// The input as a byte string.
inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace kimberlite::fuzz
