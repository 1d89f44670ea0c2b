// Turns final blocks into one RocksDB batch, checking on the way that each follows from the one before.
// One owner.
#pragma once

#include <map>
#include <string_view>

#include "storage/internal/log_batch.h"
#include "storage/store.h"

namespace kimberlite::storage {

class BlockBatch final : public LogBatch {
 public:
  BlockBatch(const Database& database, const Digest& chain_id, TipRecord record);

  /// Adds the next block: leaves, tiles, indices; remembers its state. Stops the process unless it follows.
  void add(const FinalBlock& block);
  /// Adds states, tip and finalization. REQUIRES: at least one block, the last with its map. Call once.
  void finish(std::string_view finalization);
  /// Adds a page of the map: only what changed, to be joined with what is stored, unless that is all of it.
  void put_page(const MapPageId& id, const ChangedPage& changed);
  /// The pages that the blocks added so far change, each as it became.
  [[nodiscard]] const MapPages& pages() const { return pages_; }

 private:
  void check_follows(const FinalBlock& block) const;

  const Digest chain_id_;
  // Of several blocks the last value of a key and the last version of a page are written, once.
  std::map<std::string_view, std::string_view> values_;
  MapPages pages_;
  bool map_is_whole_{};  // the newest block's map pages are among pages_
};

}  // namespace kimberlite::storage
