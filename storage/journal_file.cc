// The vote journal's file on a POSIX disk: pread, pwrite, fdatasync, and a lock that goes with the descriptor.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "storage/vote_journal.h"

namespace kimberlite::storage {
namespace {

constexpr std::size_t kFillBytes = 1024 * 1024;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

std::unexpected<Error> system_error(const std::filesystem::path& path, std::string_view call) {
  return fail(Reason::STORE_IO, path.string(),
              std::string(call) + ": " + std::error_code(errno, std::generic_category()).message());
}

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

class PosixJournalFile final : public JournalFile {
 public:
  PosixJournalFile(std::filesystem::path path, Descriptor descriptor, std::uint64_t size)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), size_(size) {}

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got =
          ::pread(descriptor_.number(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(path_, "pread");
      if (got == 0) return fail(Reason::STORE_IO, path_.string(), "the file ends early");
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return system_error(path_, "pwrite");
      bytes.remove_prefix(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_.number()) != 0) return system_error(path_, "fdatasync");
    return {};
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  const std::filesystem::path path_;
  const Descriptor descriptor_;
  const std::uint64_t size_;
};

Result<void> lock(const Descriptor& file, const std::filesystem::path& path) {
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) return fail(Reason::STORE_LOCKED, path.string(), "the vote journal is in use");
  return system_error(path, "flock");
}

Result<void> sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open() || ::fsync(descriptor.number()) != 0) return system_error(folder, "fsync");
  return {};
}

}  // namespace

Result<std::unique_ptr<JournalFile>> create_journal_file(const std::filesystem::path& path, std::uint64_t bytes) {
  const auto exists = [&path] {
    std::error_code error;
    return std::filesystem::exists(path, error) || error;
  };
  if (exists()) return fail(Reason::STORE_IO, path.string(), "there is a vote journal: it is never written over");
  // Filled under another name: a journal that has its name is whole.
  const std::filesystem::path unfinished = path.string() + ".new";
  Descriptor descriptor(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly));
  if (!descriptor.is_open()) return system_error(unfinished, "open");
  if (Result<void> locked = lock(descriptor, path); !locked) return std::unexpected(locked.error());
  // Once more, under the lock: another process may have finished what was opened here.
  if (exists()) return fail(Reason::STORE_IO, path.string(), "there is a vote journal: it is never written over");
  if (::ftruncate(descriptor.number(), 0) != 0) return system_error(unfinished, "ftruncate");

  auto file = std::make_unique<PosixJournalFile>(path, std::move(descriptor), bytes);
  // Written, not only reserved: a first write to reserved space would change the file's metadata in every sync.
  const std::string zeros(kFillBytes, '\0');
  for (std::uint64_t offset = 0; offset < bytes; offset += kFillBytes) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kFillBytes, bytes - offset));
    const Result<void> written = file->write(offset, std::string_view(zeros).substr(0, count));
    if (!written) return std::unexpected(written.error());
  }
  if (const Result<void> synced = file->sync(); !synced) return std::unexpected(synced.error());
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return system_error(path, "rename");
  if (const Result<void> synced = sync_folder(path); !synced) return std::unexpected(synced.error());
  return file;
}

Result<std::unique_ptr<JournalFile>> open_journal_file(const std::filesystem::path& path) {
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!descriptor.is_open()) return system_error(path, "open");
  if (const Result<void> locked = lock(descriptor, path); !locked) return std::unexpected(locked.error());
  struct stat status{};
  if (::fstat(descriptor.number(), &status) != 0) return system_error(path, "fstat");
  return std::make_unique<PosixJournalFile>(path, std::move(descriptor), static_cast<std::uint64_t>(status.st_size));
}

}  // namespace kimberlite::storage
