// The store over one Database. The writer's calls come from one thread; snapshot() and statistics() from any.
#pragma once

#include <rocksdb/write_batch.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/internal/database.h"
#include "storage/internal/records.h"
#include "storage/internal/snapshot.h"
#include "storage/store.h"

namespace kimberlite::storage {

/// Store::open on a RocksDB environment of the caller's, so that tests can make a disk fail or forget. `env` outlives
/// the store.
Result<std::unique_ptr<Store>> open_store(const StoreOptions& options, rocksdb::Env& env);

class DatabaseStore final : public Store {
 public:
  /// REQUIRES: `record` is what the database holds and was checked.
  DatabaseStore(std::filesystem::path directory, const Digest& chain_id, std::shared_ptr<const Database> database,
                TipRecord record);

  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const override;
  Result<void> commit(std::span<const FinalBlock> blocks, std::string_view finalization) override;
  [[nodiscard]] std::string finalization() const override;
  Result<void> keep_certificates(std::span<const std::string> certificates) override;
  [[nodiscard]] std::vector<std::string> kept_certificates() const override;
  Result<void> put_bodies(std::span<const Body> bodies) override;
  void for_each_body(const std::function<void(Body)>& each) const override;
  Result<void> put_checkpoint(std::string_view note) override;
  [[nodiscard]] std::string checkpoint() const override;
  Result<void> put_evidence(std::string_view evidence) override;
  [[nodiscard]] std::vector<std::string> evidence() const override;
  [[nodiscard]] bool journal_created(const PublicKey& node_key) const override;
  Result<void> set_journal_created(const PublicKey& node_key) override;
  [[nodiscard]] bool key_retired(const PublicKey& node_key) const override;
  Result<void> retire_key(const PublicKey& node_key) override;
  [[nodiscard]] StoreStatistics statistics() const override;

 private:
  [[nodiscard]] std::string read(Family family, std::string_view key) const;
  /// Calls `each` with key and value of everything that keep_certificates wrote.
  void for_each_kept(const std::function<void(const std::string& key, std::string value)>& each) const;
  Result<void> write(rocksdb::WriteBatch& batch, bool sync);
  Result<void> set_mark(const std::string& key);

  const std::filesystem::path directory_;
  const Digest chain_id_;
  const std::shared_ptr<const Database> database_;
  const std::shared_ptr<PageCache> pages_;
  TipRecord record_;
  std::set<std::string> body_keys_;  // in order of heights; so that a commit need not look for what it drops
  std::set<std::string> kept_keys_;  // likewise
  std::atomic<std::uint64_t> synced_writes_{0};
  mutable std::mutex snapshot_mutex_;  // guards snapshot_ alone
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace kimberlite::storage
