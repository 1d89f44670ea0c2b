// How RocksDB joins a stored page of the map with slots that were replaced later: so a commit writes what changed, not
// whole pages. Thread-safe: no state.
#pragma once

#include <rocksdb/merge_operator.h>

#include <string>

namespace kimberlite::storage {

class PageMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  /// False, which RocksDB reports as corruption, if either is not a page's bytes.
  bool Merge(const rocksdb::Slice& key, const rocksdb::Slice* existing, const rocksdb::Slice& slots,
             std::string* result, rocksdb::Logger* logger) const override;
  [[nodiscard]] const char* Name() const override { return "kimberlite.PageMerge"; }
};

}  // namespace kimberlite::storage
