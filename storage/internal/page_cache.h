// Decoded pages of the newest committed map, so that the top of the tree is not read and parsed again for every block.
// A page is remembered with a height since which it has not changed; snapshots older than that read it from the
// database. Bounded; thread-safe by one lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "proto/types.h"
#include "storage/map_page.h"
#include "storage/state_overlay.h"

namespace kimberlite::storage {

/// Pages that are remembered at most, of about one KiB each.
inline constexpr std::size_t kCachedPagesMax = 32 * 1024;

class PageCache {
 public:
  explicit PageCache(Height committed) : committed_(committed) {}

  /// The page as the state at `height` has it; nullopt: not remembered, ask the database. (A null page is remembered,
  /// too.)
  [[nodiscard]] std::optional<MapPagePtr> find(const MapPageId& id, Height height);
  /// Remembers what was read from the state at `height`, if that is still the newest.
  void remember(const MapPageId& id, Height height, const MapPagePtr& page);
  /// The state at `height`, with these changes, is the newest now.
  void advance(Height height, const MapPages& changes);

 private:
  struct Remembered {
    MapPagePtr page;
    Height unchanged_since;
  };
  // Never iterated. Two generations instead of an order of use: when the young one is full it becomes the old one.
  using Pages = std::unordered_map<MapPageId, Remembered, MapPageIdHash>;

  void insert(const MapPageId& id, const Remembered& remembered);

  std::mutex mutex_;
  Height committed_;
  Pages young_;
  Pages old_;
};

}  // namespace kimberlite::storage
