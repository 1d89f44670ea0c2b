// Keys and small values in bytes (storage/FORMAT.md). Integers are big-endian, so that RocksDB's order is the order of
// numbers. Thread-safe: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/merkle_log.h"
#include "storage/store.h"

namespace kimberlite::storage {

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kChainIdKey = "chain";
inline constexpr std::string_view kTipKey = "tip";
inline constexpr std::string_view kFinalizationKey = "finalization";
inline constexpr std::string_view kCheckpointKey = "checkpoint";
inline constexpr std::string_view kKeptPrefix = "kept";

inline constexpr unsigned kTileBits = 8;  ///< levels of the log's tree in a tile
inline constexpr unsigned kTileWidth = 1U << kTileBits;

/// Eight bytes, most significant first.
std::string encode_number(std::uint64_t number);
/// nullopt unless there are exactly eight bytes.
std::optional<std::uint64_t> decode_number(std::string_view bytes);
/// Four bytes, most significant first.
std::string encode_format(std::uint32_t format);
std::optional<std::uint32_t> decode_format(std::string_view bytes);

/// Key of the hash at tree level 8 x tile_level.
std::string tile_key(unsigned tile_level, std::uint64_t index);
/// Key of a final block by height, and by digest.
std::string height_key(Height height);
std::string digest_key(const Digest& block);
/// Key of an undecided body: its height, then its digest.
std::string body_key(Height height, const Digest& block);
struct BodyKey {
  Height height;
  Digest block;
};
std::optional<BodyKey> decode_body_key(std::string_view bytes);

/// Key under which stands that this node key had a vote journal.
std::string journal_key(const PublicKey& node_key);
/// Key under which stands that this node key must not vote again.
std::string retired_key(const PublicKey& node_key);
/// Key of the link of an epoch that ended; in order of epochs.
std::string epoch_key(Epoch epoch);
std::string kept_key(const Digest& certificate);

std::string encode_location(const EnvelopeLocation& location);
std::optional<EnvelopeLocation> decode_location(std::string_view bytes);

/// The tip with the right edge of the log.
struct TipRecord {
  Tip tip;
  CompactRange range;
};
std::string encode_tip(const Tip& tip, const CompactRange& range);
std::optional<TipRecord> decode_tip(std::string_view bytes);

}  // namespace kimberlite::storage
