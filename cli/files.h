// Reading and writing whole local files, with errors that name the file. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::cli {

inline constexpr std::size_t kFileBytesMax = 256UL * 1024 * 1024;
inline constexpr mode_t kPublicMode = 0644;
inline constexpr mode_t kSecretMode = 0600;

/// The file's bytes. NOT_FOUND if there is none, STORE_IO if it cannot be read, BAD_REQUEST above `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max = kFileBytesMax);
/// Writes a file that must not exist yet. BAD_REQUEST if it does, STORE_IO otherwise.
Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode = kPublicMode);
/// Writes beside the file, then renames over it, so that readers see the old or the new one. STORE_IO.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);
/// Creates the folder and its parents. STORE_IO.
Result<void> make_folder(const std::filesystem::path& path);

}  // namespace kimberlite::cli
