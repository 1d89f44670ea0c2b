// Block records as leaves (protocol v1, section 3): the block's digest is the leaf hash of its record. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite {

/// A BlockRecord with its fields checked for shape. `proposer` is a participant code.
struct BlockHeader {
  Digest chain_id;
  Epoch epoch;
  View view;
  Height height;
  Digest parent;
  TimeMs time_ms;
  std::string proposer;
  LogIndex first_index;
  std::uint64_t count{};
  Digest events_root;
  Digest state_root;
  Digest validators;
  Digest next_validators;  ///< zero: not an epoch's last block

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
  /// Index of the record's own leaf.
  [[nodiscard]] LogIndex record_index() const { return LogIndex{first_index.value + count}; }
  /// Size of the log that this block closes.
  [[nodiscard]] LogSize log_size() const { return LogSize{first_index.value + count + 1}; }
};

/// The leaf (serialised LogEntry) of a record.
std::string encode_block_leaf(const BlockHeader& header);
/// Strict reading of a leaf that must be a block record. MALFORMED, UNKNOWN_FIELD, MISSING_FIELD with the path.
Result<BlockHeader> decode_block_leaf(std::string_view leaf);
/// leaf_hash(leaf).
Digest block_digest(std::string_view leaf);

/// The leaf (serialised LogEntry) of an accepted envelope, given the serialised SignedEnvelope.
std::string encode_accepted_leaf(std::string_view signed_envelope);
/// What a leaf is: the serialised SignedEnvelope of an accepted leaf, or empty for a block record. MALFORMED otherwise.
Result<std::string> decode_accepted_leaf(std::string_view leaf);

}  // namespace kimberlite
