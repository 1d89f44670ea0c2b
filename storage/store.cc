#include "storage/store.h"

#include <rocksdb/options.h>

#include <system_error>
#include <utility>

#include "proto/assert.h"
#include "storage/internal/block_batch.h"
#include "storage/internal/database_store.h"

namespace kimberlite::storage {
namespace {

constexpr std::string_view kSet = "1";

}  // namespace

DatabaseStore::DatabaseStore(std::filesystem::path directory, const Digest& chain_id,
                             std::shared_ptr<const Database> database, TipRecord record)
    : directory_(std::move(directory)),
      chain_id_(chain_id),
      database_(std::move(database)),
      pages_(std::make_shared<PageCache>(record.tip.height)),
      record_(std::move(record)),
      snapshot_(std::make_shared<const DatabaseSnapshot>(database_, pages_, record_)) {
  for_each_body([this](const Body& body) { body_keys_.insert(body_key(body.height, body.block)); });
  for_each_kept([this](const std::string& key, const std::string&) { kept_keys_.insert(key); });
}

std::shared_ptr<const Snapshot> DatabaseStore::snapshot() const {
  const std::scoped_lock lock(snapshot_mutex_);
  return snapshot_;
}

Result<void> DatabaseStore::write(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  if (auto room = check_room(directory_, *database_->rocks().GetEnv()); !room) return room;
  const rocksdb::Status status = database_->rocks().Write(options, &batch);
  if (!status.ok()) return fail(Reason::STORE_IO, directory_.string(), status.ToString());
  if (sync) synced_writes_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<void> DatabaseStore::commit(std::span<const FinalBlock> blocks, std::string_view finalization) {
  KIMBERLITE_ASSERT(!blocks.empty(), "a commit has at least one block");
  BlockBatch batch(*database_, chain_id_, record_);
  for (const FinalBlock& block : blocks) batch.add(block);
  batch.finish(finalization);
  const auto undecided = body_keys_.lower_bound(body_key(Height{batch.record().tip.height.value + 1}, Digest{}));
  for (auto key = body_keys_.begin(); key != undecided; ++key) batch.remove(Family::kBodies, *key);
  for (const std::string& key : kept_keys_) batch.remove(Family::kCertificates, key);
  if (Result<void> written = write(batch.batch(), true); !written) return written;
  body_keys_.erase(body_keys_.begin(), undecided);
  kept_keys_.clear();

  record_ = batch.record();
  pages_->advance(record_.tip.height, batch.pages());
  auto next = std::make_shared<const DatabaseSnapshot>(database_, pages_, record_);
  const std::scoped_lock lock(snapshot_mutex_);
  snapshot_ = std::move(next);
  return {};
}

std::string DatabaseStore::read(Family family, std::string_view key) const {
  Result<std::optional<std::string>> value = database_->get({}, family, key);
  KIMBERLITE_ASSERT(value.has_value(), value.error().to_string());
  return std::move(*value).value_or("");
}

std::string DatabaseStore::finalization() const {
  return read(Family::kCertificates, kFinalizationKey);
}

Result<void> DatabaseStore::keep_certificates(std::span<const std::string> certificates) {
  rocksdb::WriteBatch batch;
  std::vector<std::string> keys;
  for (const std::string& certificate : certificates) {
    keys.push_back(kept_key(sha256(certificate)));
    const rocksdb::Status status = batch.Put(database_->family(Family::kCertificates), keys.back(), certificate);
    KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
  }
  if (Result<void> written = write(batch, true); !written) return written;
  kept_keys_.insert(keys.begin(), keys.end());
  return {};
}

void DatabaseStore::for_each_kept(const std::function<void(const std::string&, std::string)>& each) const {
  const std::unique_ptr<rocksdb::Iterator> items(
      database_->rocks().NewIterator({}, database_->family(Family::kCertificates)));
  for (items->Seek(slice(kKeptPrefix)); items->Valid() && items->key().starts_with(slice(kKeptPrefix)); items->Next())
    each(items->key().ToString(), items->value().ToString());
  KIMBERLITE_ASSERT(items->status().ok(), items->status().ToString());
}

std::vector<std::string> DatabaseStore::kept_certificates() const {
  std::vector<std::string> found;
  for_each_kept([&found](const std::string&, std::string value) { found.push_back(std::move(value)); });
  return found;
}

Result<void> DatabaseStore::put_bodies(std::span<const Body> bodies) {
  rocksdb::WriteBatch batch;
  for (const Body& body : bodies) {
    const std::string key = body_key(body.height, body.block);
    const rocksdb::Status status = batch.Put(database_->family(Family::kBodies), key, body.bytes);
    KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
  }
  if (Result<void> written = write(batch, true); !written) return written;
  for (const Body& body : bodies) body_keys_.insert(body_key(body.height, body.block));
  return {};
}

void DatabaseStore::for_each_body(const std::function<void(Body)>& each) const {
  const std::unique_ptr<rocksdb::Iterator> items(
      database_->rocks().NewIterator({}, database_->family(Family::kBodies)));
  for (items->SeekToFirst(); items->Valid(); items->Next()) {
    std::optional<BodyKey> key = decode_body_key(view(items->key()));
    KIMBERLITE_ASSERT(key.has_value(), "the key of a body is its height and digest");
    each({key->block, key->height, items->value().ToString()});
  }
  KIMBERLITE_ASSERT(items->status().ok(), items->status().ToString());
}

Result<void> DatabaseStore::put_checkpoint(std::string_view note) {
  rocksdb::WriteBatch batch;
  const rocksdb::Status status =
      batch.Put(database_->family(Family::kCertificates), slice(kCheckpointKey), slice(note));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
  return write(batch, false);
}

std::string DatabaseStore::checkpoint() const {
  return read(Family::kCertificates, kCheckpointKey);
}

Result<void> DatabaseStore::put_evidence(std::string_view evidence) {
  rocksdb::WriteBatch batch;
  const Digest key = sha256(evidence);
  const rocksdb::Status status = batch.Put(database_->family(Family::kEvidence), slice(key.view()), slice(evidence));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
  return write(batch, true);
}

std::vector<std::string> DatabaseStore::evidence() const {
  std::vector<std::string> found;
  const std::unique_ptr<rocksdb::Iterator> items(
      database_->rocks().NewIterator({}, database_->family(Family::kEvidence)));
  for (items->SeekToFirst(); items->Valid(); items->Next()) found.push_back(items->value().ToString());
  KIMBERLITE_ASSERT(items->status().ok(), items->status().ToString());
  return found;
}

bool DatabaseStore::journal_created(const PublicKey& node_key) const {
  return !read(Family::kMeta, journal_key(node_key)).empty();
}

Result<void> DatabaseStore::set_journal_created(const PublicKey& node_key) {
  return set_mark(journal_key(node_key));
}

bool DatabaseStore::key_retired(const PublicKey& node_key) const {
  return !read(Family::kMeta, retired_key(node_key)).empty();
}

Result<void> DatabaseStore::retire_key(const PublicKey& node_key) {
  return set_mark(retired_key(node_key));
}

Result<void> DatabaseStore::set_mark(const std::string& key) {
  rocksdb::WriteBatch batch;
  const rocksdb::Status status = batch.Put(database_->family(Family::kMeta), slice(key), slice(kSet));
  KIMBERLITE_ASSERT(status.ok(), "a batch in memory takes a value");
  return write(batch, true);
}

StoreStatistics DatabaseStore::statistics() const {
  StoreStatistics statistics;
  statistics.synced_writes = synced_writes_.load(std::memory_order_relaxed);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    const std::uintmax_t bytes = entry.file_size(error);
    if (!error) statistics.bytes_on_disk += bytes;
  }
  return statistics;
}

}  // namespace kimberlite::storage
