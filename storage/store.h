// The store: one RocksDB with the log, the state and its map, indices, undecided bodies and certificates.
// Invariant: what commit() returned from survives any crash; a reader sees whole blocks only.
// One thread writes; any number read snapshots. Formats: storage/FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/block.h"
#include "proto/digest.h"
#include "proto/ed25519.h"
#include "proto/error.h"
#include "proto/merkle_log.h"
#include "proto/types.h"
#include "storage/state_overlay.h"

namespace kimberlite::storage {

inline constexpr std::uint32_t kStoreFormat = 1;

struct StoreOptions {
  std::filesystem::path directory;
  Digest chain_id;
  StateChanges genesis_state;  ///< written when the store is new
};

/// The newest final block of a store or snapshot. At genesis: height 0, block = chain id, empty log.
struct Tip {
  Height height;
  Digest block;
  View view;  ///< of the block's record; 0 at genesis
  TimeMs block_time_ms;
  LogSize log_size;
  Digest log_root;
  Digest state_root;
};

/// A final block, ready to be written. The overlay is sealed and stands on the previous block's state.
struct FinalBlock {
  std::string record_leaf;
  BlockHeader header;
  std::vector<std::string> envelope_leaves;  ///< serialised LogEntry of each accepted envelope
  std::vector<Digest> envelope_ids;
  std::shared_ptr<const StateOverlay> state;  ///< of the last block of a commit sealed, of others perhaps deferred
  std::string epoch_link;  ///< of a block that closes an epoch, and of no other: how it ended (opaque), kept for ever
};

/// Where an accepted envelope stands.
struct EnvelopeLocation {
  Height height;
  LogIndex index;
};

struct StateItem {
  std::string key;
  std::string value;
};

/// A consistent view of the store at one final block. Thread-safe; cheap; while it lives the store's folder stays open
/// and locked, and what was overwritten since stays on disk.
class Snapshot : public StateSource {
 public:
  [[nodiscard]] virtual const Tip& tip() const = 0;
  /// Up to `limit` items whose key begins with `prefix`, after `after` (exclusive; empty: from the start), in key
  /// order.
  [[nodiscard]] virtual std::vector<StateItem> list(std::string_view prefix, std::string_view after,
                                                    std::size_t limit) const = 0;
  [[nodiscard]] virtual std::optional<EnvelopeLocation> find_envelope(const Digest& id) const = 0;
  /// Leaves from `first`, at most `count` and about `bytes_max` bytes (at least one if there is one).
  [[nodiscard]] virtual Result<std::vector<std::string>> leaves(LogIndex first, std::size_t count,
                                                                std::size_t bytes_max) const = 0;
  /// Hash of a perfect subtree of the log.
  [[nodiscard]] virtual Result<Digest> log_node(unsigned level, std::uint64_t index) const = 0;
  /// C2SP tlog-tiles hash tile: `width` (1 to 256) hashes at tile level `level`. NOT_FOUND beyond the log.
  [[nodiscard]] virtual Result<std::string> tile(unsigned level, std::uint64_t index, unsigned width) const = 0;
  /// C2SP tlog-tiles entry bundle: `width` entries, each with a big-endian 16-bit length.
  [[nodiscard]] virtual Result<std::string> entry_bundle(std::uint64_t index, unsigned width) const = 0;
  /// The record leaf of a final block, and its digest's height.
  [[nodiscard]] virtual std::optional<std::string> record_leaf(Height height) const = 0;
  [[nodiscard]] virtual std::optional<Height> height_of(const Digest& block) const = 0;
  /// The link of an epoch that ended; nullopt of one that did not.
  [[nodiscard]] virtual std::optional<std::string> epoch_link(Epoch epoch) const = 0;
  /// The right edge of the log, to go on appending.
  [[nodiscard]] virtual CompactRange log_range() const = 0;
};

/// Sizes for metrics.
struct StoreStatistics {
  std::uint64_t bytes_on_disk{};
  std::uint64_t synced_writes{};
};

class Store {
 public:
  /// Opens or creates. Errors: STORE_OTHER_NETWORK, STORE_NEWER_FORMAT, STORE_LOCKED, STORE_CORRUPT, STORE_IO.
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
  virtual ~Store() = default;

  [[nodiscard]] virtual std::shared_ptr<const Snapshot> snapshot() const = 0;

  /// Writes blocks that follow one another from the tip on, with the finalization of the last (opaque bytes, kept for
  /// the newest block), drops their undecided bodies and all others at or below their heights, in one synced batch.
  /// Asserts that heights, parents, sizes and roots follow. STORE_IO: the process must stop.
  virtual Result<void> commit(std::span<const FinalBlock> blocks, std::string_view finalization) = 0;
  /// The finalization written with the newest block; empty at genesis.
  [[nodiscard]] virtual std::string finalization() const = 0;

  /// Certificates that are needed until something later is final (opaque bytes), synced. The next commit drops them
  /// all. Reading is thread-safe.
  virtual Result<void> keep_certificates(std::span<const std::string> certificates) = 0;
  [[nodiscard]] virtual std::vector<std::string> kept_certificates() const = 0;

  /// Undecided block bodies (opaque bytes), synced before returning. Several at once share one sync.
  struct Body {
    Digest block;
    Height height;
    std::string bytes;
  };
  virtual Result<void> put_bodies(std::span<const Body> bodies) = 0;
  /// Calls `each` with every one of them, ascending by height: where nothing is final for long they fill no memory.
  virtual void for_each_body(const std::function<void(Body)>& each) const = 0;

  /// Checkpoint signatures collected for the newest published checkpoint (opaque bytes); not synced.
  virtual Result<void> put_checkpoint(std::string_view note) = 0;
  [[nodiscard]] virtual std::string checkpoint() const = 0;
  /// Evidence of equivocation (opaque bytes), synced, kept for ever. Reading is thread-safe.
  virtual Result<void> put_evidence(std::string_view evidence) = 0;
  [[nodiscard]] virtual std::vector<std::string> evidence() const = 0;

  /// Whether the vote journal of this node key was ever created beside this store; set, synced, once a key.
  [[nodiscard]] virtual bool journal_created(const PublicKey& node_key) const = 0;
  virtual Result<void> set_journal_created(const PublicKey& node_key) = 0;
  /// Whether this node key must never vote again, whatever its journal says; set, synced, for ever.
  [[nodiscard]] virtual bool key_retired(const PublicKey& node_key) const = 0;
  virtual Result<void> retire_key(const PublicKey& node_key) = 0;

  [[nodiscard]] virtual StoreStatistics statistics() const = 0;
};

}  // namespace kimberlite::storage
