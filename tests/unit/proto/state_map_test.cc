#include "proto/state_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "naive_map.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

using test::StateValues;

StateValues numbered_values(std::size_t count) {
  StateValues values;
  for (std::size_t i = 0; i < count; ++i) values["certificate/BW-" + std::to_string(i)] = "value " + std::to_string(i);
  return values;
}

Digest flipped(Digest digest, std::size_t bit) {
  digest.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  return digest;
}

TEST(StateMap, HashesAreThoseOfTheDefinition) {
  const Digest path = map_path("key");
  const Digest value = map_value_digest("value");
  EXPECT_EQ(path, sha256("key"));
  EXPECT_EQ(value, sha256("value"));
  const std::string pair = std::string(path.view()) + std::string(value.view());
  EXPECT_EQ(map_leaf_hash(path, value), sha256("kimberlite/v1/map-leaf\n" + pair));
  EXPECT_EQ(map_node_hash(path, value), sha256("kimberlite/v1/map-node\n" + pair));
  EXPECT_TRUE(map_node_hash(Digest{}, Digest{}).is_zero());
  EXPECT_FALSE(map_node_hash(path, Digest{}).is_zero());
}

TEST(StateMap, PathBitsRunFromTheMostSignificant) {
  Digest path;
  path.bytes[0] = 0x80;
  path.bytes[1] = 0x01;
  EXPECT_TRUE(map_path_bit(path, 0));
  EXPECT_FALSE(map_path_bit(path, 1));
  EXPECT_FALSE(map_path_bit(path, 14));
  EXPECT_TRUE(map_path_bit(path, 15));
  EXPECT_FALSE(map_path_bit(path, 255));
}

TEST(StateMapDeathTest, BitBeyondThePathStops) {
  EXPECT_DEATH((void)map_path_bit(Digest{}, 256), "256 bits");
}

TEST(StateMap, EmptyMapProvesAbsenceOfEverything) {
  EXPECT_TRUE(verify_state_map(Digest{}, "key", std::nullopt, {}));
  EXPECT_FALSE(verify_state_map(Digest{}, "key", "value", {}));
  EXPECT_FALSE(verify_state_map(sha256("root"), "key", std::nullopt, {}));
}

TEST(StateMap, PresenceAndAbsenceAgainstTheNaiveMap) {
  for (const std::size_t count : {1U, 2U, 3U, 17U, 200U}) {
    const StateValues values = numbered_values(count);
    const Digest root = test::naive_map_root(values);
    for (const auto& [key, value] : values) {
      const StateMapProof proof = test::naive_map_proof(values, key);
      ASSERT_FALSE(proof.other_leaf);
      ASSERT_TRUE(verify_state_map(root, key, value, proof)) << key;
      ASSERT_FALSE(verify_state_map(root, key, value + "x", proof));
      ASSERT_FALSE(verify_state_map(root, key, std::nullopt, proof));
      ASSERT_FALSE(verify_state_map(root, key + "x", value, proof));
    }
    for (int i = 0; i < 200; ++i) {
      const std::string key = "absent/" + std::to_string(i);
      const StateMapProof proof = test::naive_map_proof(values, key);
      ASSERT_TRUE(verify_state_map(root, key, std::nullopt, proof)) << key;
      ASSERT_FALSE(verify_state_map(root, key, "value", proof));
    }
  }
}

TEST(StateMap, BothKindsOfAbsenceOccur) {
  const StateValues values = numbered_values(17);
  std::size_t other_leaf = 0;
  std::size_t nothing = 0;
  for (int i = 0; i < 200; ++i) {
    ++(test::naive_map_proof(values, "absent/" + std::to_string(i)).other_leaf ? other_leaf : nothing);
  }
  EXPECT_GT(other_leaf, 0U);
  EXPECT_GT(nothing, 0U);
}

TEST(StateMap, RandomMaps) {
  EXPECT_TRUE(rc::check("the proof of the naive map verifies for what the map holds, and only that",
                        [](const StateValues& values, const std::string& key, const std::string& other) {
                          const Digest root = test::naive_map_root(values);
                          const StateMapProof proof = test::naive_map_proof(values, key);
                          const auto found = values.find(key);
                          const auto value =
                              found == values.end() ? std::nullopt : std::optional<std::string_view>(found->second);
                          RC_ASSERT(verify_state_map(root, key, value, proof).has_value());
                          RC_ASSERT(verify_state_map(root, key, other, proof).has_value() == (value == other));
                        }));
}

TEST(StateMap, EveryFlippedBitIsRefused) {
  const StateValues values = numbered_values(40);
  const Digest root = test::naive_map_root(values);
  std::string absent = "absent/0";
  for (int i = 1; !test::naive_map_proof(values, absent).other_leaf; ++i) absent = "absent/" + std::to_string(i);
  const std::string present = values.begin()->first;
  for (const bool presence : {true, false}) {
    const std::string& key = presence ? present : absent;
    const auto value = presence ? std::optional<std::string_view>(values.at(key)) : std::nullopt;
    const StateMapProof good = test::naive_map_proof(values, key);
    ASSERT_TRUE(verify_state_map(root, key, value, good));
    for (std::size_t bit = 0; bit < 256; ++bit) {
      EXPECT_FALSE(verify_state_map(flipped(root, bit), key, value, good));
      for (std::size_t at = 0; at < good.siblings.size(); ++at) {
        StateMapProof bad = good;
        bad.siblings[at] = flipped(bad.siblings[at], bit);
        EXPECT_FALSE(verify_state_map(root, key, value, bad));
      }
      if (presence) continue;
      StateMapProof bad = good;
      bad.other_leaf->path = flipped(bad.other_leaf->path, bit);
      EXPECT_FALSE(verify_state_map(root, key, value, bad));
      bad = good;
      bad.other_leaf->value_digest = flipped(bad.other_leaf->value_digest, bit);
      EXPECT_FALSE(verify_state_map(root, key, value, bad));
    }
  }
}

TEST(StateMap, AKeysOwnLeafProvesNoAbsence) {
  const StateValues values = numbered_values(40);
  const auto& [key, value] = *values.begin();
  StateMapProof proof = test::naive_map_proof(values, key);
  proof.other_leaf = StateMapProof::OtherLeaf{map_path(key), map_value_digest(value)};
  const auto refused = verify_state_map(test::naive_map_root(values), key, std::nullopt, proof);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::PROOF_INVALID);
}

TEST(StateMap, AnotherLeafProvesNoAbsenceBeyondItsSubtree) {
  const StateValues values = numbered_values(40);
  const Digest root = test::naive_map_root(values);
  const auto& [first, value] = *values.begin();
  const StateMapProof others_presence = test::naive_map_proof(values, first);
  const StateMapProof::OtherLeaf leaf{map_path(first), map_value_digest(value)};
  for (const auto& [key, unused] : values) {
    if (key == first) continue;
    StateMapProof proof = others_presence;
    proof.other_leaf = leaf;
    EXPECT_FALSE(verify_state_map(root, key, std::nullopt, proof)) << key;
  }
}

TEST(StateMap, APresentKeyIsNotAbsentByAnyCutOfItsProof) {
  const StateValues values = numbered_values(40);
  const Digest root = test::naive_map_root(values);
  const auto& [key, value] = *values.begin();
  const StateMapProof whole = test::naive_map_proof(values, key);
  for (std::size_t kept = 0; kept <= whole.siblings.size(); ++kept) {
    StateMapProof cut = whole;
    cut.siblings.resize(kept);
    EXPECT_FALSE(verify_state_map(root, key, std::nullopt, cut));
    EXPECT_EQ(verify_state_map(root, key, value, cut).has_value(), kept == whole.siblings.size());
  }
}

TEST(StateMap, AProofDeeperThanTheMapIsRefused) {
  const StateValues values = numbered_values(1);
  const auto& [key, value] = *values.begin();
  StateMapProof proof;
  proof.siblings.assign(1, Digest{});
  EXPECT_EQ(verify_state_map(map_leaf_hash(map_path(key), map_value_digest(value)), key, value, proof).error().reason,
            Reason::PROOF_INVALID);
  proof.siblings.assign(257, sha256("sibling"));
  EXPECT_EQ(verify_state_map(sha256("root"), key, value, proof).error().reason, Reason::PROOF_TRUNCATED);
}

TEST(StateMap, ErrorsShowBothRoots) {
  const StateValues values = numbered_values(2);
  const auto& [key, value] = *values.begin();
  const auto refused = verify_state_map(Digest{}, key, value, test::naive_map_proof(values, key));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(test::naive_map_root(values).hex()), std::string::npos);
  EXPECT_NE(refused.error().message.find(Digest{}.hex()), std::string::npos);
}

}  // namespace
}  // namespace kimberlite
