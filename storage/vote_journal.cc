#include "storage/vote_journal.h"

#include <algorithm>
#include <utility>

#include "proto/assert.h"
#include "storage/internal/journal_block.h"
#include "storage/internal/journal_recovery.h"

namespace kimberlite::storage {
namespace {

// An empty record still takes a block.
std::uint64_t blocks_of(const JournalEntry& entry) {
  return std::max<std::uint64_t>(1, (entry.payload.size() + kJournalBlockPayload - 1) / kJournalBlockPayload);
}

static_assert((kJournalPayloadMax + kJournalBlockPayload - 1) / kJournalBlockPayload <= kJournalGroupBlocksMax,
              "every record fits one group");
static_assert(kJournalBytes % (2 * kJournalBlockBytes) == 0);

}  // namespace

VoteJournal::VoteJournal(std::unique_ptr<JournalFile> file, const PublicKey& identity)
    : file_(std::move(file)), identity_(identity) {}

Result<std::unique_ptr<VoteJournal>> VoteJournal::open(std::unique_ptr<JournalFile> file, const PublicKey& identity) {
  const Result<std::string> bytes = file->read(0, static_cast<std::size_t>(file->size()));
  if (!bytes) return std::unexpected(bytes.error());
  Result<JournalRecovery> recovery = recover_journal(*bytes, identity);
  if (!recovery) return std::unexpected(recovery.error());

  std::unique_ptr<VoteJournal> journal(new VoteJournal(std::move(file), identity));
  journal->recovered_ = std::move(recovery->entries);
  journal->is_new_ = recovery->is_new;
  journal->next_sequence_ = recovery->next_sequence;
  journal->next_block_ = recovery->next_block;
  for (const JournalRecovery::Repair& repair : recovery->repairs) {
    const Result<void> written = journal->file_->write(repair.offset, repair.block);
    if (!written) return std::unexpected(written.error());
  }
  // Always: after a crash of the process alone, what was read may be in the page cache only, and is acted on from now
  // on.
  if (const Result<void> synced = journal->sync(); !synced) return std::unexpected(synced.error());
  return journal;
}

Result<void> VoteJournal::append(std::span<const JournalEntry> entries) {
  if (failed_) return fail(Reason::STORE_IO, "vote journal", "an earlier write failed: what the disk holds is unknown");
  while (!entries.empty()) {
    std::size_t count = 0;
    std::uint64_t blocks = 0;
    while (count < entries.size() && blocks + blocks_of(entries[count]) <= kJournalGroupBlocksMax) {
      blocks += blocks_of(entries[count]);
      ++count;
    }
    KIMBERLITE_ASSERT(count > 0, "a record fits one group of blocks");
    failed_ = true;
    if (Result<void> written = write_group(entries.first(count), blocks); !written) return written;
    failed_ = false;
    entries = entries.subspan(count);
  }
  return {};
}

Result<void> VoteJournal::write_group(std::span<const JournalEntry> entries, std::uint64_t blocks) {
  const std::uint64_t group_first = next_block_;
  const std::uint64_t group_last = next_block_ + blocks - 1;
  for (const JournalEntry& entry : entries) {
    KIMBERLITE_ASSERT(entry.sequence == next_sequence_, "sequences ascend by one");
    KIMBERLITE_ASSERT(entry.payload.size() <= kJournalPayloadMax, "a payload has at most kJournalPayloadMax bytes");
    const std::uint64_t parts = blocks_of(entry);
    for (std::uint64_t part = 0; part < parts; ++part) {
      JournalBlock block{
          next_block_,
          group_first,
          group_last,
          entry.sequence,
          static_cast<std::uint16_t>(part),
          static_cast<std::uint16_t>(parts),
          entry.payload.substr(static_cast<std::size_t>(part) * kJournalBlockPayload, kJournalBlockPayload)};
      if (Result<void> written = write_block(next_block_, encode_journal_block(block, identity_)); !written) {
        return written;
      }
      ++next_block_;
    }
    ++next_sequence_;
  }
  return sync();
}

Result<void> VoteJournal::write_block(std::uint64_t number, std::string_view block) {
  const std::uint64_t half_bytes = file_->size() / 2;
  const std::uint64_t position = (number - 1) % (half_bytes / kJournalBlockBytes - 1);
  const std::uint64_t offset = (1 + position) * kJournalBlockBytes;
  if (Result<void> first = file_->write(offset, block); !first) return first;
  return file_->write(half_bytes + offset, block);
}

Result<void> VoteJournal::sync() {
  Result<void> synced = file_->sync();
  if (synced) ++synced_writes_;
  return synced;
}

}  // namespace kimberlite::storage
