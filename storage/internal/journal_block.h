// Blocks of the vote journal in bytes (storage/FORMAT.md, "votes"). Every block names its own number, so that a block
// in the wrong place, of an earlier lap or of another key is never taken for the one expected. Pure functions;
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/ed25519.h"

namespace kimberlite::storage {

/// Blocks are written whole: what was synced never shares a sector with what is written later.
inline constexpr std::size_t kJournalBlockBytes = 4096;
inline constexpr std::size_t kJournalBlockFields = 80;
inline constexpr std::size_t kJournalChecksumBytes = 8;
inline constexpr std::size_t kJournalBlockPayload = kJournalBlockBytes - kJournalBlockFields - kJournalChecksumBytes;
/// Most blocks that one sync covers, so most that a power cut can tear.
inline constexpr std::uint64_t kJournalGroupBlocksMax = 16;
/// Fewest blocks a half may have beside its header.
inline constexpr std::uint64_t kJournalHalfBlocksMin = 2 * kJournalGroupBlocksMax;

/// One block of a record.
struct JournalBlock {
  std::uint64_t number{};       ///< from 1, ascending by one; stands at position (number - 1) mod blocks of a half
  std::uint64_t group_first{};  ///< numbers of the first and last block that were synced together
  std::uint64_t group_last{};
  std::uint64_t sequence{};  ///< of the record
  std::uint16_t part{};      ///< this block is part `part` of `parts` of the record
  std::uint16_t parts{};
  std::string payload;  ///< at most kJournalBlockPayload bytes
};

std::string encode_journal_block(const JournalBlock& block, const PublicKey& identity);

/// A block as it was read.
struct ReadBlock {
  JournalBlock block;
  PublicKey identity;
};
/// nullopt if checksum or shape are not right.
std::optional<ReadBlock> decode_journal_block(std::string_view bytes);

/// The first block of each half: format, size of the file, identity.
std::string encode_journal_header(std::uint64_t file_bytes, const PublicKey& identity);
struct JournalHeader {
  std::uint64_t file_bytes{};
  PublicKey identity;
};
/// nullopt if checksum, magic or format are not right.
std::optional<JournalHeader> decode_journal_header(std::string_view bytes);

}  // namespace kimberlite::storage
