#include "storage/map_page.h"

#include <bit>

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

void append_mask(std::string& out, std::uint16_t mask) {
  out.push_back(static_cast<char>(mask >> 8));
  out.push_back(static_cast<char>(mask & 0xff));
}

}  // namespace

unsigned path_nibble(const Digest& path, unsigned index) {
  const unsigned byte = path.bytes[index / 2];
  return index % 2 == 0 ? byte >> 4 : byte & 0xfU;
}

MapLeaf::MapLeaf(const Digest& leaf_path, const Digest& leaf_value_digest)
    : path(leaf_path), value_digest(leaf_value_digest), hash(map_leaf_hash(leaf_path, leaf_value_digest)) {}

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

std::string MapPage::encode() const {
  std::string out;
  out.reserve(4 + Digest::kSize * (static_cast<std::size_t>(std::popcount(occupied_)) + leaves_.size()));
  append_mask(out, occupied_);
  append_mask(out, leaf_mask_);
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if (is_empty(slot)) continue;
    if (is_leaf(slot)) {
      out.append(leaf(slot).path.view()).append(leaf(slot).value_digest.view());
    } else {
      out.append(hashes_[slot].view());
    }
  }
  return out;
}

std::optional<MapPage> MapPage::decode(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const std::uint16_t occupied = read_mask(bytes);
  const std::uint16_t leaf_mask = read_mask(bytes.substr(2));
  const auto digests = static_cast<std::size_t>(std::popcount(occupied) + std::popcount(leaf_mask));
  if ((leaf_mask & ~occupied) != 0 || occupied == 0 || bytes.size() != 4 + digests * Digest::kSize) return std::nullopt;

  std::string_view rest = bytes.substr(4);
  const auto next = [&rest] {
    const Digest digest = *Digest::from_bytes(rest.substr(0, Digest::kSize));
    rest.remove_prefix(Digest::kSize);
    return digest;
  };
  MapPage page;
  for (unsigned slot = 0; slot < kPageSlots; ++slot) {
    if ((occupied >> slot & 1U) == 0) continue;
    const Digest first = next();
    if ((leaf_mask >> slot & 1U) == 1) {
      page.set_leaf(slot, MapLeaf(first, next()));
    } else {
      if (first.is_zero()) return std::nullopt;
      page.set_node(slot, first);
    }
  }
  return page;
}

}  // namespace kimberlite::storage
