// Making a store from a snapshot and the log up to it: leaves in order, chunks of the state in any order, each in a
// write of its own that also says how far things are, so that after a crash the work goes on where it stood. It lies
// beside the store under a name of its own and takes the store's only when it is whole. One owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/block.h"
#include "storage/state_chunks.h"
#include "storage/state_snapshot.h"
#include "storage/store.h"

namespace kimberlite::storage {

class StoreImport {
 public:
  /// Opens what was begun for `options.directory`, or begins. Null: what was begun was whole, but for its name, and is
  /// the store now. REQUIRES: there is no store there (store_exists). Errors: as Store::open.
  static Result<std::unique_ptr<StoreImport>> open(const StoreOptions& options);
  virtual ~StoreImport() = default;

  /// The snapshot that is being imported; nullopt before begin().
  [[nodiscard]] virtual const std::optional<SnapshotManifest>& manifest() const = 0;
  /// Its block. REQUIRES: manifest().
  [[nodiscard]] virtual const BlockHeader& header() const = 0;
  /// Chooses the snapshot; of another one that was begun the chunks are dropped, and the log is kept, unless it goes
  /// beyond this block: then it begins anew. REQUIRES: the caller verified that the block is final. Errors: as
  /// decode_block_leaf and ChunkTop::decode, STORE_IO.
  virtual Result<void> begin(const SnapshotManifest& manifest) = 0;

  /// Leaves so far, and the next ones. REQUIRES: the caller verified them. Errors: LEAF_ALTERED (not a leaf of this
  /// network's log), STORE_IO.
  [[nodiscard]] virtual LogSize log_size() const = 0;
  virtual Result<void> append(std::span<const std::string> leaves) = 0;

  /// Chunks that are not here yet.
  [[nodiscard]] virtual std::vector<std::uint32_t> missing() const = 0;
  /// Errors: PROOF_INVALID or FIELD_OUT_OF_RANGE (not the items of this chunk: nothing was written), STORE_IO.
  virtual Result<void> put_chunk(std::uint32_t chunk, std::span<const StateItem> items) = 0;

  /// Makes it the store: links of all epochs that ended before the snapshot's (as in FinalBlock), tip, finalization,
  /// one sync, the name. Nothing may be called after it. REQUIRES: the log is whole and no chunk is missing.
  virtual Result<void> finish(std::span<const std::string> epoch_links) = 0;
};

/// Whether there is a store, whole or damaged, in a folder.
bool store_exists(const std::filesystem::path& directory);
/// Removes what is left of an import that was begun for this folder and given up: its store was made in another way.
/// Returns whether there was any. REQUIRES: the caller has the store open, so nobody imports.
bool drop_import(const std::filesystem::path& directory);

}  // namespace kimberlite::storage
