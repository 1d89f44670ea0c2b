// Rot: one flipped bit anywhere in a table or in the write-ahead log is reported, or costs at most the newest commits
// as a whole; what is read is never wrong. A read that cannot report stops the process.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "storage/internal/database.h"
#include "storage/store.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::ChainBuilder;
using testing::TemporaryFolder;
using testing::test_options;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr int kCommits = 12;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::open(test_options(sound()));
    ASSERT_TRUE(store);
    ChainBuilder chain((*store)->snapshot());
    for (int number = 0; number < kCommits; ++number) {
      const FinalBlock block = chain.next(20, {{"key/" + std::to_string(number), std::string(6000, 'v')}});
      ASSERT_TRUE((*store)->commit({&block, 1}, "finalization"));
      sizes_.push_back(block.header.log_size().value);
    }
    leaves_ = chain.leaves();
  }

  [[nodiscard]] std::filesystem::path sound() const { return folder_.path() / "sound"; }
  [[nodiscard]] std::filesystem::path damaged() const { return folder_.path() / "damaged"; }

  // A copy of the sound store with one bit of one file flipped.
  void damage(const std::string& file, std::size_t byte) {
    std::filesystem::remove_all(damaged());
    std::filesystem::copy(sound(), damaged());
    std::string bytes = read_file(damaged() / file);
    bytes[byte] = static_cast<char>(bytes[byte] ^ 0x10);
    write_file(damaged() / file, bytes);
  }

  // Reads all leaves and hashes. False: damage was reported. Fails the test if something wrong was read.
  bool reads_rightly(const Snapshot& snapshot) {
    const auto leaves = snapshot.leaves(LogIndex{0}, kNoLimit, kNoLimit);
    if (!leaves) {
      EXPECT_EQ(leaves.error().reason, Reason::STORE_CORRUPT) << leaves.error().to_string();
      return false;
    }
    EXPECT_TRUE(std::equal(leaves->begin(), leaves->end(), leaves_.begin()));
    const auto root = log_root(snapshot.tip().log_size,
                               [&](unsigned level, std::uint64_t index) { return snapshot.log_node(level, index); });
    if (!root) {
      EXPECT_EQ(root.error().reason, Reason::STORE_CORRUPT) << root.error().to_string();
      return false;
    }
    EXPECT_EQ(*root, snapshot.tip().log_root);
    return true;
  }

  // Opening again writes what the log holds into tables.
  std::vector<std::string> tables_of(std::string_view family) {
    EXPECT_TRUE(Store::open(test_options(sound())));
    std::vector<rocksdb::LiveFileMetaData> files;
    {
      const auto database = Database::open(sound(), *rocksdb::Env::Default(), false);
      EXPECT_TRUE(database);
      (*database)->rocks().GetLiveFilesMetaData(&files);
    }
    std::vector<std::string> names;
    for (const auto& file : files) {
      if (file.column_family_name == family) names.push_back(file.name.substr(file.name.find_last_of('/') + 1));
    }
    return names;
  }

  TemporaryFolder folder_;
  std::vector<std::string> leaves_;
  std::vector<std::uint64_t> sizes_;
};

TEST_F(DamageTest, AFlippedBitInTheWriteAheadLogIsReportedOrCostsWholeCommits) {
  std::string log;
  for (const auto& entry : std::filesystem::directory_iterator(sound())) {
    const bool larger = log.empty() || entry.file_size() > std::filesystem::file_size(sound() / log);
    if (entry.path().extension() == ".log" && larger) log = entry.path().filename().string();
  }
  const std::size_t size = std::filesystem::file_size(sound() / log);
  ASSERT_GT(size, 2U * 32 * 1024) << "several blocks of RocksDB's log";
  int reported = 0;
  int opened_shorter = 0;
  for (std::size_t byte = 0; byte < size; byte += 2003) {
    damage(log, byte);
    const auto store = Store::open(test_options(damaged()));
    if (!store) {
      EXPECT_EQ(store.error().reason, Reason::STORE_CORRUPT) << byte << ": " << store.error().to_string();
      ++reported;
      continue;
    }
    ++opened_shorter;
    const auto snapshot = (*store)->snapshot();
    EXPECT_TRUE(std::ranges::count(sizes_, snapshot->tip().log_size.value) == 1) << byte << ": whole commits only";
    EXPECT_TRUE(reads_rightly(*snapshot)) << byte;
  }
  EXPECT_GT(reported, 9 * opened_shorter);
}

TEST_F(DamageTest, AFlippedBitInALogTableIsReported) {
  int reported = 0;
  for (const std::string_view family : {"leaves", "tiles"}) {
    const std::vector<std::string> tables = tables_of(family);
    ASSERT_EQ(tables.size(), 1U);
    const std::size_t size = std::filesystem::file_size(sound() / tables[0]);
    for (std::size_t byte = 0; byte < size; byte += size / 16) {
      damage(tables[0], byte);
      const auto store = Store::open(test_options(damaged()));
      if (!store) {
        EXPECT_EQ(store.error().reason, Reason::STORE_CORRUPT) << store.error().to_string();
        ++reported;
      } else if (!reads_rightly(*(*store)->snapshot())) {
        ++reported;
      }
    }
  }
  EXPECT_GT(reported, 20) << "all but properties that nothing reads";
}

using DamageDeathTest = DamageTest;

TEST_F(DamageDeathTest, AReadThatCannotReportStopsTheProcess) {
  const std::vector<std::string> tables = tables_of("state");
  ASSERT_EQ(tables.size(), 1U);
  damage(tables[0], 100);  // in the first block of values
  const auto store = Store::open(test_options(damaged()));
  ASSERT_TRUE(store) << store.error().to_string();
  const auto snapshot = (*store)->snapshot();
  EXPECT_DEATH(static_cast<void>(snapshot->get("genesis/a")), "STORE_CORRUPT");
  EXPECT_DEATH(static_cast<void>(snapshot->list("", "", 10)), "STORE_CORRUPT");
}

TEST_F(DamageTest, ALostTableIsReported) {
  ASSERT_FALSE(tables_of("leaves").empty());
  const std::string table = tables_of("leaves").front();
  std::filesystem::remove(sound() / table);
  EXPECT_EQ(Store::open(test_options(sound())).error().reason, Reason::STORE_CORRUPT);
}

}  // namespace
}  // namespace kimberlite::storage
