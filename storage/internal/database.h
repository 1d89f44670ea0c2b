// One RocksDB with its column families, opened with the settings that the store's promises rest on: a write-ahead log
// that tolerates a torn tail and nothing else, checksums everywhere, bounded memory, no write while idle. Private to
// storage/ and its tests. Thread-safe, as RocksDB is.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::storage {

/// Kinds of data, one column family each. Names and formats: storage/FORMAT.md.
enum class Family : std::size_t {
  kMeta,          ///< format, chain id, tip; RocksDB's "default"
  kLeaves,        ///< log index -> leaf
  kTiles,         ///< level and index -> hash, at every eighth level of the tree
  kState,         ///< readable key -> value
  kMap,           ///< page id -> page of the sparse Merkle map
  kEnvelopes,     ///< envelope id -> height and log index
  kBlocks,        ///< height -> log index of the record; block digest -> height
  kBodies,        ///< undecided bodies
  kCertificates,  ///< newest finalization and checkpoint
  kEvidence,      ///< evidence of equivocation
};
inline constexpr std::size_t kFamilies = 10;
inline constexpr std::array<std::string_view, kFamilies> kFamilyNames = {
    "default", "leaves", "tiles", "state", "map", "envelopes", "blocks", "bodies", "certificates", "evidence"};

inline constexpr std::size_t kBlockCacheBytes = 64ULL << 20;   ///< cached blocks, indices and filters of all families
inline constexpr std::size_t kWriteBufferBytes = 32ULL << 20;  ///< memtables of all families together
inline constexpr std::size_t kFamilyWriteBufferBytes = 16ULL << 20;  ///< memtable of one family
inline constexpr std::size_t kWalBytesMax = 128ULL << 20;            ///< replayed at worst when opening
inline constexpr int kOpenFilesMax = 512;
/// Room that the disk must have for a write: two memtables. RocksDB may abort without a word when it meets a full disk.
inline constexpr std::uint64_t kFreeBytesMin = 64ULL << 20;

/// STORE_CORRUPT or STORE_IO, from what RocksDB says. REQUIRES: not ok.
std::unexpected<Error> database_error(const rocksdb::Status& status, std::string_view what);

/// STORE_IO if the disk of `directory` has less room than kFreeBytesMin. An env that cannot tell has enough.
Result<void> check_room(const std::filesystem::path& directory, rocksdb::Env& env);

class Database {
 public:
  /// What is in a folder before it is opened.
  struct Contents {
    bool exists{};                 ///< RocksDB's CURRENT file is there
    bool files_without_current{};  ///< tables or logs, but no CURRENT
    bool unknown_family{};
    bool family_missing{};
  };
  /// STORE_IO, STORE_CORRUPT.
  static Result<Contents> inspect(const std::filesystem::path& directory, rocksdb::Env& env);

  /// Opens with the families that exist; creates those that are missing if `create`.
  /// Errors: STORE_LOCKED, STORE_CORRUPT, STORE_IO.
  static Result<std::shared_ptr<Database>> open(const std::filesystem::path& directory, rocksdb::Env& env, bool create);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] rocksdb::DB& rocks() const { return *rocks_; }
  /// REQUIRES: the family was opened.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const;
  [[nodiscard]] bool has(Family family) const { return families_[static_cast<std::size_t>(family)] != nullptr; }

  /// The value of a key; nullopt if there is none. STORE_CORRUPT, STORE_IO.
  [[nodiscard]] Result<std::optional<std::string>> get(const rocksdb::ReadOptions& options, Family family,
                                                       std::string_view key) const;
  /// True if the family holds nothing.
  [[nodiscard]] Result<bool> is_empty(Family family) const;

 private:
  Database() = default;

  std::unique_ptr<rocksdb::DB> rocks_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families_{};
  std::vector<rocksdb::ColumnFamilyHandle*> unknown_;
};

/// Our view of RocksDB's bytes.
inline std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
inline rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace kimberlite::storage
