#include "storage/internal/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <vector>

#include "proto/assert.h"
#include "storage/internal/page_merge.h"

namespace kimberlite::storage {
namespace {

constexpr int kBloomBitsPerKey = 10;
constexpr std::size_t kTableBlockBytes = 8 * 1024;
constexpr std::size_t kPageMergesMax = 16;  // replaced slots that a read may have to join with a page
constexpr std::size_t kInfoLogBytesMax = 1024 * 1024;
constexpr std::size_t kInfoLogsMax = 4;

rocksdb::DBOptions database_options(rocksdb::Env& env, bool create) {
  rocksdb::DBOptions options;
  options.env = &env;
  options.create_if_missing = create;
  options.create_missing_column_families = create;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.atomic_flush = true;
  options.db_write_buffer_size = kWriteBufferBytes;
  options.max_total_wal_size = kWalBytesMax;
  options.max_open_files = kOpenFilesMax;
  options.max_background_jobs = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = kInfoLogBytesMax;
  options.keep_log_file_num = kInfoLogsMax;
  // Quiet when idle: nothing may be written between heartbeats.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

// Append-only and random families differ in what pays: text compresses and hashes do not; only random reads need
// filters.
rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = kTableBlockBytes;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // Filters in pieces, which needs the index in two levels: in one piece, that of a table of a million keys is larger
  // than a shard of the cache, which then never keeps it, and each lookup reads and checks it again.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.checksum = rocksdb::ChecksumType::kXXH3;
  table.format_version = 5;
  const bool read_in_order = family == Family::kLeaves || family == Family::kTiles;
  if (!read_in_order) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kFamilyWriteBufferBytes;
  options.level_compaction_dynamic_level_bytes = true;
  if (!read_in_order) {
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;  // of its bytes: about ten bits for each of its keys
  }
  const bool text = family == Family::kLeaves || family == Family::kState || family == Family::kBodies;
  options.compression = text ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  if (family == Family::kMap) {
    options.merge_operator = std::make_shared<PageMerge>();
    options.max_successive_merges = kPageMergesMax;
  }
  options.ttl = 0;
  options.periodic_compaction_seconds = 0;
  return options;
}

std::optional<Family> family_named(std::string_view name) {
  const auto found = std::ranges::find(kFamilyNames, name);
  if (found == kFamilyNames.end()) return std::nullopt;
  return static_cast<Family>(found - kFamilyNames.begin());
}

bool is_lock_failure(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() &&
         (text.find("While lock file") != std::string::npos || text.find("lock hold by") != std::string::npos);
}

}  // namespace

std::unexpected<Error> database_error(const rocksdb::Status& status, std::string_view what) {
  const bool corrupt = status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound();
  return fail(corrupt ? Reason::STORE_CORRUPT : Reason::STORE_IO, std::string(what), status.ToString());
}

Result<Database::Contents> Database::inspect(const std::filesystem::path& directory, rocksdb::Env& env) {
  Contents contents;
  std::vector<std::string> files;
  const rocksdb::Status listed = env.GetChildren(directory.string(), &files);
  if (listed.IsNotFound()) return contents;
  if (!listed.ok()) return database_error(listed, directory.string());
  for (const std::string& file : files) {
    if (file == "CURRENT") contents.exists = true;
    if (file.ends_with(".sst") || file.ends_with(".log")) contents.files_without_current = true;
  }
  if (!contents.exists) return contents;
  contents.files_without_current = false;

  std::vector<std::string> names;
  rocksdb::DBOptions options;
  options.env = &env;
  const rocksdb::Status families = rocksdb::DB::ListColumnFamilies(options, directory.string(), &names);
  if (!families.ok()) return database_error(families, directory.string());
  contents.unknown_family = std::ranges::any_of(names, [](const std::string& name) { return !family_named(name); });
  contents.family_missing = !std::ranges::all_of(
      kFamilyNames, [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
  return contents;
}

Result<void> check_room(const std::filesystem::path& directory, rocksdb::Env& env) {
  std::uint64_t free_bytes = 0;
  if (!env.GetFreeSpace(directory.string(), &free_bytes).ok() || free_bytes >= kFreeBytesMin) return {};
  return fail(Reason::STORE_IO, directory.string(),
              "the disk has " + std::to_string(free_bytes >> 20) + " MiB free, and " +
                  std::to_string(kFreeBytesMin >> 20) + " MiB are needed");
}

Result<std::shared_ptr<Database>> Database::open(const std::filesystem::path& directory, rocksdb::Env& env,
                                                 bool create) {
  const rocksdb::DBOptions options = database_options(env, create);
  std::vector<std::string> names;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(options, directory.string(), &names);
  if (!listed.ok() && !create) return database_error(listed, directory.string());
  if (create) {
    for (const std::string_view name : kFamilyNames) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    }
  }
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(names.size());
  for (const std::string& name : names) {
    descriptors.emplace_back(name, family_options(family_named(name).value_or(Family::kMeta), cache));
  }
  rocksdb::DB* rocks = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status opened = rocksdb::DB::Open(options, directory.string(), descriptors, &handles, &rocks);
  if (is_lock_failure(opened)) {
    return fail(Reason::STORE_LOCKED, directory.string(), "the data folder is in use: " + opened.ToString());
  }
  if (!opened.ok()) return database_error(opened, directory.string());

  std::shared_ptr<Database> database(new Database());
  database->rocks_.reset(rocks);
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (const auto family = family_named(names[index])) {
      database->families_[static_cast<std::size_t>(*family)] = handles[index];
    } else {
      database->unknown_.push_back(handles[index]);
    }
  }
  return database;
}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : families_) {
    if (handle != nullptr) static_cast<void>(rocks_->DestroyColumnFamilyHandle(handle));
  }
  for (rocksdb::ColumnFamilyHandle* handle : unknown_) static_cast<void>(rocks_->DestroyColumnFamilyHandle(handle));
  static_cast<void>(rocks_->Close());
}

rocksdb::ColumnFamilyHandle* Database::family(Family family) const {
  rocksdb::ColumnFamilyHandle* handle = families_[static_cast<std::size_t>(family)];
  KIMBERLITE_ASSERT(handle != nullptr, "the column family was opened");
  return handle;
}

Result<std::optional<std::string>> Database::get(const rocksdb::ReadOptions& options, Family family_of_key,
                                                 std::string_view key) const {
  std::string value;
  const rocksdb::Status status = rocks_->Get(options, family(family_of_key), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return database_error(status, kFamilyNames[static_cast<std::size_t>(family_of_key)]);
  return std::optional<std::string>(std::move(value));
}

Result<bool> Database::is_empty(Family family_of_keys) const {
  const std::unique_ptr<rocksdb::Iterator> items(rocks_->NewIterator({}, family(family_of_keys)));
  items->SeekToFirst();
  if (!items->status().ok()) {
    return database_error(items->status(), kFamilyNames[static_cast<std::size_t>(family_of_keys)]);
  }
  return !items->Valid();
}

}  // namespace kimberlite::storage
