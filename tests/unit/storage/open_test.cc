// Opening: one test for each row of the table in storage/open.cc, and for what comes before it. A store is made, one
// thing in it is changed behind its back, and the refusal must name the right reason and place.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "storage/internal/database.h"
#include "storage/internal/database_store.h"
#include "storage/internal/records.h"
#include "storage/store.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage {
namespace {

using testing::ChainBuilder;
using testing::TemporaryFolder;
using testing::test_chain_id;
using testing::test_options;

// Changes a closed store without the store's knowledge.
class Editor {
 public:
  explicit Editor(const std::filesystem::path& folder)
      : database_(*Database::open(folder, *rocksdb::Env::Default(), false)) {}

  void put(Family family, const std::string& key, const std::string& value) {
    ASSERT_TRUE(database_->rocks().Put({}, database_->family(family), key, value).ok());
  }
  void remove(Family family, const std::string& key) {
    ASSERT_TRUE(get(family, key)) << "there is something to remove";
    ASSERT_TRUE(database_->rocks().Delete({}, database_->family(family), key).ok());
  }
  std::optional<std::string> get(Family family, const std::string& key) { return *database_->get({}, family, key); }
  void change_tip(const std::function<void(TipRecord&)>& change) {
    TipRecord record = *decode_tip(*get(Family::kMeta, std::string(kTipKey)));
    change(record);
    put(Family::kMeta, std::string(kTipKey), encode_tip(record.tip, record.range));
  }
  void create_family(const std::string& name) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(database_->rocks().CreateColumnFamily({}, name, &handle).ok());
    ASSERT_TRUE(database_->rocks().DestroyColumnFamilyHandle(handle).ok());
  }
  void drop_family(Family family) { ASSERT_TRUE(database_->rocks().DropColumnFamily(database_->family(family)).ok()); }

 private:
  std::shared_ptr<Database> database_;
};

constexpr int kHeight = 3;  // of the store that is changed; its log has ten leaves

struct Row {
  std::string name;
  Reason reason;
  std::string field;
  std::function<void(Editor&)> change;
  bool at_genesis{};
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class OpenTest : public ::testing::Test {
 protected:
  void make_store(int height) {
    auto store = Store::open(test_options(folder_.path()));
    ASSERT_TRUE(store) << store.error().to_string();
    ChainBuilder chain((*store)->snapshot());
    for (int block = 0; block < height; ++block) {
      const FinalBlock next = chain.next(block == 0 ? 3 : 2, {{"key/" + std::to_string(block), "value"}});
      ASSERT_TRUE((*store)->commit({&next, 1}, "finalization"));
    }
  }

  TemporaryFolder folder_;
};

class OpenRowTest : public OpenTest, public ::testing::WithParamInterface<Row> {};

TEST_P(OpenRowTest, IsRefused) {
  make_store(GetParam().at_genesis ? 0 : kHeight);
  ASSERT_TRUE(Store::open(test_options(folder_.path()))) << "sound before the change";
  {
    Editor editor(folder_.path());
    GetParam().change(editor);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto opened = Store::open(test_options(folder_.path()));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().reason, GetParam().reason) << opened.error().to_string();
    EXPECT_EQ(opened.error().field, GetParam().field.empty() ? folder_.path().string() : GetParam().field)
        << opened.error().to_string();
  }
}

const Height kTipHeight{kHeight};

std::vector<Row> rows() {
  const auto meta = [](std::string_view key) { return std::string(key); };
  return {
      {"NewerFormat", Reason::STORE_NEWER_FORMAT, "default",
       [=](Editor& e) { e.put(Family::kMeta, meta(kFormatKey), encode_format(kStoreFormat + 1)); }},
      {"NewerFormatWithAnotherFamily", Reason::STORE_NEWER_FORMAT, "default",
       [=](Editor& e) {
         e.put(Family::kMeta, meta(kFormatKey), encode_format(kStoreFormat + 1));
         e.create_family("novelties");
       }},
      {"FormatZero", Reason::STORE_CORRUPT, "default",
       [=](Editor& e) { e.put(Family::kMeta, meta(kFormatKey), encode_format(0)); }},
      {"FormatDamaged", Reason::STORE_CORRUPT, "default",
       [=](Editor& e) { e.put(Family::kMeta, meta(kFormatKey), "1"); }},
      {"DataWithoutFormat", Reason::STORE_CORRUPT, "default",
       [=](Editor& e) { e.remove(Family::kMeta, meta(kFormatKey)); }},
      {"OtherNetwork", Reason::STORE_OTHER_NETWORK, "default",
       [=](Editor& e) { e.put(Family::kMeta, meta(kChainIdKey), std::string(sha256("another network").view())); }},
      {"NoChainId", Reason::STORE_CORRUPT, "default", [=](Editor& e) { e.remove(Family::kMeta, meta(kChainIdKey)); }},
      {"NoTip", Reason::STORE_CORRUPT, "default", [=](Editor& e) { e.remove(Family::kMeta, meta(kTipKey)); }},
      {"TipDamaged", Reason::STORE_CORRUPT, "default", [=](Editor& e) { e.put(Family::kMeta, meta(kTipKey), "tip"); }},
      {"UnknownFamily", Reason::STORE_CORRUPT, "", [](Editor& e) { e.create_family("novelties"); }},
      {"FamilyMissing", Reason::STORE_CORRUPT, "", [](Editor& e) { e.drop_family(Family::kEnvelopes); }},
      {"HeightWithoutLog", Reason::STORE_CORRUPT, "default",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.height = Height{1}; }); }, true},
      {"GenesisOfAnotherBlock", Reason::STORE_CORRUPT, "default",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.block = sha256("another"); }); }, true},
      {"GenesisOfAnotherState", Reason::STORE_CORRUPT, "default",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.state_root = sha256("another"); }); }, true},
      {"HeightZeroWithLog", Reason::STORE_CORRUPT, "default",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.height = Height{0}; }); }},
      {"LastLeafMissing", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.remove(Family::kLeaves, encode_number(9)); }},
      {"LeafAfterTheTip", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.put(Family::kLeaves, encode_number(10), "leaf"); }},
      {"LastLeafIsNoRecord", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.put(Family::kLeaves, encode_number(9), testing::envelope_leaf_of(9)); }},
      {"LastLeafIsAnotherRecord", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.put(Family::kLeaves, encode_number(9), *e.get(Family::kLeaves, encode_number(6))); }},
      {"TipOfAnotherBlock", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.block = sha256("another"); }); }},
      {"TipOfAnotherView", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.view = View{99}; }); }},
      {"TipOfAnotherTime", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.block_time_ms = TimeMs{99}; }); }},
      {"TipOfAnotherState", Reason::STORE_CORRUPT, "leaves",
       [](Editor& e) { e.change_tip([](TipRecord& r) { r.tip.state_root = sha256("another"); }); }},
      {"BlockNotIndexedByHeight", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) { e.remove(Family::kBlocks, height_key(kTipHeight)); }},
      {"BlockIndexedElsewhere", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) { e.put(Family::kBlocks, height_key(kTipHeight), encode_number(6)); }},
      {"BlockNotIndexedByDigest", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) {
         e.remove(Family::kBlocks, digest_key(block_digest(*e.get(Family::kLeaves, encode_number(9)))));
       }},
      {"BlockAfterTheTip", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) { e.put(Family::kBlocks, height_key(Height{kHeight + 1}), encode_number(9)); }},
      {"ParentNotIndexed", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) { e.remove(Family::kBlocks, height_key(Height{kHeight - 1})); }},
      {"ParentMissing", Reason::STORE_CORRUPT, "blocks",
       [](Editor& e) { e.remove(Family::kLeaves, encode_number(6)); }},
      {"HashMissing", Reason::STORE_CORRUPT, "tiles", [](Editor& e) { e.remove(Family::kTiles, tile_key(0, 3)); }},
      {"HashDamaged", Reason::STORE_CORRUPT, "tiles",
       [](Editor& e) { e.put(Family::kTiles, tile_key(0, 3), std::string(32, 'x')); }},
      {"HashOfAnotherLength", Reason::STORE_CORRUPT, "tiles",
       [](Editor& e) { e.put(Family::kTiles, tile_key(0, 3), std::string(31, 'x')); }},
      {"HashAfterTheTip", Reason::STORE_CORRUPT, "tiles",
       [](Editor& e) { e.put(Family::kTiles, tile_key(0, 10), std::string(32, 'x')); }},
      {"UpperHashAfterTheTip", Reason::STORE_CORRUPT, "tiles",
       [](Editor& e) { e.put(Family::kTiles, tile_key(1, 0), std::string(32, 'x')); }},
      {"PeaksOfAnotherLog", Reason::STORE_CORRUPT, "tiles",
       [](Editor& e) {
         e.change_tip([](TipRecord& r) { r.range = CompactRange(r.range.size(), {sha256("a"), sha256("b")}); });
       }},
      {"MapWithoutRoot", Reason::STORE_CORRUPT, "map", [](Editor& e) { e.remove(Family::kMap, MapPageId().key()); }},
      {"MapRootDamaged", Reason::STORE_CORRUPT, "map",
       [](Editor& e) { e.put(Family::kMap, MapPageId().key(), "page"); }},
      {"MapOfAnotherRoot", Reason::STORE_CORRUPT, "map",
       [](Editor& e) {
         MapPage page = *MapPage::decode(*e.get(Family::kMap, MapPageId().key()));
         page.set_node(0, sha256("another"));
         e.put(Family::kMap, MapPageId().key(), page.encode());
       }},
      {"NoFinalization", Reason::STORE_CORRUPT, "certificates",
       [](Editor& e) { e.remove(Family::kCertificates, std::string(kFinalizationKey)); }},
      {"FinalizationAtGenesis", Reason::STORE_CORRUPT, "certificates",
       [](Editor& e) { e.put(Family::kCertificates, std::string(kFinalizationKey), "f"); }, true},
      {"BodyKeyDamaged", Reason::STORE_CORRUPT, "bodies", [](Editor& e) { e.put(Family::kBodies, "key", "body"); }},
  };
}

INSTANTIATE_TEST_SUITE_P(Rows, OpenRowTest, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

TEST_F(OpenTest, RecordOfAnotherEventsRootIsRefused) {
  // A consistent forgery of record, tip and tiles: only the events root inside the record gives it away.
  make_store(kHeight);
  {
    Editor editor(folder_.path());
    BlockHeader header = *decode_block_leaf(*editor.get(Family::kLeaves, encode_number(9)));
    editor.remove(Family::kBlocks, digest_key(block_digest(encode_block_leaf(header))));
    header.events_root = sha256("another");
    const std::string leaf = encode_block_leaf(header);
    editor.put(Family::kLeaves, encode_number(9), leaf);
    editor.put(Family::kTiles, tile_key(0, 9), std::string(leaf_hash(leaf).view()));
    editor.put(Family::kBlocks, digest_key(block_digest(leaf)), encode_number(kHeight));
    CompactRange range;
    for (std::uint64_t index = 0; index < 10; ++index) {
      range.append(*Digest::from_bytes(*editor.get(Family::kTiles, tile_key(0, index))));
    }
    editor.change_tip([&](TipRecord& record) {
      record.tip.block = block_digest(leaf);
      record.range = range;
    });
  }
  const auto opened = Store::open(test_options(folder_.path()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, Reason::STORE_CORRUPT);
  EXPECT_NE(opened.error().message.find("events root"), std::string::npos) << opened.error().to_string();
}

TEST_F(OpenTest, CreationThatWasCutShortIsFinished) {
  std::filesystem::create_directories(folder_.path());
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder_.path().string(), &raw).ok());
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  ASSERT_TRUE(raw->CreateColumnFamily({}, "leaves", &handle).ok());
  ASSERT_TRUE(raw->DestroyColumnFamilyHandle(handle).ok());
  delete raw;
  const auto store = Store::open(test_options(folder_.path()));
  ASSERT_TRUE(store) << store.error().to_string();
  EXPECT_EQ((*store)->snapshot()->get("genesis/a"), "1");
}

TEST_F(OpenTest, TablesWithoutCurrentAreRefused) {
  make_store(kHeight);
  std::filesystem::remove(folder_.path() / "CURRENT");
  const auto opened = Store::open(test_options(folder_.path()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, Reason::STORE_CORRUPT) << opened.error().to_string();
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "CURRENT")) << "nothing was made over the old store";
}

TEST_F(OpenTest, OtherGenesisStateIsRefused) {
  make_store(0);
  StoreOptions options = test_options(folder_.path());
  options.genesis_state["genesis/a"] = "another";
  EXPECT_EQ(Store::open(options).error().reason, Reason::STORE_CORRUPT);
}

TEST_F(OpenTest, AStoreInUseIsLocked) {
  const auto store = Store::open(test_options(folder_.path()));
  ASSERT_TRUE(store);
  const auto again = Store::open(test_options(folder_.path()));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, Reason::STORE_LOCKED) << again.error().to_string();
}

TEST_F(OpenTest, AStoreInUseByAnotherProcessIsLocked) {
  make_store(0);
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t other = ::fork();
  if (other == 0) {  // holds the lock as RocksDB does, and nothing else: it has none of this process's threads
    char byte = 'x';
    const int file = ::open((folder_.path() / "LOCK").c_str(), O_RDWR);
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (file < 0 || ::fcntl(file, F_SETLK, &whole) != 0 || ::write(ready[1], &byte, 1) != 1) ::_exit(1);
    static_cast<void>(::read(done[0], &byte, 1) == 1);
    ::_exit(0);
  }
  char byte = 'x';
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto opened = Store::open(test_options(folder_.path()));
  ASSERT_EQ(::write(done[1], &byte, 1), 1);
  ASSERT_EQ(::waitpid(other, nullptr, 0), other);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, Reason::STORE_LOCKED) << opened.error().to_string();
  EXPECT_EQ(opened.error().field, folder_.path().string());
  EXPECT_TRUE(Store::open(test_options(folder_.path()))) << "free again";
}

TEST_F(OpenTest, AFolderThatCannotBeMadeIsAnIoError) {
  const std::filesystem::path file = folder_.path() / "file";
  std::ofstream(file) << "not a folder";
  EXPECT_EQ(Store::open(test_options(file)).error().reason, Reason::STORE_IO);
  EXPECT_EQ(Store::open(test_options(file / "below")).error().reason, Reason::STORE_IO);
}

/// A disk with as much room as is said.
class RoomyEnv : public rocksdb::EnvWrapper {
 public:
  RoomyEnv() : EnvWrapper(rocksdb::Env::Default()) {}
  const char* Name() const override { return "RoomyEnv"; }
  rocksdb::Status GetFreeSpace(const std::string& /*path*/, std::uint64_t* free_bytes) override {
    *free_bytes = free_bytes_;
    return rocksdb::Status::OK();
  }
  std::uint64_t free_bytes_ = kFreeBytesMin;
};

// RocksDB aborted the process, without a reason, when it met a full disk while it opened or after a failed write.
TEST_F(OpenTest, AFullDiskIsNamedBeforeRocksDbMeetsIt) {
  RoomyEnv env;
  {
    const auto store = open_store(test_options(folder_.path()), env);
    ASSERT_TRUE(store) << store.error().to_string();
    env.free_bytes_ = kFreeBytesMin - 1;
    const auto written = (*store)->put_checkpoint("note");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().reason, Reason::STORE_IO) << written.error().to_string();
  }
  const auto opened = open_store(test_options(folder_.path()), env);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, Reason::STORE_IO) << opened.error().to_string();
  env.free_bytes_ = kFreeBytesMin;
  const auto again = open_store(test_options(folder_.path()), env);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ((*again)->checkpoint(), "");
}

}  // namespace
}  // namespace kimberlite::storage
