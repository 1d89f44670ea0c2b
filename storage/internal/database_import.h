// The making of a store on an environment of the caller's (storage/store_import.h). Private to storage/ and to tests.
// One owner.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "storage/store_import.h"

namespace kimberlite::storage {

/// StoreImport::open on a RocksDB environment of the caller's, so that tests can make a disk fail or forget. `env`
/// outlives the import.
Result<std::unique_ptr<StoreImport>> open_import(const StoreOptions& options, rocksdb::Env& env);

}  // namespace kimberlite::storage
