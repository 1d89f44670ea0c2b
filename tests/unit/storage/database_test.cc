// RocksDB's settings where they decide whether a store of many years can be read. What else the settings promise is
// tested through the store. Does not cover: speed (tests/bench).
#include "storage/internal/database.h"

#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/write_batch.h>

#include <string>

#include "storage/internal/records.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

// Enough that their filter, in one piece, does not fit what a shard of the block cache holds.
constexpr std::uint64_t kManyKeys = 1'200'000;
constexpr std::uint64_t kKeysOfABatch = 10'000;
constexpr std::uint64_t kLookups = 200;

void fill_one_table(const Database& database, Family family) {
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  for (std::uint64_t first = 0; first < kManyKeys; first += kKeysOfABatch) {
    rocksdb::WriteBatch batch;
    for (std::uint64_t number = first; number < first + kKeysOfABatch; ++number) {
      ASSERT_TRUE(batch.Put(database.family(family), slice(encode_number(number)), "value").ok());
    }
    ASSERT_TRUE(database.rocks().Write(unlogged, &batch).ok());
  }
  rocksdb::CompactRangeOptions into_one;
  into_one.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  ASSERT_TRUE(database.rocks().CompactRange(into_one, database.family(family), nullptr, nullptr).ok());
}

// Blocks that the lookups read from files; keys that are there, and keys that only a filter rules out.
std::uint64_t blocks_read(const Database& database, Family family) {
  rocksdb::get_perf_context()->Reset();
  for (std::uint64_t lookup = 0; lookup < kLookups; ++lookup) {
    const std::string present = encode_number(lookup * (kManyKeys / kLookups));
    EXPECT_TRUE(database.get({}, family, present)->has_value());
    EXPECT_FALSE(database.get({}, family, present + "absent")->has_value());
  }
  return rocksdb::get_perf_context()->block_read_count;
}

// A filter of all keys of a table, in one piece, was larger than a shard of the cache: it was read and hashed again for
// every lookup, and a network with a million certificates stood still.
TEST(Database, LookupsInALargeTableReadNothingTwice) {
  const testing::TemporaryFolder folder;
  const auto database = Database::open(folder.path(), *rocksdb::Env::Default(), true);
  ASSERT_TRUE(database) << database.error().to_string();
  for (const Family family : {Family::kState, Family::kEnvelopes}) {
    fill_one_table(**database, family);
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    EXPECT_GT(blocks_read(**database, family), 0U) << "nothing was remembered yet";
    EXPECT_EQ(blocks_read(**database, family), 0U) << kFamilyNames[static_cast<std::size_t>(family)];
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  }
}

}  // namespace
}  // namespace kimberlite::storage
