// The sparse Merkle map straight from its definition: a set of leaves, hashed by splitting it bit by bit. Slow,
// obvious, and sharing nothing with storage/ but the hash functions of proto/state_map.h.
#pragma once

#include <map>
#include <string>

#include "proto/state_map.h"
#include "proto/state_reader.h"

namespace kimberlite::storage::testing {

/// Path to value digest.
using NaiveLeaves = std::map<Digest, Digest>;

inline Digest naive_root(NaiveLeaves::const_iterator begin, NaiveLeaves::const_iterator end, unsigned depth = 0) {
  if (begin == end) return {};
  if (std::next(begin) == end) return map_leaf_hash(begin->first, begin->second);
  auto middle = begin;
  while (middle != end && !map_path_bit(middle->first, depth)) ++middle;
  return map_node_hash(naive_root(begin, middle, depth + 1), naive_root(middle, end, depth + 1));
}

inline Digest naive_root(const NaiveLeaves& leaves) {
  return naive_root(leaves.begin(), leaves.end());
}

inline Digest naive_root(const StateChanges& state) {
  NaiveLeaves leaves;
  for (const auto& [key, value] : state) leaves[map_path(key)] = map_value_digest(value);
  return naive_root(leaves);
}

}  // namespace kimberlite::storage::testing
