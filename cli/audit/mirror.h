// Copies a log in the tlog-tiles layout into a folder: tiles first, the checkpoint last, so that the folder always
// holds what its checkpoint promises. Full tiles never change and are not fetched twice. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cli/tile_source.h"
#include "proto/error.h"
#include "proto/genesis.h"
#include "proto/types.h"

namespace kimberlite::cli {

struct MirrorReport {
  LogSize size;
  std::uint64_t fetched{};  ///< tiles and bundles
  std::uint64_t kept{};     ///< full ones that were there already
  std::uint64_t removed{};  ///< partial ones of an older, smaller log
};

/// Mirrors the log up to the source's checkpoint, whose signatures are checked first. What is fetched is checked
/// against its root before the folder's checkpoint is replaced, and removed again if it does not hold (PROOF_INVALID).
/// What the folder holds already must be how that log begins: otherwise nothing of it changes, and both checkpoints are
/// kept (witness.h, LOG_INCONSISTENT). A mirror is never set back to a smaller size (UNAVAILABLE). Other errors:
/// NOT_FOUND, STORE_IO, PROOF_INVALID, ...
Result<MirrorReport> mirror_log(TileSource& source, const GenesisDocument& genesis, const std::filesystem::path& folder,
                                const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace kimberlite::cli
