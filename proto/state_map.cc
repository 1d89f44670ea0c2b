#include "proto/state_map.h"

#include <cstring>
#include <string>

#include "proto/assert.h"

namespace kimberlite {
namespace {

constexpr std::size_t kPathBits = 8 * Digest::kSize;
constexpr std::string_view kLeafTag = "kimberlite/v1/map-leaf";
constexpr std::string_view kNodeTag = "kimberlite/v1/map-node";

Digest tagged_pair(std::string_view tag, const Digest& first, const Digest& second) {
  char pair[2 * Digest::kSize];
  std::memcpy(pair, first.bytes.data(), Digest::kSize);
  std::memcpy(pair + Digest::kSize, second.bytes.data(), Digest::kSize);
  return tagged_digest(tag, std::string_view(pair, sizeof pair));
}

std::unexpected<Error> invalid(std::string message) {
  return fail(Reason::PROOF_INVALID, "", std::move(message));
}

// What stands where the search for `path` ended: nothing (zero), or the hash of a leaf.
Result<Digest> found_at_the_end(const Digest& path, std::optional<std::string_view> value, const StateMapProof& proof) {
  if (value) {
    if (proof.other_leaf) return invalid("a proof of presence cannot end in another key's leaf");
    return map_leaf_hash(path, map_value_digest(*value));
  }
  if (!proof.other_leaf) return Digest{};
  if (proof.other_leaf->path == path) return invalid("the leaf that should prove absence is the key's own");
  for (unsigned depth = 0; depth < proof.siblings.size(); ++depth) {
    if (map_path_bit(proof.other_leaf->path, depth) != map_path_bit(path, depth)) {
      return invalid("the leaf that should prove absence lies elsewhere: its path " + proof.other_leaf->path.hex() +
                     " leaves the key's path " + path.hex() + " at bit " + std::to_string(depth));
    }
  }
  return map_leaf_hash(proof.other_leaf->path, proof.other_leaf->value_digest);
}

}  // namespace

Digest map_path(std::string_view key) {
  return sha256(key);
}

Digest map_value_digest(std::string_view value) {
  return sha256(value);
}

Digest map_leaf_hash(const Digest& path, const Digest& value_digest) {
  return tagged_pair(kLeafTag, path, value_digest);
}

Digest map_node_hash(const Digest& left, const Digest& right) {
  if (left.is_zero() && right.is_zero()) return Digest{};
  return tagged_pair(kNodeTag, left, right);
}

bool map_path_bit(const Digest& path, unsigned depth) {
  KIMBERLITE_ASSERT(depth < kPathBits, "a path has 256 bits");
  return ((path.bytes[depth / 8] >> (7 - depth % 8)) & 1) == 1;
}

Result<void> verify_state_map(const Digest& root, std::string_view key, std::optional<std::string_view> value,
                              const StateMapProof& proof) {
  if (proof.siblings.size() > kPathBits) {
    return fail(Reason::PROOF_TRUNCATED, "",
                "the proof has " + std::to_string(proof.siblings.size()) + " siblings, but a path has 256 bits");
  }
  const Digest path = map_path(key);
  const Result<Digest> end = found_at_the_end(path, value, proof);
  if (!end) return std::unexpected(end.error());
  if (!proof.siblings.empty() && proof.siblings.back().is_zero()) {
    return invalid("the deepest sibling is empty, so the proof goes deeper than the map");
  }
  Digest computed = *end;
  for (auto depth = static_cast<unsigned>(proof.siblings.size()); depth-- > 0;) {
    const Digest& sibling = proof.siblings[depth];
    computed = map_path_bit(path, depth) ? map_node_hash(sibling, computed) : map_node_hash(computed, sibling);
  }
  if (computed != root) {
    return invalid("the proof leads to the state root " + computed.hex() + ", but " + root.hex() + " was given");
  }
  return {};
}

}  // namespace kimberlite
