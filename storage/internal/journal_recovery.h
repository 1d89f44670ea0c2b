// What the two halves of a journal file say together: the records that were acknowledged, and the blocks to write so
// that both halves say it. Pure: reads bytes, writes nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "proto/error.h"
#include "storage/vote_journal.h"

namespace kimberlite::storage {

/// The result of reading a journal back.
struct JournalRecovery {
  struct Repair {
    std::uint64_t offset{};  ///< in the file
    std::string block;
  };
  bool is_new{};
  std::vector<JournalEntry> entries;
  std::uint64_t next_sequence{1};
  std::uint64_t next_block{1};
  std::vector<Repair> repairs;  ///< copies to restore, and blocks of a torn group to erase
};

/// Reads the whole file's bytes. Errors: JOURNAL_CORRUPT, JOURNAL_OTHER_KEY.
Result<JournalRecovery> recover_journal(std::string_view file, const PublicKey& identity);

}  // namespace kimberlite::storage
