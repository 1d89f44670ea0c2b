#include "storage/internal/page_merge.h"

#include <optional>

#include "storage/internal/database.h"
#include "storage/map_page.h"

namespace kimberlite::storage {

bool PageMerge::Merge(const rocksdb::Slice& /*key*/, const rocksdb::Slice* existing, const rocksdb::Slice& slots,
                      std::string* result, rocksdb::Logger* /*logger*/) const {
  // A commit merges into pages that exist only; without one the page was lost.
  if (existing == nullptr) return false;
  std::optional<std::string> joined = MapPage::replace_slots(view(*existing), view(slots));
  if (!joined) return false;
  *result = std::move(*joined);
  return true;
}

}  // namespace kimberlite::storage
