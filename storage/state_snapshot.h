// A snapshot of the state at one final block, in files: taken from a consistent view while the node goes on, kept until
// the next one is whole, and handed to nodes that join. Files are not synced and not trusted: a chunk proves itself
// before it is given out. Layout: storage/FORMAT.md. One writer; reading is thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "proto/block.h"
#include "storage/state_chunks.h"
#include "storage/store.h"

namespace kimberlite::storage {

/// What a snapshot is of, and how its chunks hang together.
struct SnapshotManifest {
  std::string record_leaf;       ///< of the final block whose state it is
  std::string finalization;      ///< of that very block (opaque)
  unsigned depth{};              ///< there are 16^depth chunks
  std::vector<std::string> top;  ///< pages of the map above them, as ChunkTop::encode()

  friend bool operator==(const SnapshotManifest&, const SnapshotManifest&) = default;
};
/// One blob of a manifest, for files and stores; nullopt of bytes that it cannot have made.
std::string encode_manifest(const SnapshotManifest& manifest);
std::optional<SnapshotManifest> decode_manifest(std::string_view bytes);
/// The items of a chunk as one blob; nullopt as above.
std::string encode_items(std::span<const StateItem> items);
std::optional<std::vector<StateItem>> decode_items(std::string_view bytes);

class StateSnapshot {
 public:
  /// Writes the state of a view into `folder`/<height>, which appears when it is whole, and removes older ones. Memory:
  /// at most kTakeBufferBytes of items. `aim`: bytes of a chunk. Errors: STORE_IO, also
  /// where it would leave the store less room than that needs.
  static Result<std::shared_ptr<const StateSnapshot>> take(const std::filesystem::path& folder, const Snapshot& state,
                                                           std::string finalization, std::size_t aim = kChunkBytesAim);
  /// The newest whole snapshot in `folder`; null if there is none that can be read. What was left half done is removed.
  static std::shared_ptr<const StateSnapshot> newest(const std::filesystem::path& folder);

  [[nodiscard]] const SnapshotManifest& manifest() const { return manifest_; }
  [[nodiscard]] const BlockHeader& header() const { return header_; }
  /// The items of a chunk. Errors: FIELD_OUT_OF_RANGE (no such chunk), STORE_CORRUPT (its file is not what it was).
  [[nodiscard]] Result<std::vector<StateItem>> chunk(std::uint32_t chunk) const;

 private:
  StateSnapshot(std::filesystem::path folder, SnapshotManifest manifest, BlockHeader header, ChunkTop top);
  static std::shared_ptr<const StateSnapshot> open(const std::filesystem::path& folder);

  std::filesystem::path folder_;
  SnapshotManifest manifest_;
  BlockHeader header_;
  ChunkTop top_;
};

/// Items held in memory while a snapshot is taken.
inline constexpr std::size_t kTakeBufferBytes = 32 * 1024 * 1024;

}  // namespace kimberlite::storage
