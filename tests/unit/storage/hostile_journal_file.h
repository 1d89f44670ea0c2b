// A vote journal's file in memory: what was written, what was synced, and calls that fail on demand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/vote_journal.h"

namespace kimberlite::storage::testing {

/// What survives the journal object: the test looks at it and reopens it.
struct JournalDisk {
  struct Write {
    std::uint64_t offset{};
    std::string bytes;
  };

  explicit JournalDisk(std::size_t bytes) : synced(bytes, '\0'), current(bytes, '\0') {}

  std::string synced;           ///< what a power cut leaves for sure
  std::string current;          ///< what a reader sees
  std::vector<Write> unsynced;  ///< since the last sync, in order
  std::uint64_t calls{};        ///< of any kind so far
  std::uint64_t fail_at{
      UINT64_MAX};  ///< this call fails: a write after half of its bytes, a sync having synced nothing
  bool forgets{};   ///< as Linux does: what a failed sync was to write counts as written, and no later one writes it
};

class HostileJournalFile final : public JournalFile {
 public:
  explicit HostileJournalFile(std::shared_ptr<JournalDisk> disk) : disk_(std::move(disk)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    if (fails()) return failure("read");
    return disk_->current.substr(static_cast<std::size_t>(offset), size);
  }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    const bool failing = fails();
    if (failing) bytes = bytes.substr(0, bytes.size() / 2);
    disk_->current.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
    disk_->unsynced.push_back({offset, std::string(bytes)});
    if (failing) return failure("write");
    return {};
  }
  Result<void> sync() override {
    const bool failing = fails();
    if (!failing && !disk_->forgets) disk_->synced = disk_->current;
    if (!failing && disk_->forgets) {
      for (const auto& write : disk_->unsynced)
        disk_->synced.replace(static_cast<std::size_t>(write.offset), write.bytes.size(), write.bytes);
    }
    if (!failing || disk_->forgets) disk_->unsynced.clear();
    if (failing) return failure("sync");
    return {};
  }
  [[nodiscard]] std::uint64_t size() const override { return disk_->current.size(); }

 private:
  bool fails() { return disk_->calls++ == disk_->fail_at; }
  static std::unexpected<Error> failure(std::string call) {
    return fail(Reason::STORE_IO, "vote journal", std::move(call) + " fails on demand");
  }

  std::shared_ptr<JournalDisk> disk_;
};

}  // namespace kimberlite::storage::testing
