// Sets many leaves of the map in one recursive pass: every page on the changed paths is read and hashed once.
// Pure but for the page reader; not thread-safe.
#pragma once

#include <span>

#include "storage/map_page.h"
#include "storage/state_overlay.h"

namespace kimberlite::storage {

/// The map after an update: its root and the pages that differ from the source's.
struct MapUpdate {
  Digest root;
  MapPages pages;
};

/// Sets `leaves` (ascending by path, distinct) on top of a source's map. REQUIRES: at least one leaf.
MapUpdate update_map(const StateSource& source, std::span<const MapLeaf> leaves);
/// The pages of a subtree that has exactly these leaves, from the page at `id` down; `root` is that page's hash.
/// REQUIRES: as above, all below `id`.
MapUpdate build_subtree(const MapPageId& id, std::span<const MapLeaf> leaves);

}  // namespace kimberlite::storage
