// RFC 6962 Merkle tree over SHA-256: hashes, the compact range that appends, and the verification of proofs.
// Proof *generation* over stored hashes is here too, against a function that reads node hashes. Thread-safe: plain
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "proto/digest.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite {

/// H(0x00 || leaf), RFC 6962 section 2.1.
Digest leaf_hash(std::string_view leaf);
/// H(0x01 || left || right).
Digest node_hash(const Digest& left, const Digest& right);
/// Root of the empty tree: SHA-256 of nothing.
Digest empty_log_root();

/// The right edge of a tree: enough to append and to know every root. At most 64 digests.
class CompactRange {
 public:
  CompactRange() = default;
  /// From the peaks of a tree of `size` leaves, largest first. REQUIRES: one peak per set bit of size.
  CompactRange(LogSize size, std::vector<Digest> peaks);

  /// Appends a leaf hash. `completed` is told each perfect subtree that this completes, lowest first, as
  /// (level, index at that level, hash); level 0 is the leaf itself.
  using Completed = std::function<void(unsigned level, std::uint64_t index, const Digest& hash)>;
  void append(const Digest& leaf, const Completed& completed = {});

  [[nodiscard]] LogSize size() const { return size_; }
  [[nodiscard]] Digest root() const;
  [[nodiscard]] const std::vector<Digest>& peaks() const { return peaks_; }

 private:
  LogSize size_;
  std::vector<Digest> peaks_;  // largest first
};

/// Reads the hash of a perfect subtree: level 0 is a leaf hash; must exist for every subtree within the tree.
using NodeReader = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

/// Peaks of the first `size` leaves, largest first: what CompactRange goes on from. Reads at most 64 nodes.
Result<std::vector<Digest>> log_peaks(LogSize size, const NodeReader& read);
/// Root of the first `size` leaves. Reads at most 64 nodes.
Result<Digest> log_root(LogSize size, const NodeReader& read);
/// RFC 6962 section 2.1.1 audit path of leaf `index` in the tree of `size`. REQUIRES index < size.
Result<std::vector<Digest>> inclusion_proof(LogIndex index, LogSize size, const NodeReader& read);
/// RFC 6962 section 2.1.2 consistency proof from `old_size` to `new_size`. REQUIRES old_size <= new_size.
Result<std::vector<Digest>> consistency_proof(LogSize old_size, LogSize new_size, const NodeReader& read);

/// Checks that `leaf` stands at `index` of the tree of `size` with `root` (RFC 9162 section 2.1.3.2).
/// Errors: PROOF_TRUNCATED (too few or too many digests), PROOF_INVALID (both roots in the message).
Result<void> verify_inclusion(const Digest& leaf, LogIndex index, LogSize size, const std::vector<Digest>& proof,
                              const Digest& root);
/// Checks that the old tree is a prefix of the new one (RFC 9162 section 2.1.4.2). Errors as above, or
/// LOG_INCONSISTENT.
Result<void> verify_consistency(LogSize old_size, const Digest& old_root, LogSize new_size, const Digest& new_root,
                                const std::vector<Digest>& proof);

}  // namespace kimberlite
