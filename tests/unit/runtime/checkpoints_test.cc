// Checkpoints: published at 2f+1, extended by late signatures, never for a prefix that was not signed here.
#include "node/runtime/checkpoints.h"

#include <gtest/gtest.h>

namespace kimberlite::runtime {
namespace {

constexpr const char* kOrigin = "kimberlite.example/checkpoints";

struct World {
  std::vector<SecretKey> keys;
  ValidatorSet validators;
  std::vector<std::string> published;
  std::unique_ptr<Checkpoints> checkpoints;

  World() {
    std::vector<Validator> set;
    for (const auto* code : {"AA", "BB", "CC", "DD"}) {
      keys.push_back(SecretKey::generate());
      set.push_back({code, keys.back().public_key()});
    }
    validators = ValidatorSet(set);
    checkpoints = std::make_unique<Checkpoints>(kOrigin, validators, "",
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
  ASSERT_TRUE(world.checkpoints->add(world.vote(1, 5, root)));
  EXPECT_TRUE(world.published.empty());
  ASSERT_TRUE(world.checkpoints->add(world.vote(2, 5, root)));
  ASSERT_EQ(world.published.size(), 1U);
  EXPECT_TRUE(verify_checkpoint(world.published[0], kOrigin, world.validators, 3));
  ASSERT_TRUE(world.checkpoints->add(world.vote(3, 5, root)));
  ASSERT_EQ(world.published.size(), 2U);
  EXPECT_TRUE(verify_checkpoint(world.published[1], kOrigin, world.validators, 4));
  EXPECT_EQ(world.checkpoints->newest().signatures, 4U);
}

TEST(Checkpoints, S6NothingIsPublishedThatWasNotSignedHere) {
  World world;
  const Digest root = sha256("root");
  for (std::size_t i = 1; i < 4; ++i) ASSERT_TRUE(world.checkpoints->add(world.vote(i, 5, root)));
  EXPECT_TRUE(world.published.empty());
  world.checkpoints->sign(LogSize{5}, root, world.keys[0]);
  EXPECT_EQ(world.published.size(), 1U);
}

TEST(Checkpoints, ContradictionIsNamed) {
  World world;
  world.checkpoints->sign(LogSize{5}, sha256("ours"), world.keys[0]);
  const auto added = world.checkpoints->add(world.vote(1, 5, sha256("theirs")));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().reason, Reason::LOG_INCONSISTENT);
}

TEST(Checkpoints, StrangersAndForgeriesAreRefused) {
  World world;
  const auto stranger = SecretKey::generate();
  const Digest root = sha256("root");
  EXPECT_EQ(world.checkpoints
                ->add({LogSize{5}, root, stranger.public_key(), sign_checkpoint({kOrigin, LogSize{5}, root}, stranger)})
                .error()
                .reason,
            Reason::UNKNOWN_KEY);
  auto forged = world.vote(1, 5, root);
  forged.size = LogSize{6};
  EXPECT_EQ(world.checkpoints->add(forged).error().reason, Reason::BAD_SIGNATURE);
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
  ASSERT_TRUE(world.checkpoints->add(world.vote(1, 5, root)));
  ASSERT_TRUE(world.checkpoints->add(world.vote(2, 5, root)));
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
  ASSERT_TRUE(world.checkpoints->add(world.vote(1, 5, root)));
  ASSERT_TRUE(world.checkpoints->add(world.vote(2, 5, root)));
  const Checkpoints again(kOrigin, world.validators, world.published.back(), [](const std::string&) {});
  EXPECT_EQ(again.newest().size.value, 5U);
  const Checkpoints damaged(kOrigin, world.validators, world.published.back().substr(1), [](const std::string&) {});
  EXPECT_TRUE(damaged.newest().bytes.empty());
}

}  // namespace
}  // namespace kimberlite::runtime
