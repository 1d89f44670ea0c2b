#include "storage/internal/page_cache.h"

#include <utility>

namespace kimberlite::storage {

void PageCache::insert(const MapPageId& id, const Remembered& remembered) {
  if (young_.size() >= kCachedPagesMax / 2) {
    old_ = std::exchange(young_, {});
  }
  young_.insert_or_assign(id, remembered);
  old_.erase(id);
}

std::optional<MapPagePtr> PageCache::find(const MapPageId& id, Height height) {
  const std::scoped_lock lock(mutex_);
  auto found = young_.find(id);
  if (found == young_.end()) {
    const auto older = old_.find(id);
    if (older == old_.end()) return std::nullopt;
    const Remembered remembered = older->second;
    insert(id, remembered);
    found = young_.find(id);
  }
  if (found->second.unchanged_since > height) return std::nullopt;
  return found->second.page;
}

void PageCache::remember(const MapPageId& id, Height height, const MapPagePtr& page) {
  const std::scoped_lock lock(mutex_);
  if (height == committed_) insert(id, {page, height});
}

void PageCache::advance(Height height, const MapPages& changes) {
  const std::scoped_lock lock(mutex_);
  committed_ = height;
  for (const auto& [id, changed] : changes) insert(id, {changed.page, height});
}

}  // namespace kimberlite::storage
