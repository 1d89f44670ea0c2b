// Whole files: see files.h.
#include "cli/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace kimberlite::cli {

namespace {

std::unexpected<Error> io_failure(const std::filesystem::path& path, std::string_view what, int error) {
  return fail(Reason::STORE_IO, path.string(), std::string(what) + ": " + std::strerror(error));
}

Result<void> write_all(int descriptor, const std::filesystem::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      return io_failure(path, "cannot write", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::error_code status;
  if (!std::filesystem::exists(path, status)) {
    return fail(Reason::NOT_FOUND, path.string(), "there is no such file");
  }
  if (!std::filesystem::is_regular_file(path, status)) {
    return fail(Reason::BAD_REQUEST, path.string(), "this is not a regular file");
  }
  if (std::filesystem::file_size(path, status) > bytes_max) {
    return fail(Reason::BAD_REQUEST, path.string(), "the file is larger than " + std::to_string(bytes_max) + " bytes");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file.good() && !file.eof()) {
    return fail(Reason::STORE_IO, path.string(), "the file cannot be read");
  }
  return std::move(bytes).str();
}

Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    if (errno == EEXIST) {
      return fail(Reason::BAD_REQUEST, path.string(),
                  "the file exists already and is never overwritten; move it away first");
    }
    return io_failure(path, "cannot create", errno);
  }
  auto written = write_all(descriptor, path, bytes);
  if (written && ::fsync(descriptor) != 0) {
    written = io_failure(path, "cannot sync", errno);
  }
  ::close(descriptor);
  if (!written) ::unlink(path.c_str());  // or a half of it would be in the way of the next try
  return written;
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path beside = path.string() + ".new";
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  if (auto written = write_new_file(beside, bytes); !written) {
    return written;
  }
  std::error_code status;
  std::filesystem::rename(beside, path, status);
  if (status) {
    return fail(Reason::STORE_IO, path.string(), "cannot replace: " + status.message());
  }
  return {};
}

Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code status;
  std::filesystem::create_directories(path, status);
  if (status) {
    return fail(Reason::STORE_IO, path.string(), "cannot create the folder: " + status.message());
  }
  return {};
}

}  // namespace kimberlite::cli
