// The definitions of RFC 6962 section 2.1 written down as they stand, recursive and slow: the twin of proto/merkle_log.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proto/digest.h"
#include "proto/merkle_log.h"

namespace kimberlite::test {

using Leaves = std::vector<std::string>;

/// MTH(D[begin:end]).
Digest naive_root(const Leaves& leaves, std::size_t begin, std::size_t end);
/// PATH(index, D[begin:end]), index relative to begin.
std::vector<Digest> naive_path(const Leaves& leaves, std::size_t index, std::size_t begin, std::size_t end);
/// PROOF(old_size, D[0:new_size]).
std::vector<Digest> naive_proof(const Leaves& leaves, std::size_t old_size, std::size_t new_size);
/// Reads the perfect subtrees of these leaves.
NodeReader naive_reader(const Leaves& leaves);
/// `count` distinct leaves.
Leaves numbered_leaves(std::size_t count);

}  // namespace kimberlite::test
