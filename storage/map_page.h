// Pages of the sparse Merkle map: how the tree that proto/state_map.h defines is cut into pieces that are read and
// written whole. A page covers four levels: the root's page, or the page of a subtree with at least two leaves whose
// depth is a multiple of four. Its sixteen slots are the subtrees four levels below: empty, a single leaf (which also
// stands for every collapsed level between), or the hash of a subtree that has a page of its own. Inner hashes are
// recomputed, never stored. Thread-safe: values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/digest.h"

namespace kimberlite::storage {

inline constexpr unsigned kPageBits = 4;                 ///< levels of the tree in a page
inline constexpr unsigned kPageSlots = 1U << kPageBits;  ///< subtrees below a page
inline constexpr unsigned kPathNibbles = 64;             ///< four-bit steps in a path

/// Step `index` (0 to 63) of a path, most significant first.
unsigned path_nibble(const Digest& path, unsigned index);

/// A leaf of the map; `hash` is map_leaf_hash(path, value_digest).
struct MapLeaf {
  Digest path;
  Digest value_digest;
  Digest hash;

  MapLeaf(const Digest& leaf_path, const Digest& leaf_value_digest);
  friend bool operator==(const MapLeaf&, const MapLeaf&) = default;
};

/// Position of a page: the first `nibbles` steps of a path, the rest zero.
struct MapPageId {
  std::uint8_t nibbles{};
  Digest prefix;

  friend auto operator<=>(const MapPageId&, const MapPageId&) = default;
  /// The page below a slot. REQUIRES: nibbles < 63 (below the last step there is nothing to tell leaves apart).
  [[nodiscard]] MapPageId child(unsigned slot) const;
  /// Key in the store: number of steps, then the steps packed two to a byte.
  [[nodiscard]] std::string key() const;
};

/// For hash tables of pages, which nobody iterates over.
struct MapPageIdHash {
  std::size_t operator()(const MapPageId& id) const noexcept;
};

/// Four levels of the map.
class MapPage {
 public:
  [[nodiscard]] bool is_empty(unsigned slot) const { return (occupied_ >> slot & 1U) == 0; }
  [[nodiscard]] bool is_leaf(unsigned slot) const { return (leaf_mask_ >> slot & 1U) == 1; }
  /// REQUIRES: is_leaf(slot).
  [[nodiscard]] const MapLeaf& leaf(unsigned slot) const { return leaves_[leaf_position(slot)]; }

  void set_leaf(unsigned slot, const MapLeaf& leaf);
  /// REQUIRES: not zero.
  void set_node(unsigned slot, const Digest& hash);

  /// The only slot in use among [first, first + width) if it is a leaf: the range is collapsed into it.
  [[nodiscard]] std::optional<unsigned> lone_leaf(unsigned first, unsigned width) const;
  [[nodiscard]] bool range_empty(unsigned first, unsigned width) const;
  /// Hash of the subtree over [first, first + width), width a power of two and first a multiple of it; zero if empty.
  [[nodiscard]] Digest range_hash(unsigned first, unsigned width) const;
  [[nodiscard]] Digest hash() const { return range_hash(0, kPageSlots); }

  /// The slots in use, as bits; slot 0 is the lowest.
  [[nodiscard]] std::uint16_t occupied() const { return occupied_; }

  /// Bytes of storage/FORMAT.md, "map": of all slots in use, or of some of them. REQUIRES: those are in use.
  [[nodiscard]] std::string encode() const { return encode(occupied_); }
  [[nodiscard]] std::string encode(std::uint16_t slots) const;
  /// nullopt for bytes that encode() cannot have made.
  static std::optional<MapPage> decode(std::string_view bytes);
  /// The bytes of a page on which some slots were replaced by those of another; nullopt as above.
  static std::optional<std::string> replace_slots(std::string_view page, std::string_view slots);

  friend bool operator==(const MapPage&, const MapPage&) = default;

 private:
  [[nodiscard]] std::size_t leaf_position(unsigned slot) const;

  std::uint16_t occupied_{};
  std::uint16_t leaf_mask_{};
  std::array<Digest, kPageSlots> hashes_{};
  std::vector<MapLeaf> leaves_;  // of the slots in leaf_mask_, in slot order
};

}  // namespace kimberlite::storage
