// Turns final blocks into one RocksDB batch, checking on the way that each follows from the one before.
// One owner; nothing is written before the caller writes the batch.
#pragma once

#include <rocksdb/write_batch.h>

#include <map>
#include <string_view>

#include "storage/internal/database.h"
#include "storage/internal/records.h"
#include "storage/store.h"

namespace kimberlite::storage {

class BlockBatch {
 public:
  BlockBatch(const Database& database, const Digest& chain_id, TipRecord record);

  /// Adds the next block: leaves, tiles, indices; remembers its state. Stops the process unless it follows.
  void add(const FinalBlock& block);
  /// Adds states, tip and finalization. REQUIRES: at least one block. Call once.
  void finish(std::string_view finalization);
  /// Adds a page of the map: only what changed, to be joined with what is stored, unless that is all of it.
  void put_page(const MapPageId& id, const ChangedPage& changed);
  /// Puts a key of a family.
  void put(Family family, std::string_view key, std::string_view value);
  void remove(Family family, std::string_view key);

  [[nodiscard]] rocksdb::WriteBatch& batch() { return batch_; }
  /// The pages that the blocks added so far change, each as it became.
  [[nodiscard]] const MapPages& pages() const { return pages_; }
  /// The tip after the blocks added so far.
  [[nodiscard]] const TipRecord& record() const { return record_; }

 private:
  void check_follows(const FinalBlock& block) const;
  void append_leaf(std::string_view leaf);

  const Database& database_;
  const Digest chain_id_;
  TipRecord record_;
  rocksdb::WriteBatch batch_;
  // Of several blocks the last value of a key and the last version of a page are written, once.
  std::map<std::string_view, std::string_view> values_;
  MapPages pages_;
};

}  // namespace kimberlite::storage
