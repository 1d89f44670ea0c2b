// The audit on a hand-built log: a good one passes, and one flipped byte anywhere is found and named. Also that each
// check of the replay fails on a log that breaks just that rule. Does not cover HTTP; cluster tests do.
#include "cli/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/audit/mirror.h"
#include "cli/audit/tile_path.h"
#include "cli/audit/witness.h"
#include "cli/files.h"
#include "kimberlite/v1/event.pb.h"
#include "tests/unit/cli/test_log.h"

namespace kimberlite::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

/// A log's files in memory: fast to alter and audit again.
class MemoryTiles : public TileSource {
 public:
  explicit MemoryTiles(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        files[std::filesystem::relative(entry.path(), folder).string()] = *read_file(entry.path());
      }
    }
  }
  Result<std::string> get(const std::string& path) override {
    const auto found = files.find(path);
    return found == files.end() ? fail(Reason::NOT_FOUND, path, "no such file") : Result<std::string>(found->second);
  }
  [[nodiscard]] std::string name() const override { return "memory"; }

  std::map<std::string, std::string> files;
};

MemoryTiles tiles_of(const TestLog& log) {
  const TemporaryFolder folder;
  log.write(folder.path());
  return MemoryTiles(folder.path());
}

AuditReport audit(TileSource& tiles, const GenesisDocument& genesis) {
  auto report = audit_log(tiles, genesis, [](std::uint64_t, std::uint64_t) {});
  EXPECT_TRUE(report.has_value()) << report.error().to_string();
  return std::move(*report);
}

/// Three blocks: the clock moves, a certificate is issued and shipped, nothing happens.
TestLog small_log() {
  TestLog log(test_genesis());
  log.add_block({log.advance_clock(1'167'700'000'000)});
  log.add_block({log.issue("BW-0000001")});
  v1::Event ship;
  ship.mutable_certificate_ship()->set_number("BW-0000001");
  log.add_block({log.sign("BW", "BW-AUTHORITY", ship)});
  log.add_block({});
  return log;
}

/// More than one tile a level: 300 leaves and a bit.
TestLog long_log() {
  TestLog log(test_genesis());
  std::int64_t time_ms = 1'167'620'000'000;
  for (int block = 0; block < 30; ++block) {
    std::vector<std::string> envelopes;
    for (int envelope = 0; envelope < 10; ++envelope) {
      envelopes.push_back(log.advance_clock(time_ms += 1000));
    }
    log.add_block(envelopes);
  }
  return log;
}

TEST(Audit, GoodLogHolds) {
  const TestLog log = small_log();
  MemoryTiles tiles = tiles_of(log);
  const AuditReport report = audit(tiles, log.genesis());
  EXPECT_EQ(report.finding_count, 0U) << report.findings.front().found;
  EXPECT_EQ(report.size.value, log.leaves().size());
  EXPECT_EQ(report.blocks, 4U);
  EXPECT_EQ(report.envelopes, 3U);
  EXPECT_EQ(report.state_root, log.state().root());
  EXPECT_EQ(report.signers_needed, 2U);
  EXPECT_EQ(report.signers, (std::vector<std::string>{"AE", "BW", "EC", "IN"}));
  EXPECT_EQ(report.certificates, (std::map<std::string, std::uint64_t>{{"shipped", 1}}));
}

/// Which leaf the byte at `offset` of the first bundle belongs to, its length prefix included.
std::size_t leaf_at(const TestLog& log, std::size_t offset) {
  std::size_t leaf = 0;
  for (std::size_t begin = 0; leaf < log.leaves().size(); ++leaf) {
    begin += 2 + log.leaves()[leaf].size();
    if (offset < begin) {
      break;
    }
  }
  return leaf;
}

TEST(Audit, EveryFlippedByteIsFoundAndNamed) {
  const TestLog log = small_log();
  MemoryTiles tiles = tiles_of(log);
  std::size_t flipped = 0;
  for (auto& [path, bytes] : tiles.files) {
    // The genesis document is compared as a whole: a sample of its thousands of bytes is enough.
    const std::size_t step = path == "genesis.json" ? 97 : 1;
    for (std::size_t offset = 0; offset < bytes.size(); offset += step) {
      const char kept = bytes[offset];
      bytes[offset] = static_cast<char>(kept ^ (1 << (offset % 8)));
      const AuditReport report = audit(tiles, log.genesis());
      bytes[offset] = kept;
      ++flipped;
      ASSERT_GT(report.finding_count, 0U) << path << " byte " << offset;
      const Finding& finding = report.findings.front();
      const std::string where = path + " byte " + std::to_string(offset) + ": " + finding.link + ", " + finding.place;
      if (path == "checkpoint") {
        ASSERT_EQ(finding.link, "checkpoint") << where;
      } else if (path == "genesis.json") {
        ASSERT_EQ(finding.link, "genesis") << where;
      } else if (path.starts_with("tile/entries/")) {
        ASSERT_EQ(finding.link, "entry bundle") << where;
        ASSERT_THAT(finding.place, HasSubstr("leaf " + std::to_string(leaf_at(log, offset)))) << where;
        ASSERT_THAT(finding.place, HasSubstr(path)) << where;
      } else {
        ASSERT_EQ(finding.link, "hash tile") << where;
        ASSERT_EQ(finding.place, path + " hash " + std::to_string(offset / Digest::kSize)) << where;
      }
      ASSERT_FALSE(finding.cause.empty());
    }
  }
  EXPECT_GT(flipped, 1500U);
}

TEST(Audit, LongLogHoldsAndNamesAltersOnEveryLevel) {
  const TestLog log = long_log();
  ASSERT_EQ(tile_levels(LogSize{log.leaves().size()}), 2U);
  MemoryTiles tiles = tiles_of(log);
  EXPECT_EQ(audit(tiles, log.genesis()).finding_count, 0U);
  for (const std::string path : {"tile/0/000", "tile/0/001.p/74", "tile/1/000.p/1"}) {
    ASSERT_TRUE(tiles.files.contains(path)) << path;
    std::string& bytes = tiles.files[path];
    const std::size_t offset = bytes.size() - 5;
    bytes[offset] ^= 0x10;
    const AuditReport report = audit(tiles, log.genesis());
    bytes[offset] ^= 0x10;
    ASSERT_EQ(report.finding_count, 1U) << path;
    EXPECT_EQ(report.findings.front().place, path + " hash " + std::to_string(offset / Digest::kSize));
  }
  std::string& bundle = tiles.files["tile/entries/001.p/74"];
  bundle[bundle.size() / 2] ^= 0x01;
  const AuditReport report = audit(tiles, log.genesis());
  ASSERT_EQ(report.finding_count, 1U);
  EXPECT_THAT(report.findings.front().place, HasSubstr("in tile/entries/001.p/74"));
}

TEST(Audit, MissingAndCutFilesAreNamed) {
  const TestLog log = small_log();
  const std::string bundle = bundle_at(LogSize{log.leaves().size()}, 0).path();
  const std::string tile = tile_at(LogSize{log.leaves().size()}, 0, 0).path();
  for (const auto& path : {bundle, tile}) {
    MemoryTiles tiles = tiles_of(log);
    tiles.files[path].resize(tiles.files[path].size() - 1);
    EXPECT_THAT(audit(tiles, log.genesis()).findings.at(0).place, HasSubstr(path));
    tiles.files.erase(path);
    const AuditReport report = audit(tiles, log.genesis());
    ASSERT_GT(report.finding_count, 0U);
    EXPECT_EQ(report.findings.front().place, path);
    EXPECT_EQ(report.findings.front().reason, Reason::PROOF_TRUNCATED);
  }
  MemoryTiles longer = tiles_of(log);
  longer.files[bundle] += "x";
  EXPECT_THAT(audit(longer, log.genesis()).findings.at(0).found, HasSubstr("follow the last leaf"));
}

TEST(Audit, TooFewSignersAreNotBelieved) {
  const TestLog log = small_log();
  MemoryTiles tiles = tiles_of(log);
  tiles.files["checkpoint"] = log.checkpoint({"IN"});
  EXPECT_EQ(audit(tiles, log.genesis()).findings.at(0).reason, Reason::NOT_ENOUGH_SIGNATURES);
  tiles.files["checkpoint"] = log.checkpoint({"IN", "AE"});
  EXPECT_EQ(audit(tiles, log.genesis()).finding_count, 0U);
}

TEST(Audit, LeavesAndTilesReplacedTogetherContradictTheCheckpoint) {
  const TestLog log = small_log();
  TestLog shorter(test_genesis());
  for (int block = 0; block < 7; ++block) {
    shorter.add_block({});
  }
  ASSERT_EQ(shorter.leaves().size(), log.leaves().size());
  MemoryTiles forged = tiles_of(shorter);
  forged.files["checkpoint"] = log.checkpoint();
  const Finding finding = audit(forged, log.genesis()).findings.at(0);
  EXPECT_EQ(finding.reason, Reason::LOG_INCONSISTENT);
  EXPECT_EQ(finding.link, "checkpoint");
}

/// A log whose second block's record was altered; the signers vouch for it all the same.
Finding finding_of_header(const std::function<void(BlockHeader&)>& alter) {
  TestLog log(test_genesis());
  log.add_block({log.advance_clock(1'167'700'000'000)});
  log.alter_header = alter;
  log.add_block({log.issue("BW-0000001")});
  log.alter_header = nullptr;
  MemoryTiles tiles = tiles_of(log);
  const AuditReport report = audit(tiles, log.genesis());
  EXPECT_EQ(report.finding_count, 1U);
  return report.findings.empty() ? Finding{} : report.findings.front();
}

TEST(Audit, EveryFieldOfABlockRecordIsChecked) {
  const Digest other = sha256("other");
  const std::vector<std::pair<std::string, std::function<void(BlockHeader&)>>> cases{
      {"chain_id", [&](BlockHeader& header) { header.chain_id = other; }},
      {"epoch", [](BlockHeader& header) { header.epoch = Epoch{2}; }},
      {"view", [](BlockHeader& header) { header.view = View{1}; }},
      {"height", [](BlockHeader& header) { header.height = Height{3}; }},
      {"parent", [&](BlockHeader& header) { header.parent = other; }},
      {"time_ms", [](BlockHeader& header) { header.time_ms.value -= 1000; }},
      {"proposer", [](BlockHeader& header) { header.proposer = "ZZ"; }},
      {"first_index", [](BlockHeader& header) { header.first_index.value -= 1; }},
      {"count", [](BlockHeader& header) { header.count += 1; }},
      {"events_root", [&](BlockHeader& header) { header.events_root = other; }},
      {"validators", [&](BlockHeader& header) { header.validators = other; }},
      {"next_validators", [&](BlockHeader& header) { header.next_validators = other; }},
      {"state_root", [&](BlockHeader& header) { header.state_root = other; }},
  };
  for (const auto& [field, alter] : cases) {
    const Finding finding = finding_of_header(alter);
    EXPECT_EQ(finding.link, "block record") << field;
    EXPECT_EQ(finding.place, "leaf 3, block " + std::string(field == "height" ? "3" : "2") + " " + field);
    EXPECT_NE(finding.expected, finding.found) << field;
    EXPECT_EQ(finding.reason, field == "state_root" ? Reason::STATE_ROOT_DIFFERS : Reason::LOG_INCONSISTENT);
  }
}

TEST(Audit, AnAcceptedEnvelopeThatTheRulesRefuseIsFound) {
  TestLog log(test_genesis());
  log.add_block({log.advance_clock(1'167'700'000'000)});
  v1::Event ship;
  ship.mutable_certificate_ship()->set_number("BW-0000009");
  log.add_block({log.sign("BW", "BW-AUTHORITY", ship)}, true);
  MemoryTiles tiles = tiles_of(log);
  const Finding finding = audit(tiles, log.genesis()).findings.at(0);
  EXPECT_EQ(finding.link, "rule");
  EXPECT_EQ(finding.reason, Reason::UNKNOWN_CERTIFICATE);
  EXPECT_THAT(finding.place, StartsWith("leaf 2,"));
}

TEST(Audit, ReplayedEnvelopesAndWrongSignaturesAreFound) {
  TestLog twice(test_genesis());
  const std::string envelope = twice.advance_clock(1'167'700'000'000);
  twice.add_block({envelope});
  twice.add_block({envelope}, true);
  MemoryTiles repeated = tiles_of(twice);
  EXPECT_EQ(audit(repeated, twice.genesis()).findings.at(0).reason, Reason::ENVELOPE_REPLAYED);

  TestLog unsigned_log(test_genesis());
  std::string altered = unsigned_log.advance_clock(1'167'700'000'000);
  altered.back() = static_cast<char>(altered.back() ^ 1);
  unsigned_log.add_block({altered});
  MemoryTiles wrong = tiles_of(unsigned_log);
  const Finding finding = audit(wrong, unsigned_log.genesis()).findings.at(0);
  EXPECT_EQ(finding.reason, Reason::BAD_SIGNATURE);
  EXPECT_EQ(finding.place, "leaf 0");
}

/// Who has a damaged copy has no proof against anybody.
TEST(Audit, ADamagedCopyAccusesNobody) {
  TestLog log = small_log();
  MemoryTiles tiles = tiles_of(log);
  for (auto& [path, bytes] : tiles.files) {
    if (path.starts_with("tile/0/")) bytes.resize(bytes.size() - 7);
    if (path.starts_with("tile/entries/")) bytes[bytes.size() - 10] = static_cast<char>(bytes[bytes.size() - 10] ^ 1);
  }
  const AuditReport report = audit(tiles, log.genesis());
  ASSERT_FALSE(report.findings.empty());
  for (const Finding& finding : report.findings) {
    EXPECT_THAT(finding.reason, ::testing::AnyOf(Reason::LEAF_ALTERED, Reason::PROOF_TRUNCATED));
    EXPECT_THAT(finding.cause, ::testing::Not(HasSubstr("sign")));
  }
}

TEST(Audit, ALogMustEndWithItsBlockRecord) {
  TestLog log(test_genesis());
  log.add_block({});
  log.add_leaf(encode_accepted_leaf(log.advance_clock(1'167'700'000'000)));
  MemoryTiles tiles = tiles_of(log);
  EXPECT_EQ(audit(tiles, log.genesis()).findings.at(0).place, "end of the log");
}

TEST(Mirror, CopiesGrowsAndIsNeverSetBack) {
  const TemporaryFolder folder;
  TestLog log = small_log();
  MemoryTiles small = tiles_of(log);
  const auto silent = [](std::uint64_t, std::uint64_t) {};
  ASSERT_TRUE(mirror_log(small, log.genesis(), folder.path() / "copy", silent).has_value());
  EXPECT_EQ(MemoryTiles(folder.path() / "copy").files, small.files);

  for (int block = 0; block < 300; ++block) {
    log.add_block({});
  }
  MemoryTiles large = tiles_of(log);
  const auto grown = mirror_log(large, log.genesis(), folder.path() / "copy", silent);
  ASSERT_TRUE(grown.has_value()) << grown.error().to_string();
  EXPECT_EQ(grown->removed, 2U);
  EXPECT_EQ(MemoryTiles(folder.path() / "copy").files, large.files);
  const auto again = mirror_log(large, log.genesis(), folder.path() / "copy", silent);
  EXPECT_EQ(again->kept, 2U);

  const auto back = mirror_log(small, log.genesis(), folder.path() / "copy", silent);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().reason, Reason::UNAVAILABLE) << "the smaller log is how the larger one begins";
  EXPECT_EQ(MemoryTiles(folder.path() / "copy").files, large.files);
}

/// Each file of a source altered or cut in turn: the folder never comes to hold it under a checkpoint, and the next run
/// from an honest source makes it whole.
TEST(Mirror, WhatWasAlteredIsNotKept) {
  TestLog log = small_log();
  const MemoryTiles begun = tiles_of(log);
  for (int block = 0; block < 300; ++block) log.add_block({});
  const MemoryTiles honest = tiles_of(log);
  const auto silent = [](std::uint64_t, std::uint64_t) {};
  for (const bool from_nothing : {true, false}) {
    for (const auto& [path, bytes] : honest.files) {
      if (!path.starts_with("tile/")) continue;
      for (const bool cut : {true, false}) {
        SCOPED_TRACE(path + (cut ? " cut" : " altered") + (from_nothing ? "" : " as the mirror grows"));
        const TemporaryFolder folder;
        MemoryTiles source = begun;
        if (!from_nothing) {
          ASSERT_TRUE(mirror_log(source, log.genesis(), folder.path(), silent));
        }
        const auto before = MemoryTiles(folder.path()).files;
        source = honest;
        std::string& file = source.files.at(path);
        if (cut) {
          file.resize(file.size() - 7);
        } else {
          file[file.size() / 2] = static_cast<char>(file[file.size() / 2] ^ 1);
        }
        const auto mirrored = mirror_log(source, log.genesis(), folder.path(), silent);
        ASSERT_FALSE(mirrored);
        EXPECT_EQ(mirrored.error().reason, Reason::PROOF_INVALID) << mirrored.error().to_string();
        const auto after = MemoryTiles(folder.path()).files;
        EXPECT_EQ(after.contains("checkpoint"), !from_nothing);
        if (!from_nothing) {
          EXPECT_EQ(after.at("checkpoint"), before.at("checkpoint"));
        }
        source = honest;
        const auto mended = mirror_log(source, log.genesis(), folder.path(), silent);
        ASSERT_TRUE(mended) << mended.error().to_string();
        EXPECT_EQ(MemoryTiles(folder.path()).files, honest.files);
      }
    }
  }
}

/// Another log of small_log's network, by the same signers, that shares no leaf with it.
TestLog other_log(int more_blocks) {
  TestLog log(test_genesis());
  log.add_block({log.advance_clock(1'167'800'000'000)});
  for (int block = 0; block < more_blocks; ++block) log.add_block({});
  return log;
}

TEST(Mirror, AnotherLogIsRefusedAndBothCheckpointsAreKept) {
  const TestLog held = small_log();
  MemoryTiles honest = tiles_of(held);
  const auto silent = [](std::uint64_t, std::uint64_t) {};
  for (const int more_blocks : {1, 5, 300}) {
    const TestLog other = other_log(more_blocks);
    SCOPED_TRACE(std::to_string(held.leaves().size()) + " and " + std::to_string(other.leaves().size()) + " leaves");
    const TemporaryFolder folder;
    ASSERT_TRUE(mirror_log(honest, held.genesis(), folder.path(), silent));
    MemoryTiles shown = tiles_of(other);
    const auto refused = mirror_log(shown, held.genesis(), folder.path(), silent);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason, Reason::LOG_INCONSISTENT) << refused.error().to_string();
    std::vector<std::string> kept;
    auto files = MemoryTiles(folder.path()).files;
    for (const auto& [path, bytes] : std::map(files)) {
      if (!path.starts_with(kSplitViewFolder)) continue;
      kept.push_back(bytes);
      files.erase(path);
    }
    EXPECT_THAT(kept, UnorderedElementsAre(held.checkpoint(), other.checkpoint()));
    EXPECT_EQ(files, honest.files);
  }
}

TEST(Mirror, TilesThatDoNotGiveTheirOwnRootAccuseNobody) {
  const TestLog held = small_log();
  MemoryTiles honest = tiles_of(held);
  const auto silent = [](std::uint64_t, std::uint64_t) {};
  const TemporaryFolder folder;
  ASSERT_TRUE(mirror_log(honest, held.genesis(), folder.path(), silent));
  TestLog grown = small_log();
  grown.add_block({});
  MemoryTiles altered = tiles_of(grown);
  altered.files.at("tile/0/000.p/8").front() ^= 1;
  const auto refused = mirror_log(altered, held.genesis(), folder.path(), silent);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, Reason::PROOF_INVALID) << refused.error().to_string();
  EXPECT_EQ(MemoryTiles(folder.path()).files, honest.files);
}

}  // namespace
}  // namespace kimberlite::cli
