// A state on top of another: the changes of one undecided block and the map nodes they alter, in memory.
// The final state in RocksDB is the bottom; at most 16 certified blocks are stacked on it. Sealed overlays are immutable
// and may be read by several threads; an unsealed one has one owner.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/digest.h"
#include "proto/error.h"
#include "proto/state_map.h"
#include "proto/state_reader.h"

namespace kimberlite::storage {

/// Position of a node of the sparse Merkle map: the first `depth` bits of a path, the rest zero.
struct MapNodeId {
  std::uint16_t depth{};
  Digest prefix;
  friend auto operator<=>(const MapNodeId&, const MapNodeId&) = default;
};

/// A stored node: the root of a subtree with at least one leaf. A leaf carries its path and value digest.
struct MapNode {
  Digest hash;
  std::optional<StateMapProof::OtherLeaf> leaf;
};

/// What an overlay stands on: the final state of a store, or another overlay.
class StateSource : public StateReader {
 public:
  /// The node at a position; nullopt for an empty subtree.
  [[nodiscard]] virtual std::optional<MapNode> node(const MapNodeId& id) const = 0;
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
  /// Computes the new root and the nodes altered. Afterwards immutable. Cost: about log2(keys) hashes a changed key.
  void seal();
  /// Replaces a parent that was committed by the store's state at exactly that block, so that memory is freed.
  void rebase(std::shared_ptr<const StateSource> parent);

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  [[nodiscard]] std::optional<MapNode> node(const MapNodeId& id) const override;
  /// REQUIRES: sealed.
  [[nodiscard]] Digest state_root() const override;

  [[nodiscard]] const StateChanges& changes() const { return changes_; }
  /// Nodes to write; nullopt: the subtree became empty or collapsed into a leaf above. REQUIRES: sealed.
  [[nodiscard]] const std::map<MapNodeId, std::optional<MapNode>>& node_changes() const { return nodes_; }

 private:
  std::shared_ptr<const StateSource> parent_;
  StateChanges changes_;
  std::map<MapNodeId, std::optional<MapNode>> nodes_;
  std::optional<Digest> root_;
};

}  // namespace kimberlite::storage
