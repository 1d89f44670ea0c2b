// A consistent view of the store: one RocksDB snapshot and the tip that it holds. Thread-safe: immutable.
#pragma once

#include <rocksdb/snapshot.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/internal/database.h"
#include "storage/internal/page_cache.h"
#include "storage/internal/records.h"
#include "storage/store.h"

namespace kimberlite::storage {

class DatabaseSnapshot final : public Snapshot {
 public:
  /// Takes the view now. REQUIRES: `tip` is what the database holds and nobody writes meanwhile.
  DatabaseSnapshot(std::shared_ptr<const Database> database, std::shared_ptr<PageCache> pages, TipRecord tip);
  ~DatabaseSnapshot() override;

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  [[nodiscard]] MapPagePtr page(const MapPageId& id) const override;
  [[nodiscard]] Digest state_root() const override { return record_.tip.state_root; }
  [[nodiscard]] const Tip& tip() const override { return record_.tip; }
  [[nodiscard]] std::vector<StateItem> list(std::string_view prefix, std::string_view after,
                                            std::size_t limit) const override;
  [[nodiscard]] std::optional<EnvelopeLocation> find_envelope(const Digest& id) const override;
  [[nodiscard]] Result<std::vector<std::string>> leaves(LogIndex first, std::size_t count,
                                                        std::size_t bytes_max) const override;
  [[nodiscard]] Result<Digest> log_node(unsigned level, std::uint64_t index) const override;
  [[nodiscard]] Result<std::string> tile(unsigned level, std::uint64_t index, unsigned width) const override;
  [[nodiscard]] Result<std::string> entry_bundle(std::uint64_t index, unsigned width) const override;
  [[nodiscard]] std::optional<std::string> record_leaf(Height height) const override;
  [[nodiscard]] std::optional<Height> height_of(const Digest& block) const override;
  [[nodiscard]] std::optional<std::string> epoch_link(Epoch epoch) const override;
  [[nodiscard]] CompactRange log_range() const override { return record_.range; }

  /// Log index of a final block's record; nullopt for a height that is not final. STORE_CORRUPT, STORE_IO.
  [[nodiscard]] Result<std::optional<LogIndex>> record_index(Height height) const;
  /// Reads of a map page that report damage. STORE_CORRUPT, STORE_IO.
  [[nodiscard]] Result<MapPagePtr> read_page(const MapPageId& id) const;
  [[nodiscard]] Result<std::optional<std::string>> read(Family family, std::string_view key) const;

 private:
  // Shows items of a family in key order from `first_key` on, until `visit` returns false.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] Result<void> scan(Family family, std::string_view first_key, const Visit& visit) const;
  // `count` hashes at tree level 8 x tile_level, one after the other. REQUIRES: within the log.
  [[nodiscard]] Result<std::string> hashes(unsigned tile_level, std::uint64_t first, unsigned count) const;

  std::shared_ptr<const Database> database_;
  std::shared_ptr<PageCache> pages_;
  TipRecord record_;
  const rocksdb::Snapshot* snapshot_;
  rocksdb::ReadOptions options_;
};

}  // namespace kimberlite::storage
