#include "proto/merkle_log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <utility>

#include "naive_tree.h"
#include "vector_file.h"

namespace kimberlite {
namespace {

using test::Leaves;

constexpr std::size_t kSizes = 130;

CompactRange range_of(const Leaves& leaves, std::size_t size) {
  CompactRange range;
  for (std::size_t i = 0; i < size; ++i) range.append(leaf_hash(leaves[i]));
  return range;
}

// Reads nodes that a compact range completed, as storage does: fast, unlike the naive reader.
class KeptNodes {
 public:
  explicit KeptNodes(const Leaves& leaves) {
    CompactRange range;
    for (const std::string& leaf : leaves) {
      range.append(leaf_hash(leaf), [this](unsigned level, std::uint64_t index, const Digest& hash) {
        const bool is_new = nodes_.emplace(std::pair(level, index), hash).second;
        EXPECT_TRUE(is_new) << "a subtree is completed once";
      });
    }
  }

  [[nodiscard]] NodeReader reader() const {
    return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      ++reads;
      const auto found = nodes_.find({level, index});
      if (found == nodes_.end()) return fail(Reason::NOT_FOUND, "", "no such node");
      return found->second;
    };
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  mutable std::size_t reads = 0;

 private:
  std::map<std::pair<unsigned, std::uint64_t>, Digest> nodes_;
};

struct PublishedVectors {
  Leaves leaves;
  std::vector<Digest> roots;
  std::vector<std::vector<std::string>> proofs;
};

PublishedVectors published() {
  PublishedVectors vectors;
  for (const auto& line : test::read_vector_lines("rfc6962.txt")) {
    if (line[0] == "leaf") {
      vectors.leaves.push_back(test::unhex(line[2]));
    } else if (line[0] == "root") {
      vectors.roots.push_back(test::digest_of_hex(line[2]));
    } else {
      vectors.proofs.push_back(line);
    }
  }
  return vectors;
}

TEST(MerkleLog, PublishedRoots) {
  const PublishedVectors vectors = published();
  ASSERT_EQ(vectors.leaves.size(), 8U);
  ASSERT_EQ(vectors.roots.size(), 9U);
  EXPECT_EQ(empty_log_root(), vectors.roots[0]);
  for (std::size_t size = 0; size <= vectors.leaves.size(); ++size) {
    EXPECT_EQ(range_of(vectors.leaves, size).root(), vectors.roots[size]) << size;
    EXPECT_EQ(log_root(LogSize{size}, test::naive_reader(vectors.leaves)), vectors.roots[size]) << size;
  }
}

TEST(MerkleLog, PublishedProofs) {
  const PublishedVectors vectors = published();
  const KeptNodes nodes(vectors.leaves);
  ASSERT_EQ(vectors.proofs.size(), 8U);
  for (const auto& line : vectors.proofs) {
    const std::uint64_t first = std::stoull(line[1]);
    const std::uint64_t size = std::stoull(line[2]);
    const std::vector<Digest> proof = test::digests_of_hex(line[3]);
    if (line[0] == "inclusion") {
      EXPECT_EQ(inclusion_proof(LogIndex{first}, LogSize{size}, nodes.reader()), proof);
      EXPECT_TRUE(verify_inclusion(leaf_hash(vectors.leaves[first]), LogIndex{first}, LogSize{size}, proof,
                                   vectors.roots[size]));
    } else {
      EXPECT_EQ(consistency_proof(LogSize{first}, LogSize{size}, nodes.reader()), proof);
      EXPECT_TRUE(verify_consistency(LogSize{first}, vectors.roots[first], LogSize{size}, vectors.roots[size], proof));
    }
  }
}

TEST(MerkleLog, PublishedProbesOfVerifiers) {
  std::size_t good = 0;
  std::size_t bad = 0;
  for (const auto& line : test::read_vector_lines("merkle-probes.txt")) {
    const Digest first = test::digest_of_hex(line[5]);
    const Digest second = test::digest_of_hex(line[6]);
    const std::vector<Digest> proof = test::digests_of_hex(line[7]);
    const Result<void> verified =
        line[0] == "inclusion"
            ? verify_inclusion(first, LogIndex{std::stoull(line[3])}, LogSize{std::stoull(line[4])}, proof, second)
            : verify_consistency(LogSize{std::stoull(line[3])}, first, LogSize{std::stoull(line[4])}, second, proof);
    EXPECT_EQ(verified.has_value(), line[2] == "ok") << line[1];
    ++(line[2] == "ok" ? good : bad);
  }
  EXPECT_GE(good, 10U);
  EXPECT_GE(bad, 100U);
}

TEST(MerkleLog, CompactRangeAndStoredNodesGiveTheNaiveRoot) {
  const Leaves leaves = test::numbered_leaves(kSizes);
  const KeptNodes nodes(leaves);
  CompactRange range;
  for (std::size_t size = 0; size <= kSizes; ++size) {
    const Digest expected = test::naive_root(leaves, 0, size);
    EXPECT_EQ(range.root(), expected) << size;
    EXPECT_EQ(log_root(LogSize{size}, nodes.reader()), expected) << size;
    EXPECT_EQ(CompactRange(LogSize{size}, range.peaks()).root(), expected) << size;
    if (size < kSizes) range.append(leaf_hash(leaves[size]));
  }
  EXPECT_EQ(range.size(), LogSize{kSizes});
  EXPECT_EQ(nodes.size(), 130U + 65U + 32U + 16U + 8U + 4U + 2U + 1U);
}

TEST(MerkleLog, EveryInclusionProofIsTheNaiveOneAndVerifies) {
  const Leaves leaves = test::numbered_leaves(kSizes);
  const KeptNodes nodes(leaves);
  for (std::size_t size = 1; size <= kSizes; ++size) {
    const Digest root = test::naive_root(leaves, 0, size);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(LogIndex{index}, LogSize{size}, nodes.reader());
      ASSERT_TRUE(proof.has_value());
      if (size % 13 < 3) {
        ASSERT_EQ(*proof, test::naive_path(leaves, index, 0, size)) << index << " of " << size;
      }
      ASSERT_TRUE(verify_inclusion(leaf_hash(leaves[index]), LogIndex{index}, LogSize{size}, *proof, root));
      ASSERT_FALSE(verify_inclusion(leaf_hash("another"), LogIndex{index}, LogSize{size}, *proof, root));
    }
  }
}

TEST(MerkleLog, EveryConsistencyProofIsTheNaiveOneAndVerifies) {
  const Leaves leaves = test::numbered_leaves(kSizes);
  const KeptNodes nodes(leaves);
  std::vector<Digest> roots;
  for (std::size_t size = 0; size <= kSizes; ++size) roots.push_back(range_of(leaves, size).root());
  for (std::size_t size = 1; size <= kSizes; ++size) {
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      const auto proof = consistency_proof(LogSize{old_size}, LogSize{size}, nodes.reader());
      ASSERT_TRUE(proof.has_value());
      if (size % 13 < 3) {
        ASSERT_EQ(*proof, test::naive_proof(leaves, old_size, size)) << old_size << " of " << size;
      }
      ASSERT_TRUE(verify_consistency(LogSize{old_size}, roots[old_size], LogSize{size}, roots[size], *proof));
      ASSERT_FALSE(verify_consistency(LogSize{old_size}, roots[old_size], LogSize{size}, empty_log_root(), *proof));
    }
  }
}

TEST(MerkleLog, EveryFlippedBitOfAProofIsRefused) {
  const Leaves leaves = test::numbered_leaves(13);
  const KeptNodes nodes(leaves);
  const Digest root = test::naive_root(leaves, 0, 13);
  const Digest old_root = test::naive_root(leaves, 0, 6);
  const std::vector<Digest> inclusion = *inclusion_proof(LogIndex{5}, LogSize{13}, nodes.reader());
  const std::vector<Digest> consistency = *consistency_proof(LogSize{6}, LogSize{13}, nodes.reader());
  for (std::size_t bit = 0; bit < 256; ++bit) {
    const auto flip = [bit](std::vector<Digest> proof, std::size_t at) {
      proof[at].bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      return proof;
    };
    for (std::size_t at = 0; at < inclusion.size(); ++at) {
      const auto refused = verify_inclusion(leaf_hash(leaves[5]), LogIndex{5}, LogSize{13}, flip(inclusion, at), root);
      ASSERT_FALSE(refused);
      ASSERT_EQ(refused.error().reason, Reason::PROOF_INVALID);
    }
    for (std::size_t at = 0; at < consistency.size(); ++at) {
      const auto refused = verify_consistency(LogSize{6}, old_root, LogSize{13}, root, flip(consistency, at));
      ASSERT_FALSE(refused);
      ASSERT_EQ(refused.error().reason, Reason::PROOF_INVALID);
    }
  }
}

TEST(MerkleLog, ShortAndLongProofsAreTruncated) {
  const Leaves leaves = test::numbered_leaves(13);
  const KeptNodes nodes(leaves);
  const Digest root = test::naive_root(leaves, 0, 13);
  const Digest old_root = test::naive_root(leaves, 0, 6);
  for (const bool longer : {false, true}) {
    std::vector<Digest> inclusion = *inclusion_proof(LogIndex{5}, LogSize{13}, nodes.reader());
    std::vector<Digest> consistency = *consistency_proof(LogSize{6}, LogSize{13}, nodes.reader());
    inclusion.resize(longer ? inclusion.size() + 1 : inclusion.size() - 1);
    consistency.resize(longer ? consistency.size() + 1 : consistency.size() - 1);
    const auto included = verify_inclusion(leaf_hash(leaves[5]), LogIndex{5}, LogSize{13}, inclusion, root);
    const auto consistent = verify_consistency(LogSize{6}, old_root, LogSize{13}, root, consistency);
    ASSERT_FALSE(included);
    ASSERT_FALSE(consistent);
    EXPECT_EQ(included.error().reason, Reason::PROOF_TRUNCATED);
    EXPECT_EQ(consistent.error().reason, Reason::PROOF_TRUNCATED);
  }
}

TEST(MerkleLog, ErrorsShowBothRoots) {
  const Leaves leaves = test::numbered_leaves(2);
  const Digest root = test::naive_root(leaves, 0, 2);
  const auto refused =
      verify_inclusion(leaf_hash(leaves[0]), LogIndex{0}, LogSize{2}, {leaf_hash(leaves[1])}, Digest{});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(root.hex()), std::string::npos);
  EXPECT_NE(refused.error().message.find(Digest{}.hex()), std::string::npos);
}

TEST(MerkleLog, TwoRootsForOneSizeAreInconsistent) {
  const auto refused = verify_consistency(LogSize{4}, leaf_hash("a"), LogSize{4}, leaf_hash("b"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::LOG_INCONSISTENT);
}

TEST(MerkleLog, ALogNeverShrinksAndStartsEmpty) {
  EXPECT_EQ(verify_consistency(LogSize{4}, leaf_hash("a"), LogSize{3}, leaf_hash("b"), {}).error().reason,
            Reason::PROOF_INVALID);
  EXPECT_TRUE(verify_consistency(LogSize{0}, empty_log_root(), LogSize{3}, leaf_hash("b"), {}));
  EXPECT_EQ(verify_consistency(LogSize{0}, leaf_hash("a"), LogSize{3}, leaf_hash("b"), {}).error().reason,
            Reason::PROOF_INVALID);
}

TEST(MerkleLog, IndexOutsideTheLogIsRefused) {
  EXPECT_EQ(verify_inclusion(leaf_hash("a"), LogIndex{1}, LogSize{1}, {}, leaf_hash("a")).error().reason,
            Reason::PROOF_INVALID);
  EXPECT_EQ(verify_inclusion(leaf_hash("a"), LogIndex{0}, LogSize{0}, {}, leaf_hash("a")).error().reason,
            Reason::PROOF_INVALID);
}

TEST(MerkleLog, AReaderThatFailsIsPassedOn) {
  const NodeReader broken = [](unsigned, std::uint64_t) -> Result<Digest> {
    return fail(Reason::STORE_IO, "", "disk");
  };
  EXPECT_EQ(log_root(LogSize{3}, broken).error().reason, Reason::STORE_IO);
  EXPECT_EQ(inclusion_proof(LogIndex{1}, LogSize{3}, broken).error().reason, Reason::STORE_IO);
  EXPECT_EQ(consistency_proof(LogSize{1}, LogSize{3}, broken).error().reason, Reason::STORE_IO);
}

TEST(MerkleLog, ProofsOfAHugeLogReadFewNodes) {
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 40) + 12'345;
  std::size_t reads = 0;
  const NodeReader reader = [&reads](unsigned level, std::uint64_t index) -> Result<Digest> {
    ++reads;
    return sha256(std::to_string(level) + "/" + std::to_string(index));
  };
  const auto root = log_root(LogSize{kHuge}, reader);
  EXPECT_LE(reads, 64U);
  reads = 0;
  const std::vector<Digest> proof = *inclusion_proof(LogIndex{kHuge - 1}, LogSize{kHuge}, reader);
  EXPECT_LE(reads, 128U);
  EXPECT_TRUE(
      verify_inclusion(sha256("0/" + std::to_string(kHuge - 1)), LogIndex{kHuge - 1}, LogSize{kHuge}, proof, *root));
}

TEST(MerkleLog, RandomProofsOfALargerLog) {
  const Leaves leaves = test::numbered_leaves(3'000);
  const KeptNodes nodes(leaves);
  EXPECT_TRUE(rc::check("inclusion and consistency hold for the right leaf only", [&] {
    const auto size = *rc::gen::inRange<std::size_t>(1, leaves.size() + 1);
    const auto index = *rc::gen::inRange<std::size_t>(0, size);
    const auto other = *rc::gen::inRange<std::size_t>(0, size);
    const Digest root = *log_root(LogSize{size}, nodes.reader());
    const auto proof = *inclusion_proof(LogIndex{index}, LogSize{size}, nodes.reader());
    RC_ASSERT(verify_inclusion(leaf_hash(leaves[index]), LogIndex{index}, LogSize{size}, proof, root).has_value());
    RC_ASSERT(verify_inclusion(leaf_hash(leaves[other]), LogIndex{index}, LogSize{size}, proof, root).has_value() ==
              (other == index));
    const Digest old_root = *log_root(LogSize{index}, nodes.reader());
    const auto consistency = *consistency_proof(LogSize{index}, LogSize{size}, nodes.reader());
    RC_ASSERT(verify_consistency(LogSize{index}, old_root, LogSize{size}, root, consistency).has_value());
  }));
}

TEST(MerkleLogDeathTest, MisuseStops) {
  const NodeReader reader = [](unsigned, std::uint64_t) -> Result<Digest> { return Digest{}; };
  EXPECT_DEATH((void)inclusion_proof(LogIndex{3}, LogSize{3}, reader), "inside the tree");
  EXPECT_DEATH((void)consistency_proof(LogSize{4}, LogSize{3}, reader), "to a later one");
  EXPECT_DEATH(CompactRange(LogSize{3}, {Digest{}}), "one peak for each set bit");
}

}  // namespace
}  // namespace kimberlite
