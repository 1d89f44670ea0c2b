// Snapshots of the state and stores made from them: chunks that prove themselves, lies that are found, an import that
// is cut short at any step and goes on, and a result that differs in nothing from the store it came from. Power cuts
// are not covered: an import that lost unsynced writes begins with what RocksDB kept, as after a kill.
#include "storage/store_import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "storage/state_chunks.h"
#include "storage/state_snapshot.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::storage::testing {
namespace {

constexpr std::size_t kSmallChunk = 64;  // so that a small state has 4,096 chunks or so
constexpr std::uint64_t kBlocks = 40;

StateChanges changes_of(std::uint64_t block) {
  StateChanges changes;
  for (std::uint64_t i = 0; i < 25; ++i)
    changes["certificate/" + std::to_string(block % 7) + "-" + std::to_string(i * block)] =
        "value " + std::to_string(block * i);
  return changes;
}

class StoreImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store = *Store::open(test_options(folder.path() / "source"));
    ChainBuilder chain(store->snapshot());
    for (std::uint64_t block = 1; block <= kBlocks; ++block) {
      const FinalBlock next = chain.next(block % 4, changes_of(block));
      ASSERT_TRUE(store->commit({&next, 1}, "finalization " + std::to_string(block)));
    }
    leaves = chain.leaves();
    source = store->snapshot();
    snapshot = *StateSnapshot::take(folder.path() / "snapshots", *source, store->finalization(), kSmallChunk);
    ASSERT_GE(snapshot->manifest().depth, 2U);
  }

  [[nodiscard]] std::unique_ptr<StoreImport> open_import() const {
    auto import = StoreImport::open(test_options(folder.path() / "store"));
    EXPECT_TRUE(import) << (import ? "" : import.error().to_string());
    return import ? *std::move(import) : nullptr;
  }
  void expect_same_as_source(const Store& made) const {
    const auto other = made.snapshot();
    EXPECT_EQ(other->tip().block, source->tip().block);
    EXPECT_EQ(other->tip().log_root, source->tip().log_root);
    EXPECT_EQ(other->tip().state_root, source->tip().state_root);
    EXPECT_EQ(made.finalization(), store->finalization());
    EXPECT_EQ(other->log_range().peaks(), source->log_range().peaks());
    EXPECT_EQ(*other->leaves(LogIndex{}, leaves.size(), 1U << 30U), leaves);
    const auto here = source->list("", "", 10'000);
    const auto there = other->list("", "", 10'000);
    ASSERT_EQ(there.size(), here.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      EXPECT_EQ(there[i].key, here[i].key);
      EXPECT_EQ(there[i].value, here[i].value);
      const auto proof = prove_state(*other, here[i].key);
      EXPECT_TRUE(verify_state_map(source->state_root(), here[i].key, here[i].value, proof));
    }
    for (std::uint64_t number = 0; number < leaves.size() - kBlocks; ++number) {
      const auto found = other->find_envelope(envelope_id_of(number));
      ASSERT_TRUE(found);
      EXPECT_EQ(found->index, source->find_envelope(envelope_id_of(number))->index);
      EXPECT_EQ(found->height, source->find_envelope(envelope_id_of(number))->height);
    }
    for (std::uint64_t height = 1; height <= kBlocks; ++height)
      EXPECT_EQ(other->record_leaf(Height{height}), source->record_leaf(Height{height}));
    EXPECT_EQ(*other->tile(0, 0, 50), *source->tile(0, 0, 50));
  }

  TemporaryFolder folder;
  std::unique_ptr<Store> store;
  std::shared_ptr<const Snapshot> source;
  std::vector<std::string> leaves;
  std::shared_ptr<const StateSnapshot> snapshot;
};

TEST_F(StoreImportTest, GivesTheStoreThatTheSnapshotCameFrom) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  auto missing = import->missing();
  std::ranges::reverse(missing);
  for (const std::uint32_t chunk : missing) ASSERT_TRUE(import->put_chunk(chunk, *snapshot->chunk(chunk)));
  ASSERT_TRUE(import->append(leaves));
  const std::vector<std::string> links = {"how epoch 1 ended"};
  ASSERT_TRUE(import->finish(links));
  import.reset();
  auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  expect_same_as_source(**made);
  EXPECT_EQ((*made)->snapshot()->epoch_link(Epoch{1}), links.front());
  // And it goes on as that one does.
  ChainBuilder here(source);
  ChainBuilder there((*made)->snapshot());
  const FinalBlock next = here.next(3, changes_of(99));
  const FinalBlock same = there.next(3, changes_of(99));
  EXPECT_EQ(next.record_leaf, same.record_leaf);
  EXPECT_TRUE((*made)->commit({&same, 1}, "finalization"));
}

TEST_F(StoreImportTest, GoesOnAfterBeingCutShortAtEveryStep) {
  constexpr std::size_t kLeavesAStep = 7;
  constexpr std::size_t kChunksAStep = 300;
  std::size_t steps = 0;
  while (true) {
    auto import = open_import();  // what came before was left as a killed process leaves it
    if (!import->manifest()) {
      ASSERT_TRUE(import->begin(snapshot->manifest()));
    } else if (import->log_size().value < leaves.size()) {
      EXPECT_EQ(*import->manifest(), snapshot->manifest());
      const auto from = leaves.begin() + static_cast<std::ptrdiff_t>(import->log_size().value);
      const auto count = std::min<std::ptrdiff_t>(kLeavesAStep, leaves.end() - from);
      ASSERT_TRUE(import->append(std::vector(from, from + count)));
    } else if (auto missing = import->missing(); !missing.empty()) {
      missing.resize(std::min(missing.size(), kChunksAStep));
      for (const std::uint32_t chunk : missing) ASSERT_TRUE(import->put_chunk(chunk, *snapshot->chunk(chunk)));
    } else {
      EXPECT_FALSE(store_exists(folder.path() / "store")) << "it has the store's name only when it is whole";
      ASSERT_TRUE(import->finish({}));
      break;
    }
    ++steps;
  }
  EXPECT_GT(steps, 10U);
  auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  expect_same_as_source(**made);
}

// The process died, or the power went, between the last sync and the name.
TEST_F(StoreImportTest, OneThatWasWholeButForItsNameIsNamed) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  for (const std::uint32_t chunk : import->missing()) ASSERT_TRUE(import->put_chunk(chunk, *snapshot->chunk(chunk)));
  ASSERT_TRUE(import->append(leaves));
  ASSERT_TRUE(import->finish({}));
  import.reset();
  std::filesystem::rename(folder.path() / "store", folder.path() / "store.import");
  EXPECT_EQ(open_import(), nullptr);
  ASSERT_TRUE(store_exists(folder.path() / "store"));
  auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  expect_same_as_source(**made);
}

TEST_F(StoreImportTest, OneThatWasGivenUpIsDropped) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  ASSERT_TRUE(import->append(leaves));
  import.reset();
  const auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_TRUE(drop_import(folder.path() / "store"));
  EXPECT_FALSE(drop_import(folder.path() / "store"));
  EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(folder.path())), 3)
      << "the source, the snapshots, and the store that was made";
}

TEST_F(StoreImportTest, AnotherSnapshotKeepsTheLogAndDropsTheChunks) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  for (const std::uint32_t chunk : import->missing()) ASSERT_TRUE(import->put_chunk(chunk, *snapshot->chunk(chunk)));
  ASSERT_TRUE(import->append(std::vector(leaves.begin(), leaves.begin() + 11)));
  ChainBuilder chain(source);
  const FinalBlock next = chain.next(2, changes_of(41));
  ASSERT_TRUE(store->commit({&next, 1}, "finalization 41"));
  source = store->snapshot();
  std::ranges::move(chain.leaves(), std::back_inserter(leaves));
  const auto later = *StateSnapshot::take(folder.path() / "snapshots", *source, store->finalization());
  EXPECT_EQ(later->manifest().depth, 0U) << "an ordinary chunk holds all of a small state";
  ASSERT_TRUE(import->begin(later->manifest()));
  EXPECT_EQ(import->missing().size(), 1U);
  EXPECT_EQ(import->log_size().value, 11U);
  ASSERT_TRUE(import->put_chunk(0, *later->chunk(0)));
  ASSERT_TRUE(import->append(std::vector(leaves.begin() + 11, leaves.end())));
  ASSERT_TRUE(import->finish({}));
  auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ((*made)->snapshot()->tip().state_root, source->tip().state_root);
  EXPECT_EQ((*made)->snapshot()->list("", "", 10'000).size(), source->list("", "", 10'000).size());
}

// What stands beyond that block's record has no place in its store.
TEST_F(StoreImportTest, AnOlderSnapshotThanTheLogBeginsTheLogAnew) {
  ChainBuilder chain(source);
  const FinalBlock next = chain.next(2, changes_of(kBlocks + 1));
  auto import = open_import();
  ASSERT_TRUE(import->begin({next.record_leaf, "finalization 41", 0, ChunkTop::of(*next.state, 0).encode()}));
  ASSERT_TRUE(import->append(leaves));
  ASSERT_TRUE(import->append(chain.leaves()));
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  EXPECT_EQ(import->log_size().value, 0U);
  import.reset();
  import = open_import();
  EXPECT_EQ(*import->manifest(), snapshot->manifest());
  EXPECT_EQ(import->log_size().value, 0U);
  EXPECT_EQ(import->missing().size(), chunk_count(snapshot->manifest().depth));
  for (const std::uint32_t chunk : import->missing()) ASSERT_TRUE(import->put_chunk(chunk, *snapshot->chunk(chunk)));
  ASSERT_TRUE(import->append(leaves));
  ASSERT_TRUE(import->finish({}));
  import.reset();
  auto made = Store::open(test_options(folder.path() / "store"));
  ASSERT_TRUE(made) << made.error().to_string();
  expect_same_as_source(**made);
  EXPECT_FALSE((*made)->snapshot()->record_leaf(next.header.height));
  EXPECT_FALSE((*made)->snapshot()->height_of(block_digest(next.record_leaf)));
  for (const Digest& id : next.envelope_ids) EXPECT_FALSE((*made)->snapshot()->find_envelope(id));
}

// It ends with that block's record, as it should.
TEST_F(StoreImportTest, ASnapshotAtTheEndOfTheLogKeepsTheLog) {
  auto import = open_import();
  ASSERT_TRUE(import->begin({snapshot->manifest().record_leaf, "another", 0, ChunkTop::of(*source, 0).encode()}));
  ASSERT_TRUE(import->append(leaves));
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  EXPECT_EQ(import->log_size().value, leaves.size());
}

TEST_F(StoreImportTest, ALieInAChunkIsFoundAndNothingIsWritten) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  std::size_t lies = 0;
  for (const std::uint32_t chunk : import->missing()) {
    const auto good = *snapshot->chunk(chunk);
    std::vector<std::vector<StateItem>> spoilt;
    spoilt.push_back(good);
    spoilt.back().push_back({"invented", "x"});
    if (!good.empty()) {
      spoilt.push_back(good);
      spoilt.back().front().value += "!";
      spoilt.push_back(good);
      spoilt.back().pop_back();
      spoilt.push_back(good);
      spoilt.back().push_back(good.front());
    }
    for (const auto& items : spoilt) {
      const auto put = import->put_chunk(chunk, items);
      ASSERT_FALSE(put);
      EXPECT_EQ(put.error().reason, Reason::PROOF_INVALID);
      ++lies;
    }
  }
  EXPECT_GT(lies, 500U);
  EXPECT_EQ(import->missing().size(), chunk_count(snapshot->manifest().depth));
  EXPECT_EQ(import->put_chunk(chunk_count(snapshot->manifest().depth), {}).error().reason, Reason::FIELD_OUT_OF_RANGE);
}

TEST_F(StoreImportTest, ALieInTheTopIsFound) {
  const SnapshotManifest& good = snapshot->manifest();
  const Digest root = snapshot->header().state_root;
  ASSERT_TRUE(ChunkTop::decode(good.depth, root, good.top));
  for (std::size_t page = 0; page < good.top.size(); ++page) {
    auto altered = good.top;
    altered[page].back() = static_cast<char>(altered[page].back() ^ 1);
    EXPECT_FALSE(ChunkTop::decode(good.depth, root, altered));
  }
  auto shortened = good.top;
  shortened.pop_back();
  EXPECT_EQ(ChunkTop::decode(good.depth, root, shortened).error().reason, Reason::PROOF_TRUNCATED);
  auto lengthened = good.top;
  lengthened.push_back(good.top.back());
  EXPECT_EQ(ChunkTop::decode(good.depth, root, lengthened).error().reason, Reason::MALFORMED);
  EXPECT_EQ(ChunkTop::decode(kChunkDepthMax + 1, root, good.top).error().reason, Reason::FIELD_OUT_OF_RANGE);
}

// A leaf hashes as a page of that leaf alone would: with such a page in its place the root is right and the tree is
// not.
TEST(ChunkTop, APageOfOneLeafIsRefused) {
  const MapLeaf first(map_path("a"), map_value_digest("1"));
  std::string other = "b";
  while (path_nibble(map_path(other), 0) != (path_nibble(first.path, 0) ^ 1U)) other += "b";  // side by side
  const MapLeaf second(map_path(other), map_value_digest("2"));
  MapPage honest;
  honest.set_leaf(path_nibble(first.path, 0), first);
  honest.set_leaf(path_nibble(second.path, 0), second);
  const Digest root = honest.hash();
  ASSERT_TRUE(ChunkTop::decode(2, root, std::vector{honest.encode()}));
  MapPage top;
  top.set_node(path_nibble(first.path, 0), first.hash);
  top.set_leaf(path_nibble(second.path, 0), second);
  ASSERT_EQ(top.hash(), root);
  MapPage below;
  below.set_leaf(path_nibble(first.path, 1), first);
  const auto decoded = ChunkTop::decode(2, root, std::vector{top.encode(), below.encode()});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().reason, Reason::PROOF_INVALID);
  // And where the page would be the chunk's own.
  const auto shallow = ChunkTop::decode(1, root, std::vector{top.encode()});
  ASSERT_TRUE(shallow);
  EXPECT_FALSE(shallow->check(path_nibble(first.path, 0), std::vector<StateItem>{{"a", "1"}}));
}

// A leaf alone in its range hashes the same in each slot of it. Moved, both chunks would be proven empty, and whoever
// joins would have a state without it.
TEST(ChunkTop, ALeafInAnothersPlaceIsRefused) {
  const MapLeaf leaf(map_path("a"), map_value_digest("1"));
  const unsigned slot = path_nibble(leaf.path, 0);
  MapPage honest;
  honest.set_leaf(slot, leaf);
  std::string other = "b";
  while ((path_nibble(map_path(other), 0) ^ slot) < 8) other += "b";  // in the other half
  const MapLeaf far(map_path(other), map_value_digest("2"));
  honest.set_leaf(path_nibble(far.path, 0), far);
  const Digest root = honest.hash();
  ASSERT_TRUE(ChunkTop::decode(1, root, std::vector{honest.encode()}));
  MapPage moved;
  moved.set_leaf(slot ^ 1U, leaf);
  moved.set_leaf(path_nibble(far.path, 0), far);
  ASSERT_EQ(moved.hash(), root);
  const auto decoded = ChunkTop::decode(1, root, std::vector{moved.encode()});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().reason, Reason::PROOF_INVALID);
}

TEST_F(StoreImportTest, LeavesThatDoNotFollowAreRefused) {
  auto import = open_import();
  ASSERT_TRUE(import->begin(snapshot->manifest()));
  EXPECT_EQ(import->append(std::vector<std::string>{"no leaf"}).error().reason, Reason::LEAF_ALTERED);
  const auto second = source->record_leaf(Height{2});
  EXPECT_EQ(import->append(std::vector{*second}).error().reason, Reason::LEAF_ALTERED);
  EXPECT_EQ(import->log_size().value, 0U);
}

TEST_F(StoreImportTest, AChunkThatRottedIsNotGivenOut) {
  const auto files = folder.path() / "snapshots";
  std::filesystem::path victim;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(files))
    if (entry.is_regular_file() && entry.path().filename() != "manifest") victim = entry.path();
  std::fstream stream(victim, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(-1, std::ios::end);
  stream.put('~');
  stream.close();
  const auto chunk = static_cast<std::uint32_t>(std::stoul(victim.filename().string()));
  EXPECT_EQ(snapshot->chunk(chunk).error().reason, Reason::STORE_CORRUPT);
}

TEST_F(StoreImportTest, TheNewestWholeSnapshotIsFoundAgain) {
  const auto files = folder.path() / "snapshots";
  std::filesystem::create_directories(files / "99999999999999999999.new");
  const auto found = StateSnapshot::newest(files);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->manifest(), snapshot->manifest());
  EXPECT_FALSE(std::filesystem::exists(files / "99999999999999999999.new")) << "what was left half done is removed";
  EXPECT_EQ(StateSnapshot::newest(folder.path() / "nothing"), nullptr);
}

}  // namespace
}  // namespace kimberlite::storage::testing
