#include "vector_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "proto/encoding.h"

namespace kimberlite::test {

std::string vector_path(std::string_view name) {
  return std::string(KIMBERLITE_SOURCE_DIR "/tests/data/vectors/").append(name);
}

std::string read_vector_file(std::string_view name) {
  std::ifstream file(vector_path(name), std::ios::binary);
  EXPECT_TRUE(file.is_open()) << vector_path(name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::vector<std::string>> read_vector_lines(std::string_view name) {
  std::vector<std::vector<std::string>> lines;
  for (const std::string& line : split(read_vector_file(name), '\n')) {
    if (!line.empty() && !line.starts_with('#')) lines.push_back(split(line, '|'));
  }
  return lines;
}

std::string unhex(std::string_view hex) {
  const std::optional<std::string> bytes = from_hex(hex);
  EXPECT_TRUE(bytes.has_value()) << hex;
  return bytes.value_or("");
}

Digest digest_of_hex(std::string_view hex) {
  const std::optional<Digest> digest = Digest::from_hex(hex);
  EXPECT_TRUE(digest.has_value()) << hex;
  return digest.value_or(Digest{});
}

std::vector<Digest> digests_of_hex(std::string_view list) {
  std::vector<Digest> digests;
  for (const std::string& hex : split(list, ',')) digests.push_back(digest_of_hex(hex));
  return digests;
}

}  // namespace kimberlite::test
