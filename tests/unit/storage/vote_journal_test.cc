// The vote journal: what append() returned from is read back after any tear, failure or lap; rot is told from tears.
// Not covered: rot of both copies of the very last group, which nothing on this disk can tell from a torn one
// (FORMAT.md).
#include "storage/vote_journal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/internal/journal_block.h"
#include "tests/unit/storage/hostile_journal_file.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::HostileJournalFile;
using testing::JournalDisk;

constexpr std::uint64_t kBlocks = kJournalHalfBlocksMin + 1;  // of a half, beside its header
constexpr std::size_t kHalfBytes = (1 + kBlocks) * kJournalBlockBytes;
constexpr std::size_t kFileBytes = 2 * kHalfBytes;
constexpr std::size_t kSectorBytes = 512;

PublicKey test_key(char fill = 'k') {
  return *PublicKey::from_bytes(std::string(PublicKey::kSize, fill));
}

std::string payload_of(std::uint64_t sequence, std::size_t bytes) {
  std::string payload = "vote " + std::to_string(sequence) + " ";
  while (payload.size() < bytes) payload.push_back(static_cast<char>('a' + payload.size() % 26));
  payload.resize(bytes);
  return payload;
}

JournalEntry entry(std::uint64_t sequence, std::size_t bytes = 100) {
  return {sequence, payload_of(sequence, bytes)};
}

Result<std::unique_ptr<VoteJournal>> open(const std::shared_ptr<JournalDisk>& disk, const PublicKey& key = test_key()) {
  return VoteJournal::open(std::make_unique<HostileJournalFile>(disk), key);
}

// A journal with `count` records of one block each, one group each.
std::shared_ptr<JournalDisk> disk_with(std::uint64_t count) {
  auto disk = std::make_shared<JournalDisk>(kFileBytes);
  auto journal = open(disk);
  EXPECT_TRUE(journal) << journal.error().to_string();
  for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
    EXPECT_TRUE((*journal)->append(std::vector{entry(sequence)}));
  }
  return disk;
}

std::shared_ptr<JournalDisk> disk_of(std::string bytes) {
  auto disk = std::make_shared<JournalDisk>(0);
  disk->current = bytes;
  disk->synced = std::move(bytes);
  return disk;
}

std::size_t offset_of(std::uint64_t number, unsigned half) {
  return half * kHalfBytes + (1 + (number - 1) % kBlocks) * kJournalBlockBytes;
}

Reason reason_of(const Result<std::unique_ptr<VoteJournal>>& opened) {
  EXPECT_FALSE(opened);
  return opened ? Reason{} : opened.error().reason;
}

TEST(VoteJournal, ANewFileBecomesAnEmptyJournal) {
  auto disk = std::make_shared<JournalDisk>(kFileBytes);
  const auto journal = open(disk);
  ASSERT_TRUE(journal) << journal.error().to_string();
  EXPECT_TRUE((*journal)->is_new());
  EXPECT_TRUE((*journal)->recovered().empty());
  EXPECT_EQ((*journal)->next_sequence(), 1U);
  EXPECT_TRUE(disk->unsynced.empty());
  EXPECT_FALSE((*open(disk))->is_new());
}

TEST(VoteJournal, RecordsAreReadBackRoundAfterRound) {
  auto disk = std::make_shared<JournalDisk>(kFileBytes);
  std::uint64_t sequence = 1;
  for (int round = 0; round < 60; ++round) {
    const auto journal = open(disk);
    ASSERT_TRUE(journal) << journal.error().to_string();
    ASSERT_EQ((*journal)->next_sequence(), sequence);
    const auto& recovered = (*journal)->recovered();
    ASSERT_GE(recovered.size(), std::min<std::uint64_t>(sequence - 1, kBlocks / 5 - 1));
    for (std::size_t at = 0; at < recovered.size(); ++at) {
      EXPECT_EQ(recovered[at].sequence, sequence - recovered.size() + at);
      EXPECT_EQ(recovered[at].payload, payload_of(recovered[at].sequence, recovered[at].payload.size()));
    }
    const std::size_t sizes[] = {0, 1, 100, kJournalBlockPayload, kJournalBlockPayload + 1, kJournalPayloadMax};
    std::vector<JournalEntry> entries;
    for (int count = 0; count <= round % 3; ++count) entries.push_back(entry(sequence++, sizes[round % 6]));
    ASSERT_TRUE((*journal)->append(entries));
    EXPECT_TRUE(disk->unsynced.empty());
  }
}

TEST(VoteJournal, KeepsWhatFitsTheFile) {
  const auto disk = disk_with(3 * kBlocks);
  const auto journal = open(disk);
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->recovered().size(), kBlocks);
  EXPECT_EQ((*journal)->recovered().front().sequence, 2 * kBlocks + 1);
}

TEST(VoteJournal, OneSyncForAGroup) {
  auto disk = std::make_shared<JournalDisk>(kFileBytes);
  const auto journal = open(disk);
  const std::uint64_t before = (*journal)->synced_writes();
  ASSERT_TRUE((*journal)->append(std::vector{entry(1), entry(2), entry(3)}));
  EXPECT_EQ((*journal)->synced_writes(), before + 1);
}

TEST(VoteJournal, MoreThanAGroupIsSplit) {
  auto disk = std::make_shared<JournalDisk>(kFileBytes);
  const auto journal = open(disk);
  std::vector<JournalEntry> entries;
  for (std::uint64_t sequence = 1; sequence <= 2 * kJournalGroupBlocksMax + 1; ++sequence)
    entries.push_back(entry(sequence));
  ASSERT_TRUE((*journal)->append(entries));
  EXPECT_EQ((*open(disk))->recovered().size(), entries.size());
}

TEST(VoteJournal, AnotherKeyIsRefused) {
  const auto disk = disk_with(3);
  const std::string before = disk->current;
  EXPECT_EQ(reason_of(open(disk, test_key('o'))), Reason::JOURNAL_OTHER_KEY);
  EXPECT_EQ(disk->current, before);
}

TEST(VoteJournal, ABlockOfAnotherKeyIsRefused) {
  const auto disk = disk_with(3);
  JournalBlock block;
  block.number = block.group_first = block.group_last = block.sequence = 4;
  block.parts = 1;
  disk->current.replace(offset_of(4, 0), kJournalBlockBytes, encode_journal_block(block, test_key('o')));
  EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_OTHER_KEY);
}

// Every byte of the last record, torn there: the bytes up to it are new, the rest are as before. `count` records stand
// before it.
void tear_last_record(std::uint64_t count) {
  const auto disk = disk_with(count);
  const std::string before = disk->current;
  {
    const auto journal = open(disk);
    ASSERT_TRUE((*journal)->append(std::vector{entry(count + 1)}));
  }
  const std::string after = disk->current;
  for (std::size_t bytes = 0; bytes <= kJournalBlockBytes; ++bytes) {
    // The second copy not begun, and both torn at the same byte.
    for (const unsigned copies : {1U, 2U}) {
      disk->current = before;
      for (unsigned half = 0; half < copies; ++half) {
        disk->current.replace(offset_of(count + 1, half), bytes, after, offset_of(count + 1, half), bytes);
      }
      const auto journal = open(disk);
      ASSERT_TRUE(journal) << "torn at byte " << bytes << ": " << journal.error().to_string();
      const std::uint64_t next = (*journal)->next_sequence();
      ASSERT_TRUE(next == count + 1 || next == count + 2) << "torn at byte " << bytes;
      ASSERT_TRUE(bytes < kJournalBlockBytes || next == count + 2) << "whole in one copy at least";
      ASSERT_GE((*journal)->recovered().size(), std::min(count, kBlocks - 1));
      ASSERT_TRUE((*journal)->append(std::vector{entry(next)}));
    }
  }
}

TEST(VoteJournal, TornAtEveryByteOfTheFirstRecord) {
  tear_last_record(0);
}
TEST(VoteJournal, TornAtEveryByteOnFreshSpace) {
  tear_last_record(5);
}
TEST(VoteJournal, TornAtEveryByteOverTheLastLap) {
  tear_last_record(kBlocks + 7);
}
TEST(VoteJournal, TornAtEveryByteAtTheWrap) {
  tear_last_record(2 * kBlocks);
}

// A group of several blocks of which the sectors reached the disk in any combination.
RC_GTEST_PROP(VoteJournalProperty, AnySubsetOfAGroupsWritesLosesNothingAcknowledged, ()) {
  const std::uint64_t count = *rc::gen::inRange<std::uint64_t>(0, 3 * kBlocks);
  const auto disk = disk_with(count);
  std::string torn = disk->current;
  {
    const auto journal = open(disk);
    RC_ASSERT(bool(journal));
    const std::vector<JournalEntry> entries{entry(count + 1, 6000), entry(count + 2, 10), entry(count + 3, 16000)};
    RC_ASSERT(bool((*journal)->append(entries)));
  }
  const std::string& after = disk->current;
  for (std::size_t sector = 0; sector < kFileBytes; sector += kSectorBytes) {
    const bool written = torn.compare(sector, kSectorBytes, after, sector, kSectorBytes) != 0;
    if (written && *rc::gen::arbitrary<bool>()) torn.replace(sector, kSectorBytes, after, sector, kSectorBytes);
  }
  const auto reopened = open(disk_of(torn));
  RC_ASSERT(bool(reopened));
  const std::uint64_t next = (*reopened)->next_sequence();
  RC_ASSERT(next == count + 1 || next == count + 4);
  const auto& recovered = (*reopened)->recovered();
  RC_ASSERT(count == 0 || recovered.size() + kJournalGroupBlocksMax >= std::min(count, kBlocks));
  for (const JournalEntry& found : recovered)
    RC_ASSERT(found.payload == payload_of(found.sequence, found.payload.size()));
  // What was cut never comes back, whatever is written now.
  RC_ASSERT(bool((*reopened)->append(std::vector{JournalEntry{next, "after the tear"}})));
}

TEST(VoteJournal, ACutGroupDoesNotComeBack) {
  const auto disk = disk_with(3);
  const std::string before = disk->current;
  {
    const auto journal = open(disk);
    ASSERT_TRUE((*journal)->append(std::vector{entry(4), entry(5)}));
  }
  std::string torn = disk->current;
  for (const unsigned half : {0U, 1U}) {
    torn.replace(offset_of(4, half), kJournalBlockBytes, before, offset_of(4, half), kJournalBlockBytes);
  }
  const auto reopened = disk_of(torn);
  {
    const auto journal = open(reopened);
    ASSERT_TRUE(journal);
    ASSERT_EQ((*journal)->next_sequence(), 4U);
    ASSERT_TRUE((*journal)->append(std::vector{JournalEntry{4, "another vote"}}));
  }
  const auto journal = open(reopened);
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->next_sequence(), 5U);
  EXPECT_EQ((*journal)->recovered().back().payload, "another vote");
}

TEST(VoteJournal, RotInOneCopyIsHealedAtEveryByte) {
  const auto sound = disk_with(5);
  for (const std::uint64_t number : {1U, 3U, 5U}) {
    for (std::size_t byte = 0; byte < kJournalBlockBytes; byte += 7) {
      const auto disk = disk_of(sound->current);
      disk->current[offset_of(number, byte % 2) + byte] ^= 1;
      const auto journal = open(disk);
      ASSERT_TRUE(journal) << number << " " << byte << journal.error().to_string();
      ASSERT_EQ((*journal)->recovered().size(), 5U);
      ASSERT_EQ(disk->synced, sound->current) << "healed and synced";
    }
  }
}

TEST(VoteJournal, RotInBothCopiesInTheMiddleIsCorrupt) {
  for (const std::uint64_t count : {5U, 100U}) {
    const auto sound = disk_with(count);
    for (std::uint64_t number = count > kBlocks ? count - kBlocks + kJournalGroupBlocksMax + 1 : 1; number < count;
         ++number) {
      const auto disk = disk_of(sound->current);
      for (const unsigned half : {0U, 1U}) disk->current[offset_of(number, half) + 500] ^= 1;
      EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_CORRUPT) << number << " of " << count;
      EXPECT_TRUE(disk->unsynced.empty()) << "a journal that is not trusted is not touched";
    }
  }
}

TEST(VoteJournal, AnOldBlockInPlaceOfANewOneIsCorrupt) {
  const auto earlier = disk_with(kBlocks);
  const auto disk = disk_with(kBlocks + 10);
  for (const unsigned half : {0U, 1U}) {  // the write of block kBlocks + 5 was lost, though its sync returned
    disk->current.replace(offset_of(5, half), kJournalBlockBytes, earlier->current, offset_of(5, half),
                          kJournalBlockBytes);
  }
  EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_CORRUPT);
}

TEST(VoteJournal, AMisdirectedBlockIsCorrupt) {
  const auto disk = disk_with(5);
  disk->current.replace(offset_of(7, 0), kJournalBlockBytes, disk->current, offset_of(5, 0), kJournalBlockBytes);
  EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_CORRUPT);
}

TEST(VoteJournal, BytesWhereNothingWasWrittenAreCorrupt) {
  const auto disk = disk_with(5);
  disk->current[offset_of(5 + kJournalGroupBlocksMax + 1, 1)] = 1;
  EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_CORRUPT);
}

TEST(VoteJournal, HeadersAreHealedOrRefused) {
  const auto sound = disk_with(2);
  auto disk = disk_of(sound->current);
  disk->current[3] ^= 1;
  ASSERT_TRUE(open(disk));
  EXPECT_EQ(disk->synced, sound->current);

  disk = disk_of(sound->current);
  disk->current[3] ^= 1;
  disk->current[kHalfBytes + 3] ^= 1;
  EXPECT_EQ(reason_of(open(disk)), Reason::JOURNAL_CORRUPT);

  auto torn = std::make_shared<JournalDisk>(kFileBytes);
  torn->current.replace(0, 20, sound->current, 0, 20);
  const auto journal = open(torn);
  ASSERT_TRUE(journal) << "a header torn before anything was written";
  EXPECT_TRUE((*journal)->is_new());
}

TEST(VoteJournal, AFileOfAnotherSizeIsCorrupt) {
  const auto sound = disk_with(2);
  EXPECT_EQ(reason_of(open(disk_of(sound->current.substr(0, kFileBytes - 1)))), Reason::JOURNAL_CORRUPT);
  EXPECT_EQ(reason_of(open(disk_of(sound->current + std::string(2 * kJournalBlockBytes, '\0')))),
            Reason::JOURNAL_CORRUPT);
  EXPECT_EQ(reason_of(open(disk_of(""))), Reason::JOURNAL_CORRUPT);
}

// Every call of opening and of three appends fails in turn; the disk then keeps all unsynced writes, none, or the first
// half.
TEST(VoteJournal, EveryCallMadeToFailLosesNothingAcknowledged) {
  std::uint64_t failures = 0;
  for (std::uint64_t fail_at = 0;; ++fail_at) {
    auto disk = std::make_shared<JournalDisk>(kFileBytes);
    disk->fail_at = fail_at;
    std::uint64_t acknowledged = 0;
    bool failed = false;
    {
      auto journal = open(disk);
      failed = !journal;
      EXPECT_TRUE(!failed || journal.error().reason == Reason::STORE_IO);
      for (std::uint64_t first = 1; !failed && first <= 5; first += 2) {
        const Result<void> done = (*journal)->append(std::vector{entry(first, 5000), entry(first + 1)});
        if (done) {
          acknowledged = first + 1;
          continue;
        }
        failed = true;
        EXPECT_EQ(done.error().reason, Reason::STORE_IO);
        EXPECT_FALSE((*journal)->append(std::vector{entry(first)})) << "a failed journal takes nothing more";
      }
    }
    if (!failed) break;
    ++failures;
    for (std::size_t kept : {std::size_t{0}, disk->unsynced.size() / 2, disk->unsynced.size()}) {
      std::string bytes = disk->synced;
      for (std::size_t at = 0; at < kept; ++at) {
        bytes.replace(static_cast<std::size_t>(disk->unsynced[at].offset), disk->unsynced[at].bytes.size(),
                      disk->unsynced[at].bytes);
      }
      const auto journal = open(disk_of(bytes));
      ASSERT_TRUE(journal) << "call " << fail_at << ": " << journal.error().to_string();
      ASSERT_GE((*journal)->recovered().size(), acknowledged) << "call " << fail_at;
      for (std::uint64_t at = 0; at < acknowledged; ++at) {
        ASSERT_EQ((*journal)->recovered()[at].sequence, at + 1);
      }
    }
  }
  EXPECT_EQ(failures, 1U + 2U + 1U + 3U * (3U * 2U + 1U))
      << "read, two headers, sync; three appends of three blocks, twice";
}

TEST(VoteJournal, OpeningSyncsWhatItReadsBack) {
  const auto disk = disk_with(2);
  disk->current =
      disk_with(3)->current;  // the third record is in the page cache only: the process died before its sync
  ASSERT_EQ((*open(disk))->next_sequence(), 4U);
  EXPECT_EQ(disk->synced, disk->current);
}

// A later sync has nothing to write: the system took the pages for clean when the first one failed.
TEST(VoteJournal, AGroupWhoseSyncFailedIsWrittenAgain) {
  const auto disk = disk_with(2);
  disk->forgets = true;
  {
    const auto journal = open(disk);
    constexpr std::uint64_t kWrites = 2;  // a block, twice
    disk->fail_at = disk->calls + kWrites;
    const auto appended = (*journal)->append(std::vector{entry(3)});
    ASSERT_FALSE(appended);
    ASSERT_NE(appended.error().message.find("sync"), std::string::npos);
    disk->fail_at = UINT64_MAX;
  }
  ASSERT_EQ((*open(disk))->next_sequence(), 4U) << "it is read back from the cache, and acted on";
  EXPECT_EQ((*open(disk_of(disk->synced)))->next_sequence(), 4U) << "so a power cut must not undo it";
}

TEST(VoteJournalDeathTest, MisuseStopsTheProcess) {
  const auto journal = open(disk_with(2));
  EXPECT_DEATH(static_cast<void>((*journal)->append(std::vector{entry(4)})), "ascend by one");
  EXPECT_DEATH(
      static_cast<void>((*journal)->append(std::vector{JournalEntry{3, std::string(kJournalPayloadMax + 1, 'x')}})),
      "at most kJournalPayloadMax");
}

TEST(JournalFile, ARealFileIsCreatedLockedAndReadBack) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "votes";
  {
    auto file = create_journal_file(path, kFileBytes);
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_EQ((*file)->size(), kFileBytes);
    EXPECT_EQ(open_journal_file(path).error().reason, Reason::STORE_LOCKED);
    auto journal = VoteJournal::open(std::move(*file), test_key());
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->append(std::vector{entry(1), entry(2)}));
  }
  auto file = open_journal_file(path);
  ASSERT_TRUE(file) << file.error().to_string();
  const auto journal = VoteJournal::open(std::move(*file), test_key());
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->recovered().size(), 2U);
}

TEST(JournalFile, MissingExistingAndHalfMadeFiles) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "votes";
  EXPECT_EQ(open_journal_file(path).error().reason, Reason::STORE_IO);
  EXPECT_EQ(create_journal_file(folder.path() / "none" / "votes", kFileBytes).error().reason, Reason::STORE_IO);
  ASSERT_TRUE(create_journal_file(path, kFileBytes));
  EXPECT_EQ(create_journal_file(path, kFileBytes).error().reason, Reason::STORE_IO) << "never written over";
  EXPECT_EQ(std::filesystem::file_size(path), kFileBytes);
  std::filesystem::rename(path, path.string() + ".new");  // as a crash in the middle of creation leaves it
  EXPECT_TRUE(create_journal_file(path, kFileBytes));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".new"));
}

}  // namespace
}  // namespace kimberlite::storage
