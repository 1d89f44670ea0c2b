// A state on top of another: the changes of one undecided block and the map pages they alter, in memory.
// The final state in RocksDB is the bottom; on it stand at most 16 certified blocks, or those that a catch-up executed
// and that are not stored yet. A read walks down the layers, and rules read a dozen values for every event: so a layer
// that does not have a key is left in a few nanoseconds.
// One owner; but of a sealed overlay, or a deferred one that is not sealed any more, any thread may read changes(),
// page_changes() and base_root() at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proto/digest.h"
#include "proto/state_map.h"
#include "proto/state_reader.h"
#include "storage/map_page.h"

namespace kimberlite::storage {

using MapPagePtr = std::shared_ptr<const MapPage>;
/// A page as it became, and which of its slots changed (bits; slot 0 is the lowest).
struct ChangedPage {
  MapPagePtr page;
  std::uint16_t slots{};
};
/// Changed pages by position.
using MapPages = std::map<MapPageId, ChangedPage>;

/// What an overlay stands on: the final state of a store, or another overlay.
class StateSource : public StateReader {
 public:
  /// The page at a position; null if the subtree there has fewer than two leaves (at the root: none).
  [[nodiscard]] virtual MapPagePtr page(const MapPageId& id) const = 0;
  [[nodiscard]] virtual Digest state_root() const = 0;
};

/// Presence or absence of a key in a source, provable against its state_root().
StateMapProof prove_state(const StateSource& source, std::string_view key);

/// Changes on top of a parent.
class StateOverlay final : public StateSource {
 public:
  explicit StateOverlay(std::shared_ptr<const StateSource> parent);

  /// Merges changes; later ones win. REQUIRES: not sealed.
  void apply(const StateChanges& changes);
  /// Computes the new root and the pages altered, also by the deferred layers right below. Afterwards immutable. Cost:
  /// about log2(keys) hashes a changed key.
  void seal();
  /// Ends the changes, takes the root on trust, and leaves the map to the next layer above that is sealed: for a run of
  /// blocks that are known to be final, whose map is then updated once. Sealing it later shows whether the root is
  /// true.
  void defer(const Digest& root);
  /// True from defer() to seal().
  [[nodiscard]] bool deferred() const { return deferred_; }
  /// Replaces a parent that was committed by the store's state at exactly that block, so that memory is freed.
  /// REQUIRES: sealed or deferred, and the new parent has the old one's root.
  void rebase(std::shared_ptr<const StateSource> parent);

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  [[nodiscard]] MapPagePtr page(const MapPageId& id) const override;
  /// REQUIRES: sealed or deferred.
  [[nodiscard]] Digest state_root() const override;

  [[nodiscard]] const StateChanges& changes() const { return changes_; }
  /// Pages to write; none of a deferred layer. REQUIRES: sealed or deferred.
  [[nodiscard]] const MapPages& page_changes() const;
  /// Root of the state this stands on. REQUIRES: sealed or deferred.
  [[nodiscard]] const Digest& base_root() const;

 private:
  /// A key with its hash, computed once for all layers.
  struct HashedKey {
    std::string_view text;
    std::size_t hash;
    explicit HashedKey(std::string_view key) : text(key), hash(std::hash<std::string_view>()(key)) {}
    friend bool operator==(const HashedKey& a, const HashedKey& b) { return a.hash == b.hash && a.text == b.text; }
  };
  struct KeyHash {
    std::size_t operator()(const HashedKey& key) const noexcept { return key.hash; }
  };

  void stand_on(std::shared_ptr<const StateSource> parent);
  struct Change {
    std::string_view key;
    std::size_t depth;  // 0: our own, 1: of the layer below
    const std::string* value;
  };
  [[nodiscard]] std::vector<Change> changes_with_deferred() const;

  std::shared_ptr<const StateSource> parent_;
  const StateOverlay* below_{};  // parent_, if that is an overlay
  StateChanges changes_;
  MapPages pages_;
  // Where a key or a page lies in the two maps above, which do not move their entries. Never iterated.
  std::unordered_map<HashedKey, const std::string*, KeyHash> values_;
  std::unordered_map<MapPageId, const MapPagePtr*, MapPageIdHash> page_index_;
  Digest base_root_;
  std::optional<Digest> root_;
  bool deferred_{};
};

}  // namespace kimberlite::storage
