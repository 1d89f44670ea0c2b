#include "naive_map.h"

#include <utility>
#include <vector>

namespace kimberlite::test {
namespace {

using PathLeaf = std::pair<Digest, Digest>;  // path, value digest

bool bit(const Digest& path, unsigned depth) {
  return (path.bytes[depth / 8] & (0x80U >> (depth % 8))) != 0;
}

std::vector<PathLeaf> side(const std::vector<PathLeaf>& leaves, unsigned depth, bool right) {
  std::vector<PathLeaf> chosen;
  for (const PathLeaf& leaf : leaves) {
    if (bit(leaf.first, depth) == right) chosen.push_back(leaf);
  }
  return chosen;
}

Digest tagged(const std::string& tag, const Digest& a, const Digest& b) {
  return sha256(tag + "\n" + std::string(a.view()) + std::string(b.view()));
}

Digest subtree(const std::vector<PathLeaf>& leaves, unsigned depth) {
  if (leaves.empty()) return Digest{};
  if (leaves.size() == 1) return tagged("kimberlite/v1/map-leaf", leaves.front().first, leaves.front().second);
  return tagged("kimberlite/v1/map-node", subtree(side(leaves, depth, false), depth + 1),
                subtree(side(leaves, depth, true), depth + 1));
}

std::vector<PathLeaf> leaves_of(const StateValues& values) {
  std::vector<PathLeaf> leaves;
  for (const auto& [key, value] : values) leaves.emplace_back(sha256(key), sha256(value));
  return leaves;
}

}  // namespace

Digest naive_map_root(const StateValues& values) {
  return subtree(leaves_of(values), 0);
}

StateMapProof naive_map_proof(const StateValues& values, const std::string& key) {
  const Digest path = sha256(key);
  std::vector<PathLeaf> leaves = leaves_of(values);
  StateMapProof proof;
  for (unsigned depth = 0; leaves.size() > 1; ++depth) {
    proof.siblings.push_back(subtree(side(leaves, depth, !bit(path, depth)), depth + 1));
    leaves = side(leaves, depth, bit(path, depth));
  }
  if (!leaves.empty() && leaves.front().first != path) {
    proof.other_leaf = StateMapProof::OtherLeaf{leaves.front().first, leaves.front().second};
  }
  return proof;
}

}  // namespace kimberlite::test
