// The sparse Merkle map that commits to the state (protocol v1, section 5): hashes and the verification of proofs.
// A key's path is SHA-256(key). An empty subtree hashes to zero; a subtree with one leaf is that leaf, whatever its
// depth; any other is node(left, right). Storage keeps the tree; this file defines it. Thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/error.h"

namespace kimberlite {

/// The path of a key: SHA-256(key), read from the most significant bit; bit 0 chooses the child of the root.
Digest map_path(std::string_view key);
/// SHA-256(value): what a leaf commits to.
Digest map_value_digest(std::string_view value);
/// SHA-256("kimberlite/v1/map-leaf" 0x0a path value_digest).
Digest map_leaf_hash(const Digest& path, const Digest& value_digest);
/// Zero if both are zero, else SHA-256("kimberlite/v1/map-node" 0x0a left right).
Digest map_node_hash(const Digest& left, const Digest& right);
/// Bit `depth` (0 to 255) of a path: false is left.
bool map_path_bit(const Digest& path, unsigned depth);

/// Siblings from the root down to where the search for a path ended: nothing, the key's own leaf, or another leaf.
struct StateMapProof {
  struct OtherLeaf {
    Digest path;
    Digest value_digest;
  };
  std::vector<Digest> siblings;         ///< at most 256
  std::optional<OtherLeaf> other_leaf;  ///< absence only: the leaf that stands where the key would
};

/// Checks that `key` has exactly `value` (nullopt: that it is absent) under `root`. PROOF_TRUNCATED, PROOF_INVALID.
Result<void> verify_state_map(const Digest& root, std::string_view key, std::optional<std::string_view> value,
                              const StateMapProof& proof);

}  // namespace kimberlite
