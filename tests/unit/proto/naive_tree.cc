#include "naive_tree.h"

#include <openssl/sha.h>

namespace kimberlite::test {
namespace {

Digest plain_sha256(const std::string& bytes) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.bytes.data());
  return digest;
}

std::size_t largest_power_below(std::size_t n) {
  std::size_t power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

std::vector<Digest> naive_subproof(const Leaves& leaves, std::size_t old_size, std::size_t begin, std::size_t end,
                                   bool complete) {
  const std::size_t size = end - begin;
  if (old_size == size) return complete ? std::vector<Digest>{} : std::vector<Digest>{naive_root(leaves, begin, end)};
  const std::size_t k = largest_power_below(size);
  std::vector<Digest> proof;
  if (old_size <= k) {
    proof = naive_subproof(leaves, old_size, begin, begin + k, complete);
    proof.push_back(naive_root(leaves, begin + k, end));
  } else {
    proof = naive_subproof(leaves, old_size - k, begin + k, end, false);
    proof.push_back(naive_root(leaves, begin, begin + k));
  }
  return proof;
}

}  // namespace

Digest naive_root(const Leaves& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return plain_sha256("");
  if (end - begin == 1) return plain_sha256(std::string(1, '\0') + leaves[begin]);
  const std::size_t k = largest_power_below(end - begin);
  const Digest left = naive_root(leaves, begin, begin + k);
  const Digest right = naive_root(leaves, begin + k, end);
  return plain_sha256("\x01" + std::string(left.view()) + std::string(right.view()));
}

std::vector<Digest> naive_path(const Leaves& leaves, std::size_t index, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return {};
  const std::size_t k = largest_power_below(end - begin);
  std::vector<Digest> path;
  if (index < k) {
    path = naive_path(leaves, index, begin, begin + k);
    path.push_back(naive_root(leaves, begin + k, end));
  } else {
    path = naive_path(leaves, index - k, begin + k, end);
    path.push_back(naive_root(leaves, begin, begin + k));
  }
  return path;
}

std::vector<Digest> naive_proof(const Leaves& leaves, std::size_t old_size, std::size_t new_size) {
  return naive_subproof(leaves, old_size, 0, new_size, true);
}

NodeReader naive_reader(const Leaves& leaves) {
  return [&leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
    const std::size_t width = std::size_t{1} << level;
    const std::size_t begin = static_cast<std::size_t>(index) * width;
    if (begin + width > leaves.size()) return fail(Reason::NOT_FOUND, "", "a node outside the tree was read");
    return naive_root(leaves, begin, begin + width);
  };
}

Leaves numbered_leaves(std::size_t count) {
  Leaves leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back("leaf " + std::to_string(i));
  return leaves;
}

}  // namespace kimberlite::test
