#include "storage/internal/map_update.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "proto/assert.h"

namespace kimberlite::storage {
namespace {

class Updater {
 public:
  explicit Updater(const StateSource* source) : source_(source) {}

  // Sets `leaves`, all below `id`, in the page that stood there so far. Returns the page's new hash.
  Digest update(const MapPageId& id, MapPage page, std::span<const MapLeaf> leaves) {
    std::uint16_t changed = 0;
    while (!leaves.empty()) {
      const unsigned slot = path_nibble(leaves.front().path, id.nibbles);
      const auto end =
          std::ranges::find_if(leaves, [&](const MapLeaf& leaf) { return path_nibble(leaf.path, id.nibbles) != slot; });
      const auto count = static_cast<std::size_t>(end - leaves.begin());
      update_slot(id, page, slot, leaves.first(count));
      changed = static_cast<std::uint16_t>(changed | 1U << slot);
      leaves = leaves.subspan(count);
    }
    const Digest hash = page.hash();
    pages_.emplace(id, ChangedPage{std::make_shared<const MapPage>(std::move(page)), changed});
    return hash;
  }

  MapPages take_pages() { return std::move(pages_); }

 private:
  void update_slot(const MapPageId& id, MapPage& page, unsigned slot, std::span<const MapLeaf> leaves) {
    const bool alone = leaves.size() == 1;
    if (page.is_leaf(slot)) {
      const MapLeaf standing = page.leaf(slot);
      if (alone && leaves.front().path == standing.path) {
        page.set_leaf(slot, leaves.front());
      } else {
        page.set_node(slot, update(id.child(slot), MapPage(), with(standing, leaves)));
      }
    } else if (page.is_empty(slot)) {
      if (alone) {
        page.set_leaf(slot, leaves.front());
      } else {
        page.set_node(slot, update(id.child(slot), MapPage(), leaves));
      }
    } else {
      const MapPageId below = id.child(slot);
      const MapPagePtr standing = source_->page(below);
      KIMBERLITE_ASSERT(standing != nullptr, "a slot with a node has a page below it");
      page.set_node(slot, update(below, *standing, leaves));
    }
  }

  // The standing leaf moves down beside the new ones, unless one of them replaces it.
  static std::vector<MapLeaf> with(const MapLeaf& standing, std::span<const MapLeaf> leaves) {
    std::vector<MapLeaf> all(leaves.begin(), leaves.end());
    const auto at = std::ranges::lower_bound(all, standing.path, {}, &MapLeaf::path);
    if (at == all.end() || at->path != standing.path) all.insert(at, standing);
    return all;
  }

  const StateSource* source_;  // null: nothing stands yet
  MapPages pages_;
};

}  // namespace

MapUpdate update_map(const StateSource& source, std::span<const MapLeaf> leaves) {
  KIMBERLITE_ASSERT(!leaves.empty(), "an update sets at least one leaf");
  Updater updater(&source);
  const MapPageId root_id;
  const MapPagePtr root_page = source.page(root_id);
  const Digest root = updater.update(root_id, root_page ? *root_page : MapPage(), leaves);
  return {root, updater.take_pages()};
}

MapUpdate build_subtree(const MapPageId& id, std::span<const MapLeaf> leaves) {
  KIMBERLITE_ASSERT(!leaves.empty(), "a subtree has at least one leaf");
  Updater updater(nullptr);
  const Digest root = updater.update(id, MapPage(), leaves);
  return {root, updater.take_pages()};
}

}  // namespace kimberlite::storage
