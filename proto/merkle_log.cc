#include "proto/merkle_log.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "proto/assert.h"

namespace kimberlite {
namespace {

// The largest power of two below n: where RFC 6962 splits a tree of n leaves. REQUIRES: n > 1.
std::uint64_t split_point(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

// Root of perfect subtrees that lie side by side, largest first. REQUIRES: at least one.
Digest fold_peaks(const std::vector<Digest>& peaks) {
  Digest root = peaks.back();
  for (std::size_t index = peaks.size() - 1; index > 0; --index) root = node_hash(peaks[index - 1], root);
  return root;
}

// Root of the leaves [begin, begin + count). REQUIRES: count > 0, and begin a multiple of bit_floor(count).
Result<Digest> range_root(std::uint64_t begin, std::uint64_t count, const NodeReader& read) {
  std::vector<Digest> peaks;
  while (count > 0) {
    const std::uint64_t width = std::bit_floor(count);
    const auto level = static_cast<unsigned>(std::countr_zero(width));
    Result<Digest> peak = read(level, begin >> level);
    if (!peak) return peak;
    peaks.push_back(*peak);
    begin += width;
    count -= width;
  }
  return fold_peaks(peaks);
}

std::unexpected<Error> wrong_length(const std::vector<Digest>& proof, std::string_view what) {
  return fail(Reason::PROOF_TRUNCATED, "",
              "the proof has " + std::to_string(proof.size()) + " digests, which is " + std::string(what));
}

std::unexpected<Error> wrong_root(Reason reason, std::string_view which, const Digest& computed, const Digest& given) {
  return fail(
      reason, "",
      "the proof leads to the " + std::string(which) + " " + computed.hex() + ", but " + given.hex() + " was given");
}

}  // namespace

Digest leaf_hash(std::string_view leaf) {
  return sha256(std::string_view("\0", 1), leaf);
}

Digest node_hash(const Digest& left, const Digest& right) {
  char input[1 + 2 * Digest::kSize];
  input[0] = 1;
  std::memcpy(input + 1, left.bytes.data(), Digest::kSize);
  std::memcpy(input + 1 + Digest::kSize, right.bytes.data(), Digest::kSize);
  return sha256(std::string_view(input, sizeof input));
}

Digest empty_log_root() {
  return sha256({});
}

CompactRange::CompactRange(LogSize size, std::vector<Digest> peaks) : size_(size), peaks_(std::move(peaks)) {
  KIMBERLITE_ASSERT(peaks_.size() == static_cast<std::size_t>(std::popcount(size_.value)),
                    "one peak for each set bit of the size");
}

void CompactRange::append(const Digest& leaf, const Completed& completed) {
  std::uint64_t index = size_.value;
  Digest hash = leaf;
  if (completed) completed(0, index, hash);
  for (unsigned level = 1; (index & 1) == 1; ++level) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
    index >>= 1;
    if (completed) completed(level, index, hash);
  }
  peaks_.push_back(hash);
  ++size_.value;
}

Digest CompactRange::root() const {
  return peaks_.empty() ? empty_log_root() : fold_peaks(peaks_);
}

Result<std::vector<Digest>> log_peaks(LogSize size, const NodeReader& read) {
  std::vector<Digest> peaks;
  std::uint64_t begin = 0;
  for (unsigned level = 64; level-- > 0;) {
    if ((size.value >> level & 1U) == 0) continue;
    Result<Digest> peak = read(level, begin >> level);
    if (!peak) return std::unexpected(std::move(peak.error()));
    peaks.push_back(*peak);
    begin += std::uint64_t{1} << level;
  }
  return peaks;
}

Result<Digest> log_root(LogSize size, const NodeReader& read) {
  if (size.value == 0) return empty_log_root();
  return range_root(0, size.value, read);
}

Result<std::vector<Digest>> inclusion_proof(LogIndex index, LogSize size, const NodeReader& read) {
  KIMBERLITE_ASSERT(index.value < size.value, "an inclusion proof is asked for a leaf inside the tree");
  std::vector<Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t count = size.value;
  while (count > 1) {
    const std::uint64_t left = split_point(count);
    const bool go_left = index.value - begin < left;
    Result<Digest> sibling = go_left ? range_root(begin + left, count - left, read) : range_root(begin, left, read);
    if (!sibling) return std::unexpected(std::move(sibling.error()));
    proof.push_back(*sibling);
    begin += go_left ? 0 : left;
    count = go_left ? left : count - left;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<Digest>> consistency_proof(LogSize old_size, LogSize new_size, const NodeReader& read) {
  KIMBERLITE_ASSERT(old_size.value <= new_size.value, "a consistency proof goes from a tree to a later one");
  std::vector<Digest> proof;
  if (old_size.value == 0 || old_size.value == new_size.value) return proof;
  std::uint64_t begin = 0;
  std::uint64_t old_count = old_size.value;
  std::uint64_t count = new_size.value;
  bool verifier_knows_old_root = true;  // no step went right yet, so the old tree is the subtree itself
  while (old_count != count) {
    const std::uint64_t left = split_point(count);
    const bool go_left = old_count <= left;
    Result<Digest> sibling = go_left ? range_root(begin + left, count - left, read) : range_root(begin, left, read);
    if (!sibling) return std::unexpected(std::move(sibling.error()));
    proof.push_back(*sibling);
    if (go_left) {
      count = left;
    } else {
      begin += left;
      count -= left;
      old_count -= left;
      verifier_knows_old_root = false;
    }
  }
  if (!verifier_knows_old_root) {
    Result<Digest> common = range_root(begin, count, read);
    if (!common) return std::unexpected(std::move(common.error()));
    proof.push_back(*common);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<void> verify_inclusion(const Digest& leaf, LogIndex index, LogSize size, const std::vector<Digest>& proof,
                              const Digest& root) {
  if (index.value >= size.value) {
    return fail(
        Reason::PROOF_INVALID, "",
        "leaf " + std::to_string(index.value) + " is not in a log of " + std::to_string(size.value) + " leaves");
  }
  std::uint64_t node = index.value;
  std::uint64_t last = size.value - 1;
  Digest computed = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return wrong_length(proof, "too many for this leaf and size");
    if ((node & 1) == 1 || node == last) {
      computed = node_hash(sibling, computed);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      computed = node_hash(computed, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return wrong_length(proof, "too few for this leaf and size");
  if (computed != root) return wrong_root(Reason::PROOF_INVALID, "root", computed, root);
  return {};
}

Result<void> verify_consistency(LogSize old_size, const Digest& old_root, LogSize new_size, const Digest& new_root,
                                const std::vector<Digest>& proof) {
  if (old_size > new_size) {
    return fail(
        Reason::PROOF_INVALID, "",
        "a log of " + std::to_string(old_size.value) + " leaves cannot shrink to " + std::to_string(new_size.value));
  }
  if (old_size == new_size || old_size.value == 0) {
    if (!proof.empty()) return wrong_length(proof, "too many: none is needed between these sizes");
    if (old_size == new_size && old_root != new_root) {
      return fail(
          Reason::LOG_INCONSISTENT, "",
          "two roots for " + std::to_string(old_size.value) + " leaves: " + old_root.hex() + " and " + new_root.hex());
    }
    if (old_size.value == 0 && old_root != empty_log_root()) {
      return wrong_root(Reason::PROOF_INVALID, "root of no leaves", empty_log_root(), old_root);
    }
    return {};
  }
  const bool old_root_leads = std::has_single_bit(old_size.value);  // the proof then leaves the old root out
  if (proof.empty()) return wrong_length(proof, "too few");
  std::uint64_t node = old_size.value - 1;
  std::uint64_t last = new_size.value - 1;
  while ((node & 1) == 1) {
    node >>= 1;
    last >>= 1;
  }
  Digest old_computed = old_root_leads ? old_root : proof.front();
  Digest new_computed = old_computed;
  for (std::size_t at = old_root_leads ? 0 : 1; at < proof.size(); ++at) {
    const Digest& sibling = proof[at];
    if (last == 0) return wrong_length(proof, "too many for these sizes");
    if ((node & 1) == 1 || node == last) {
      old_computed = node_hash(sibling, old_computed);
      new_computed = node_hash(sibling, new_computed);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_computed = node_hash(new_computed, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return wrong_length(proof, "too few for these sizes");
  if (old_computed != old_root) return wrong_root(Reason::PROOF_INVALID, "old root", old_computed, old_root);
  if (new_computed != new_root) return wrong_root(Reason::PROOF_INVALID, "new root", new_computed, new_root);
  return {};
}

}  // namespace kimberlite
