#include "storage/store_import.h"

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <set>
#include <system_error>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "proto/assert.h"
#include "proto/envelope.h"
#include "storage/internal/database.h"
#include "storage/internal/database_import.h"
#include "storage/internal/log_batch.h"
#include "storage/internal/records.h"

namespace kimberlite::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestKey = "import-manifest";
constexpr std::string_view kLogKey = "import-log";
constexpr std::string_view kChunkPrefix = "import-chunk-";

fs::path import_directory(const fs::path& store) {
  return store.string() + ".import";
}

std::string chunk_key(std::uint32_t chunk) {
  return std::string(kChunkPrefix) + encode_number(chunk);
}

class DatabaseImport final : public StoreImport {
 public:
  DatabaseImport(StoreOptions options, std::shared_ptr<Database> database, rocksdb::Env& env)
      : options_(std::move(options)), database_(std::move(database)), env_(env) {}

  // What an earlier run left.
  Result<void> resume() {
    const auto log = database_->get({}, Family::kMeta, kLogKey);
    if (!log) return std::unexpected(log.error());
    if (*log) {
      auto record = decode_tip(**log);
      if (!record) return fail(Reason::STORE_CORRUPT, "import", "how far the log is cannot be read");
      record_ = *std::move(record);
    }
    const auto stored = database_->get({}, Family::kMeta, kManifestKey);
    if (!stored) return std::unexpected(stored.error());
    if (!*stored) return {};
    auto manifest = decode_manifest(**stored);
    if (!manifest) return fail(Reason::STORE_CORRUPT, "import", "the manifest cannot be read");
    if (auto chosen = choose(*std::move(manifest)); !chosen) return chosen;
    if (log_size() > header_->log_size())
      return fail(Reason::STORE_CORRUPT, "import", "the log is beyond the block that it leads to");
    for (std::uint32_t chunk = 0; chunk < chunk_count(top_->depth()); ++chunk) {
      const auto done = database_->get({}, Family::kMeta, chunk_key(chunk));
      if (!done) return std::unexpected(done.error());
      if (*done) missing_.erase(chunk);
    }
    return {};
  }

  [[nodiscard]] const std::optional<SnapshotManifest>& manifest() const override { return manifest_; }
  [[nodiscard]] const BlockHeader& header() const override { return *header_; }

  Result<void> begin(const SnapshotManifest& manifest) override {
    if (manifest_ == manifest) return {};
    const auto before = manifest_ ? chunk_count(manifest_->depth) : 0;
    if (auto chosen = choose(manifest); !chosen) return chosen;
    const bool beyond = log_size() > header_->log_size();
    LogBatch batch(*database_, beyond ? TipRecord{} : record_);
    if (beyond) {
      for (const Family family : {Family::kLeaves, Family::kTiles, Family::kEnvelopes, Family::kBlocks})
        batch.remove_all(family);
      batch.remove(Family::kMeta, kLogKey);
    }
    batch.remove_all(Family::kState);
    batch.remove_all(Family::kMap);
    for (std::uint32_t chunk = 0; chunk < before; ++chunk) batch.remove(Family::kMeta, chunk_key(chunk));
    for (const auto& [id, page] : top_->pages()) batch.put(Family::kMap, id.key(), page.encode());
    batch.put(Family::kMeta, kManifestKey, encode_manifest(manifest));
    if (auto written = write(batch, true); !written) return written;
    record_ = batch.record();
    return {};
  }

  [[nodiscard]] LogSize log_size() const override { return record_.range.size(); }

  Result<void> append(std::span<const std::string> leaves) override {
    LogBatch batch(*database_, record_);
    for (const auto& leaf : leaves) {
      if (auto added = add_leaf(batch, leaf); !added) return added;
    }
    Tip reached = batch.record().tip;
    reached.log_size = batch.record().range.size();  // in the middle of a block the newest record knows less
    batch.put(Family::kMeta, kLogKey, encode_tip(reached, batch.record().range));
    if (auto written = write(batch, false); !written) return written;
    record_ = batch.record();
    return {};
  }

  [[nodiscard]] std::vector<std::uint32_t> missing() const override { return {missing_.begin(), missing_.end()}; }

  Result<void> put_chunk(std::uint32_t chunk, std::span<const StateItem> items) override {
    const auto pages = top_->check(chunk, items);
    if (!pages) return std::unexpected(pages.error());
    LogBatch batch(*database_, record_);
    for (const StateItem& item : items) batch.put(Family::kState, item.key, item.value);
    for (const auto& [id, changed] : *pages) batch.put(Family::kMap, id.key(), changed.page->encode());
    batch.put(Family::kMeta, chunk_key(chunk), "1");
    if (auto written = write(batch, false); !written) return written;
    missing_.erase(chunk);
    return {};
  }

  Result<void> finish(std::span<const std::string> epoch_links) override {
    KIMBERLITE_ASSERT(missing_.empty() && record_.range.size() == header_->log_size(), "an import is whole at its end");
    LogBatch batch(*database_, record_);
    for (std::uint32_t chunk = 0; chunk < chunk_count(top_->depth()); ++chunk)
      batch.remove(Family::kMeta, chunk_key(chunk));
    batch.remove(Family::kMeta, kManifestKey);
    batch.remove(Family::kMeta, kLogKey);
    for (std::size_t i = 0; i < epoch_links.size(); ++i)
      batch.put(Family::kCertificates, epoch_key(Epoch{i + 1}), epoch_links[i]);
    batch.put(Family::kCertificates, kFinalizationKey, manifest_->finalization);
    batch.put(Family::kMeta, kFormatKey, encode_format(kStoreFormat));
    batch.put(Family::kMeta, kChainIdKey, options_.chain_id.view());
    batch.put(Family::kMeta, kTipKey, encode_tip(record_.tip, record_.range));
    if (auto written = write(batch, true); !written) return written;
    return give_name();
  }

  /// Whether finish() came as far as the name.
  Result<bool> is_whole() const {
    const auto format = database_->get({}, Family::kMeta, kFormatKey);
    if (!format) return std::unexpected(format.error());
    return format->has_value();
  }

  /// Makes the folder the store's, for good: power may go at once.
  Result<void> give_name() {
    database_.reset();
    auto done = env_.RenameFile(import_directory(options_.directory).string(), options_.directory.string());
    std::unique_ptr<rocksdb::Directory> parent;
    if (done.ok()) done = env_.NewDirectory(options_.directory.parent_path().string(), &parent);
    if (done.ok()) done = parent->Fsync();
    if (!done.ok()) return database_error(done, "import");
    return {};
  }

 private:
  Result<void> choose(SnapshotManifest manifest) {
    auto header = decode_block_leaf(manifest.record_leaf);
    if (!header) return std::unexpected(header.error());
    auto top = ChunkTop::decode(manifest.depth, header->state_root, manifest.top);
    if (!top) return std::unexpected(top.error());
    manifest_ = std::move(manifest);
    header_ = *std::move(header);
    top_ = *std::move(top);
    missing_.clear();
    for (std::uint32_t chunk = 0; chunk < chunk_count(top_->depth()); ++chunk) missing_.insert(chunk);
    return {};
  }

  Result<void> add_leaf(LogBatch& batch, const std::string& leaf) const {
    const auto signed_bytes = decode_accepted_leaf(leaf);
    if (!signed_bytes) return fail(Reason::LEAF_ALTERED, "leaves", signed_bytes.error().to_string());
    if (!signed_bytes->empty()) {
      v1::SignedEnvelope envelope;
      if (!envelope.ParseFromString(*signed_bytes)) return fail(Reason::LEAF_ALTERED, "leaves", "not an envelope");
      batch.append_envelope(leaf, envelope_id(*signed_bytes));
      return {};
    }
    const TipRecord& before = batch.record();
    const auto header = decode_block_leaf(leaf);
    if (!header || header->chain_id != options_.chain_id || header->height.value != before.tip.height.value + 1)
      return fail(Reason::LEAF_ALTERED, "leaves",
                  "the record at " + std::to_string(before.range.size().value) + " does not follow");
    batch.append_record(leaf, *header);
    return {};
  }

  Result<void> write(LogBatch& batch, bool sync) {
    if (auto room = check_room(import_directory(options_.directory), env_); !room) return room;
    rocksdb::WriteOptions options;
    options.sync = sync;
    const auto status = database_->rocks().Write(options, &batch.batch());
    if (!status.ok()) return database_error(status, "import");
    return {};
  }

  StoreOptions options_;
  std::shared_ptr<Database> database_;
  rocksdb::Env& env_;
  TipRecord record_;  // of the leaves so far
  std::optional<SnapshotManifest> manifest_;
  std::optional<BlockHeader> header_;
  std::optional<ChunkTop> top_;
  std::set<std::uint32_t> missing_;
};

}  // namespace

Result<std::unique_ptr<StoreImport>> open_import(const StoreOptions& options, rocksdb::Env& env) {
  const fs::path directory = import_directory(options.directory);
  if (auto room = check_room(directory, env); !room) return std::unexpected(room.error());
  auto database = Database::open(directory, env, true);
  if (!database) return std::unexpected(database.error());
  auto import = std::make_unique<DatabaseImport>(options, *std::move(database), env);
  const auto whole = import->is_whole();
  if (!whole) return std::unexpected(whole.error());
  if (*whole) {
    if (auto named = import->give_name(); !named) return std::unexpected(named.error());
    return nullptr;
  }
  if (auto resumed = import->resume(); !resumed) return std::unexpected(resumed.error());
  return import;
}

Result<std::unique_ptr<StoreImport>> StoreImport::open(const StoreOptions& options) {
  const fs::path directory = import_directory(options.directory);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(Reason::STORE_IO, directory.string(), "cannot be created: " + error.message());
  return open_import(options, *rocksdb::Env::Default());
}

bool store_exists(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory, error) && !fs::is_empty(directory, error);
}

bool drop_import(const fs::path& directory) {
  std::error_code error;
  const std::uintmax_t removed = fs::remove_all(import_directory(directory), error);
  return !error && removed > 0;
}

}  // namespace kimberlite::storage
