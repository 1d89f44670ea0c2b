// Reads the test vectors under tests/data/vectors: lines of fields parted by '|', '#' starts a comment line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"

namespace kimberlite::test {

/// Path of a vector file.
std::string vector_path(std::string_view name);
/// The bytes of a vector file; fails the test if it cannot be read.
std::string read_vector_file(std::string_view name);
/// Its lines without comments, split at `separator`.
std::vector<std::vector<std::string>> read_vector_lines(std::string_view name);
/// `text` split at `separator`; no parts if it is empty.
std::vector<std::string> split(std::string_view text, char separator);
/// Bytes of hex; fails the test if it is not hex.
std::string unhex(std::string_view hex);
/// Digest of 64 hex characters; fails the test otherwise.
Digest digest_of_hex(std::string_view hex);
/// Digests of a comma-separated list of hex.
std::vector<Digest> digests_of_hex(std::string_view list);

}  // namespace kimberlite::test
