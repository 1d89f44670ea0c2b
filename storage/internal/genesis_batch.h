// What a new store begins with: format, network, the genesis state with its map, and a tip at height 0. Pure but for
// the write.
#pragma once

#include <memory>

#include "storage/internal/database.h"
#include "storage/state_overlay.h"
#include "storage/store.h"

namespace kimberlite::storage {

/// The genesis state, sealed, on top of nothing.
std::shared_ptr<const StateOverlay> genesis_overlay(const StateChanges& genesis_state);

/// Writes the beginning in one synced batch. STORE_IO.
Result<void> write_genesis(const Database& database, const StoreOptions& options);

}  // namespace kimberlite::storage
