// A RocksDB batch that appends to the log: leaves, hashes and the indices over both. One owner; nothing is written
// before the caller writes the batch.
#pragma once

#include <rocksdb/write_batch.h>

#include <string_view>

#include "proto/block.h"
#include "storage/internal/database.h"
#include "storage/internal/records.h"

namespace kimberlite::storage {

class LogBatch {
 public:
  /// `record`: where the log stands.
  LogBatch(const Database& database, TipRecord record);

  /// Puts a key of a family, or removes it.
  void put(Family family, std::string_view key, std::string_view value);
  void remove(Family family, std::string_view key);
  /// Removes all keys of a family.
  void remove_all(Family family);
  /// Lays the bytes over what stands there, as the family's merge does.
  void merge(Family family, std::string_view key, std::string_view value);

  /// The leaf of an accepted envelope of the block that comes after the tip.
  void append_envelope(std::string_view leaf, const Digest& id);
  /// The leaf of that block's record, which becomes the tip. REQUIRES: `header` is what the leaf says.
  void append_record(std::string_view leaf, const BlockHeader& header);

  /// Where the log stands after what was appended so far.
  [[nodiscard]] const TipRecord& record() const { return record_; }
  [[nodiscard]] rocksdb::WriteBatch& batch() { return batch_; }

 private:
  void append_leaf(std::string_view leaf);

  const Database& database_;
  TipRecord record_;
  rocksdb::WriteBatch batch_;
};

}  // namespace kimberlite::storage
