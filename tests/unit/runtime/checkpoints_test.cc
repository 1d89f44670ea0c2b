// Checkpoints: published at 2f+1, extended by late signatures, never for a prefix that is not final here.
#include "node/runtime/checkpoints.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace kimberlite::runtime {
namespace {

constexpr const char* kOrigin = "kimberlite.example/checkpoints";
constexpr std::size_t kPeer = 7;

struct World {
  std::vector<SecretKey> keys;
  ValidatorSet validators;
  std::vector<std::string> published;
  std::unique_ptr<Checkpoints> checkpoints;

  explicit World(std::size_t nodes = 4) {
    std::vector<Validator> set;
    for (std::size_t i = 0; i < nodes; ++i) {
      keys.push_back(SecretKey::generate());
      set.push_back({std::string(2, static_cast<char>('A' + i)), keys.back().public_key()});
    }
    validators = ValidatorSet(set);
    checkpoints = std::make_unique<Checkpoints>(kOrigin, CheckpointSigners{validators, LogSize{}, validators}, "",
                                                [this](const std::string& note) { published.push_back(note); });
  }

  CheckpointVote vote(std::size_t by, std::uint64_t size, const Digest& root) const {
    return {LogSize{size}, root, keys[by].public_key(), sign_checkpoint({kOrigin, LogSize{size}, root}, keys[by])};
  }
};

TEST(Checkpoints, PublishesAtTwoThirdsAndAddsLateOnes) {
  World world;
  const Digest root = sha256("root");
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(1, 5, root)));
  EXPECT_TRUE(world.published.empty());
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(2, 5, root)));
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world.published[0], kOrigin, world.validators, 3));
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(3, 5, root)));
  ASSERT_EQ(world.published.size(), 2U);
  EXPECT_TRUE(verify_checkpoint(world.published[1], kOrigin, world.validators, 4));
  EXPECT_EQ(world.checkpoints->newest().signatures, 4U);
}

TEST(Checkpoints, S6NothingIsPublishedThatWasNotSignedHere) {
  World world;
  const Digest root = sha256("root");
  for (std::size_t i = 1; i < 4; ++i) ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(i, 5, root)));
  EXPECT_TRUE(world.published.empty());
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  EXPECT_EQ(world.published.size(), 1U);
}

// What is kept for the next start is what was told last, so it must be the newest: nobody is told a note while somebody
// is still being told an older one.
TEST(Checkpoints, NotesArePublishedOneAfterAnotherWhoeverBringsTheLastSignature) {
  constexpr std::uint64_t kSizes = 20;
  World world;
  std::atomic<bool> telling = false;
  std::string last;
  Checkpoints checkpoints(kOrigin, {world.validators, LogSize{}, world.validators}, "", [&](const std::string& note) {
    EXPECT_FALSE(telling.exchange(true));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    last = note;
    telling = false;
  });
  const Digest root = sha256("root");
  for (std::uint64_t size = 1; size <= kSizes; ++size) checkpoints.sign(LogSize{size}, root, world.keys[0]);
  std::vector<std::jthread> peers;
  for (std::size_t by = 1; by < 4; ++by) {
    peers.emplace_back([&, by] {
      for (std::uint64_t size = 1; size <= kSizes; ++size) EXPECT_TRUE(checkpoints.add(by, world.vote(by, size, root)));
    });
  }
  peers.clear();
  EXPECT_EQ(last, checkpoints.newest().bytes);
  EXPECT_EQ(checkpoints.newest().size, LogSize{kSizes});
}

TEST(Checkpoints, WhatOthersSignedIsPublishedOnceItIsKnownHere) {
  World world;
  const Digest root = sha256("root");
  for (std::size_t i = 1; i < 4; ++i) ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(i, 5, root)));
  world.checkpoints->know(LogSize{5}, root);
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world.published[0], kOrigin, world.validators, 3));
  EXPECT_FALSE(world.checkpoints->own_newest()) << "it was not signed";
  world.checkpoints->know(LogSize{6}, root);
  const auto added = world.checkpoints->add(kPeer, world.vote(1, 6, sha256("theirs")));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().reason, Reason::LOG_INCONSISTENT);
}

TEST(Checkpoints, ContradictionIsNamed) {
  World world;
  world.checkpoints->sign(LogSize{5}, sha256("ours"), world.keys[0]);
  const auto added = world.checkpoints->add(kPeer, world.vote(1, 5, sha256("theirs")));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().reason, Reason::LOG_INCONSISTENT);
}

TEST(Checkpoints, StrangersAreIgnoredAndForgeriesRefused) {
  World world;
  const Digest root = sha256("root");
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  for (int i = 0; i < 3; ++i) {
    const auto stranger = SecretKey::generate();
    EXPECT_TRUE(world.checkpoints->add(
        kPeer, {LogSize{5}, root, stranger.public_key(), sign_checkpoint({kOrigin, LogSize{5}, root}, stranger)}));
  }
  EXPECT_TRUE(world.published.empty());
  auto forged = world.vote(1, 5, root);
  forged.size = LogSize{6};
  EXPECT_EQ(world.checkpoints->add(kPeer, forged).error().reason, Reason::BAD_SIGNATURE);
}

TEST(Checkpoints, WaitersHearOnceCovered) {
  World world;
  const Digest root = sha256("root");
  std::vector<std::uint64_t> heard;
  const auto wait = [&](std::uint64_t size) {
    return world.checkpoints->when_covered(LogSize{size},
                                           [&](const Checkpoints::Note& note) { heard.push_back(note.size.value); });
  };
  EXPECT_TRUE(wait(4));
  EXPECT_TRUE(wait(9));
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(1, 5, root)));
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(2, 5, root)));
  EXPECT_EQ(heard, std::vector<std::uint64_t>{5});
  EXPECT_TRUE(wait(5));
  EXPECT_EQ(heard.size(), 2U);
  world.checkpoints->close();
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{5, 5, 0}));
  EXPECT_FALSE(wait(10));
}

TEST(Checkpoints, StoredNoteSurvivesARestart) {
  World world;
  const Digest root = sha256("root");
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(1, 5, root)));
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(2, 5, root)));
  const CheckpointSigners signers{world.validators, LogSize{}, world.validators};
  const Checkpoints again(kOrigin, signers, world.published.back(), [](const std::string&) {});
  EXPECT_EQ(again.newest().size.value, 5U);
  const Checkpoints damaged(kOrigin, signers, world.published.back().substr(1), [](const std::string&) {});
  EXPECT_TRUE(damaged.newest().bytes.empty());
}

/// A validator that signs thousands of prefixes of no log forgets its own words, not those of others.
TEST(Checkpoints, AFloodOfSignaturesCrowdsOutNobody) {
  World world;
  const Digest root = sha256("root");
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(1, 5, root)));
  constexpr std::uint64_t kFarAhead = 1'000'000;
  for (std::uint64_t i = 0; i < 2 * kCheckpointsCollected; ++i) {
    ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(3, kFarAhead + i, root)));
    ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(3, 5, sha256("lie " + std::to_string(i)))));
  }
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  ASSERT_TRUE(world.checkpoints->add(kPeer, world.vote(2, 5, root)));
  EXPECT_EQ(world.checkpoints->newest().size, LogSize{5});
  EXPECT_EQ(world.checkpoints->newest().signatures, 3U);
}

/// All f of seven sign as many prefixes of no log as are kept of them. Each prefix of the log is published by its fifth
/// signature, whatever stands before it, and none after a longer one.
TEST(Checkpoints, LiesAboutHugeSizesDelayNoPrefixOfTheLog) {
  constexpr std::size_t kHonest = 5;
  constexpr std::uint64_t kFarAhead = 1'000'000;
  World world(7);
  const Digest root = sha256("root");
  const auto lie = [&](std::uint64_t count) {
    for (std::size_t liar = kHonest; liar < world.keys.size(); ++liar)
      for (std::uint64_t i = 0; i < count; ++i)
        ASSERT_TRUE(world.checkpoints->add(liar, world.vote(liar, kFarAhead + i, root)));
  };
  lie(kCheckpointsCollected);
  for (std::uint64_t size = 5; size <= 8; ++size) world.checkpoints->sign(LogSize{size}, root, world.keys[0]);
  for (std::size_t by = 1; by + 1 < kHonest; ++by)
    for (std::uint64_t size = 5; size <= 8; ++size) ASSERT_TRUE(world.checkpoints->add(by, world.vote(by, size, root)));
  EXPECT_TRUE(world.published.empty());
  std::vector<std::uint64_t> newest;
  for (const std::uint64_t size : {6, 5, 8, 7}) {
    lie(1);
    ASSERT_TRUE(world.checkpoints->add(kHonest - 1, world.vote(kHonest - 1, size, root)));
    newest.push_back(world.checkpoints->newest().size.value);
  }
  EXPECT_EQ(newest, (std::vector<std::uint64_t>{6, 6, 8, 8}));
  EXPECT_EQ(world.published.size(), 2U);
  EXPECT_EQ(world.checkpoints->newest().signatures, kHonest);
}

/// In the world's second epoch, begun at 10 leaves, a fifth validator stands in the place of the first.
class NextEpoch : public ::testing::Test {
 protected:
  NextEpoch() {
    world_.keys.push_back(SecretKey::generate());
    std::vector<Validator> set = world_.validators.all();
    set[0].key = world_.keys[4].public_key();
    next_ = ValidatorSet(set);
  }
  void begin() { world_.checkpoints->begin_epoch({world_.validators, LogSize{10}, next_}); }
  void sign(std::uint64_t size) { world_.checkpoints->sign(LogSize{size}, root_, world_.keys[1]); }
  void add(std::size_t by, std::uint64_t size, std::size_t peer = kPeer) {
    ASSERT_TRUE(world_.checkpoints->add(peer, world_.vote(by, size, root_)));
  }

  World world_;
  ValidatorSet next_;
  const Digest root_ = sha256("root");
};

TEST_F(NextEpoch, TheClosingPrefixIsSignedByTheSetBefore) {
  begin();
  sign(10);
  add(2, 10);
  add(4, 10);
  EXPECT_TRUE(world_.published.empty()) << "the new key does not vouch for the epoch before it";
  add(0, 10);
  ASSERT_EQ(world_.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world_.published[0], kOrigin, world_.validators, 3));
}

TEST_F(NextEpoch, LongerPrefixesAreSignedByTheNewSet) {
  begin();
  sign(11);
  add(2, 11);
  add(0, 11);
  EXPECT_TRUE(world_.published.empty()) << "the key that was replaced vouches for nothing new";
  add(4, 11);
  ASSERT_EQ(world_.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world_.published[0], kOrigin, next_, 3));
}

TEST_F(NextEpoch, SignaturesThatCameBeforeTheEpochBeganCount) {
  add(2, 11);
  add(3, 11);
  begin();
  sign(11);
  EXPECT_EQ(world_.published.size(), 1U);
}

// A node that is brought up to date hears what the others sign before it knows their keys. In a quiet network they do
// not say it again: its checkpoint stayed at nothing.
TEST_F(NextEpoch, ASignatureByAKeyThatOnlyTheNewSetKnowsCounts) {
  add(4, 11);
  add(2, 11);
  EXPECT_TRUE(world_.published.empty());
  world_.checkpoints->know(LogSize{11}, root_);
  begin();
  EXPECT_TRUE(world_.published.empty());
  add(3, 11);
  ASSERT_EQ(world_.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world_.published[0], kOrigin, next_, 3));
}

TEST_F(NextEpoch, OfThePrefixesThatItsBeginningMakesReadyTheNewestIsPublished) {
  for (const std::uint64_t size : {11, 12}) {
    world_.checkpoints->know(LogSize{size}, root_);
    add(2, size);
    add(3, size);
    add(4, size, kPeer + size);
  }
  EXPECT_TRUE(world_.published.empty()) << "the fifth key is nobody's yet";
  begin();
  ASSERT_EQ(world_.published.size(), 1U);
  EXPECT_EQ(world_.checkpoints->newest().size, LogSize{12});
  EXPECT_TRUE(verify_checkpoint(world_.published[0], kOrigin, next_, 3));
}

TEST_F(NextEpoch, OfStrangersTheNewestOfEachPeerIsPutBy) {
  constexpr std::size_t kAnother = 8;
  add(4, 11);
  const auto stranger = SecretKey::generate();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(world_.checkpoints->add(kAnother, {LogSize{11}, root_, stranger.public_key(),
                                                   sign_checkpoint({kOrigin, LogSize{11}, root_}, stranger)}));
  }
  add(2, 11);
  add(3, 11);
  begin();
  sign(11);
  ASSERT_EQ(world_.published.size(), 1U);
  EXPECT_EQ(world_.checkpoints->newest().signatures, 4U) << "no other peer takes the new key's place";
}

TEST_F(NextEpoch, AStoredNoteOfTheClosingPrefixSurvivesARestart) {
  sign(10);
  add(2, 10);
  add(3, 10);
  ASSERT_EQ(world_.published.size(), 1U);
  const CheckpointSigners signers{world_.validators, LogSize{10}, next_};
  const Checkpoints again(kOrigin, signers, world_.published.back(), [](const std::string&) {});
  EXPECT_EQ(again.newest().size.value, 10U);
}

}  // namespace
}  // namespace kimberlite::runtime
