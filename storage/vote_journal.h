// The vote journal: a small preallocated file, written round and round, synced before any vote leaves (consensus,
// Durable). Its blocks have checksums, numbers and the identity of the key, and each is written twice, in two halves of
// the file, so that a torn last write (cut: never sent) is told from rot: rot in one half is healed, rot in both makes
// the replica abstain. Format and the reasoning: storage/FORMAT.md. One owner; append() blocks until the disk has it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "proto/error.h"

namespace kimberlite::storage {

/// Size of a new journal file: room for two thousand votes with their certificates, twice.
inline constexpr std::uint64_t kJournalBytes = 16ULL * 1024 * 1024;
/// Largest payload of one record (a vote and a certificate of 85 signatures fit).
inline constexpr std::size_t kJournalPayloadMax = 16 * 1024;

/// A record: sequence ascending by one, payload opaque.
struct JournalEntry {
  std::uint64_t sequence{};
  std::string payload;
};

/// The file as the journal sees it: one seam for the outside world, so that tests can make every call fail or tear.
class JournalFile {
 public:
  virtual ~JournalFile() = default;
  virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
  virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
  virtual Result<void> sync() = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

/// Creates (filled with zeros, synced, its folder synced, then named) or opens a real file, locked against other
/// processes. STORE_IO (also if it exists, or does not), STORE_LOCKED.
Result<std::unique_ptr<JournalFile>> create_journal_file(const std::filesystem::path& path, std::uint64_t bytes);
Result<std::unique_ptr<JournalFile>> open_journal_file(const std::filesystem::path& path);

class VoteJournal {
 public:
  /// Reads everything back, cuts a torn tail, heals what is damaged in one half. A file of zeros becomes a new journal.
  /// Errors: JOURNAL_CORRUPT (rot), JOURNAL_OTHER_KEY, STORE_IO.
  static Result<std::unique_ptr<VoteJournal>> open(std::unique_ptr<JournalFile> file, const PublicKey& identity);

  /// Every readable record, oldest first; sequences without a gap.
  [[nodiscard]] const std::vector<JournalEntry>& recovered() const { return recovered_; }
  /// True if open() found a file of zeros. A store that says journal_created() has then lost its votes.
  [[nodiscard]] bool is_new() const { return is_new_; }
  /// The sequence that the next record must have (1 in a new journal).
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }
  /// Writes the records and syncs (once for every 16 blocks of 4,008 bytes). REQUIRES: sequences follow.
  /// STORE_IO: the process must stop; further calls fail too.
  Result<void> append(std::span<const JournalEntry> entries);
  [[nodiscard]] std::uint64_t synced_writes() const { return synced_writes_; }

 private:
  VoteJournal(std::unique_ptr<JournalFile> file, const PublicKey& identity);
  Result<void> write_block(std::uint64_t number, std::string_view block);
  Result<void> write_group(std::span<const JournalEntry> entries, std::uint64_t blocks);
  Result<void> sync();

  std::unique_ptr<JournalFile> file_;
  PublicKey identity_;
  std::vector<JournalEntry> recovered_;
  bool is_new_{false};
  bool failed_{false};
  std::uint64_t next_sequence_{1};
  std::uint64_t next_block_{1};
  std::uint64_t synced_writes_{};
};

}  // namespace kimberlite::storage
