#include "storage/map_page.h"

#include <array>
#include <bit>
#include <cstring>

#include "proto/assert.h"
#include "proto/state_map.h"

namespace kimberlite::storage {
namespace {

constexpr std::uint32_t range_mask(unsigned first, unsigned width) {
  return ((1U << width) - 1U) << first;
}

std::uint16_t read_mask(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
}

void append_mask(std::string& out, int mask) {
  out.push_back(static_cast<char>(mask >> 8));
  out.push_back(static_cast<char>(mask & 0xff));
}

// The bytes of each slot in use, where they stand in a page's bytes.
struct SlotBytes {
  std::uint16_t occupied{};
  std::uint16_t leaf_mask{};
  std::array<std::string_view, kPageSlots> slots;
};

// nullopt for bytes that no page has.
std::optional<SlotBytes> split(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  SlotBytes page{read_mask(bytes), read_mask(bytes.substr(2)), {}};
  const auto digests =
      static_cast<std::size_t>(std::popcount(page.occupied)) + static_cast<std::size_t>(std::popcount(page.leaf_mask));
  if ((page.leaf_mask & ~page.occupied) != 0 || page.occupied == 0) return std::nullopt;
  bytes.remove_prefix(4);
  if (bytes.size() != digests * Digest::kSize) return std::nullopt;
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if ((page.occupied >> slot & 1U) == 0) continue;
    const std::size_t size = (page.leaf_mask >> slot & 1U) == 1 ? 2 * Digest::kSize : Digest::kSize;
    page.slots[slot] = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  return page;
}

}  // namespace

unsigned path_nibble(const Digest& path, unsigned index) {
  const unsigned byte = path.bytes[index / 2];
  return index % 2 == 0 ? byte >> 4 : byte & 0xfU;
}

MapLeaf::MapLeaf(const Digest& leaf_path, const Digest& leaf_value_digest)
    : path(leaf_path), value_digest(leaf_value_digest), hash(map_leaf_hash(leaf_path, leaf_value_digest)) {}

std::size_t MapPageIdHash::operator()(const MapPageId& id) const noexcept {
  // Paths are digests: any eight bytes of them are spread evenly already.
  std::uint64_t head = 0;
  std::memcpy(&head, id.prefix.bytes.data(), sizeof head);
  return static_cast<std::size_t>(head * 0x9e3779b97f4a7c15ULL + id.nibbles);
}

MapPageId MapPageId::child(unsigned slot) const {
  KIMBERLITE_ASSERT(nibbles + 1U < kPathNibbles, "two leaves of the map never have the same path");
  MapPageId below = *this;
  below.prefix.bytes[nibbles / 2] |= static_cast<std::uint8_t>(nibbles % 2 == 0 ? slot << 4 : slot);
  ++below.nibbles;
  return below;
}

std::string MapPageId::key() const {
  std::string key(1, static_cast<char>(nibbles));
  key.append(prefix.view().substr(0, (nibbles + 1U) / 2));
  return key;
}

std::size_t MapPage::leaf_position(unsigned slot) const {
  return static_cast<std::size_t>(std::popcount(static_cast<unsigned>(leaf_mask_) & range_mask(0, slot)));
}

void MapPage::set_leaf(unsigned slot, const MapLeaf& leaf) {
  const auto position = leaves_.begin() + static_cast<std::ptrdiff_t>(leaf_position(slot));
  if (is_leaf(slot)) {
    *position = leaf;
  } else {
    leaves_.insert(position, leaf);
  }
  occupied_ = static_cast<std::uint16_t>(occupied_ | 1U << slot);
  leaf_mask_ = static_cast<std::uint16_t>(leaf_mask_ | 1U << slot);
  hashes_[slot] = leaf.hash;
}

void MapPage::set_node(unsigned slot, const Digest& hash) {
  KIMBERLITE_ASSERT(!hash.is_zero(), "a subtree with leaves has a hash that is not zero");
  if (is_leaf(slot)) leaves_.erase(leaves_.begin() + static_cast<std::ptrdiff_t>(leaf_position(slot)));
  occupied_ = static_cast<std::uint16_t>(occupied_ | 1U << slot);
  leaf_mask_ = static_cast<std::uint16_t>(leaf_mask_ & ~(1U << slot));
  hashes_[slot] = hash;
}

std::optional<unsigned> MapPage::lone_leaf(unsigned first, unsigned width) const {
  const unsigned used = occupied_ & range_mask(first, width);
  if (std::popcount(used) != 1 || (used & leaf_mask_) == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(used));
}

bool MapPage::range_empty(unsigned first, unsigned width) const {
  return (occupied_ & range_mask(first, width)) == 0;
}

Digest MapPage::range_hash(unsigned first, unsigned width) const {
  if (width == 1) return hashes_[first];
  if (range_empty(first, width)) return {};
  if (const auto slot = lone_leaf(first, width)) return hashes_[*slot];
  const unsigned half = width / 2;
  return map_node_hash(range_hash(first, half), range_hash(first + half, half));
}

std::string MapPage::encode(std::uint16_t slots) const {
  KIMBERLITE_ASSERT(slots != 0 && (slots & ~occupied_) == 0, "the slots that are written are in use");
  std::string out;
  out.reserve(4 + Digest::kSize * (static_cast<std::size_t>(std::popcount(slots)) + leaves_.size()));
  append_mask(out, slots);
  append_mask(out, leaf_mask_ & slots);
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if ((slots >> slot & 1U) == 0) continue;
    if (is_leaf(slot)) {
      out.append(leaf(slot).path.view()).append(leaf(slot).value_digest.view());
    } else {
      out.append(hashes_[slot].view());
    }
  }
  return out;
}

std::optional<MapPage> MapPage::decode(std::string_view bytes) {
  const std::optional<SlotBytes> stored = split(bytes);
  if (!stored) return std::nullopt;
  MapPage page;
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if ((stored->occupied >> slot & 1U) == 0) continue;
    const Digest first = *Digest::from_bytes(stored->slots[slot].substr(0, Digest::kSize));
    if ((stored->leaf_mask >> slot & 1U) == 1) {
      page.set_leaf(slot, MapLeaf(first, *Digest::from_bytes(stored->slots[slot].substr(Digest::kSize))));
    } else {
      if (first.is_zero()) return std::nullopt;
      page.set_node(slot, first);
    }
  }
  return page;
}

std::optional<std::string> MapPage::replace_slots(std::string_view page, std::string_view slots) {
  const std::optional<SlotBytes> below = split(page);
  const std::optional<SlotBytes> above = split(slots);
  if (!below || !above) return std::nullopt;
  std::string out;
  out.reserve(page.size() + slots.size());
  append_mask(out, below->occupied | above->occupied);
  append_mask(out, (below->leaf_mask & ~above->occupied) | above->leaf_mask);
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    const bool replaced = (above->occupied >> slot & 1U) == 1;
    out.append(replaced ? above->slots[slot] : below->slots[slot]);
  }
  return out;
}

}  // namespace kimberlite::storage
