// Single tiles, and single hashes in them, from wherever a log is read. Thread-safe, as far as the source is.
#pragma once

#include <string>

#include "cli/audit/tile_path.h"
#include "cli/tile_source.h"
#include "proto/error.h"
#include "proto/merkle_log.h"
#include "proto/types.h"

namespace kimberlite::cli {

/// A tile's bytes; of a partial hash tile that its source has filled meanwhile, the first `width` hashes. Errors: the
/// source's.
Result<std::string> fetch_tile(TileSource& source, const TileId& tile);

/// Reads the hashes of a log of `size` from its tiles, fetching a tile for each; nothing of it is verified. Errors: the
/// source's, PROOF_INVALID for a tile that is too short. REQUIRES: the source outlives the reader.
NodeReader tile_nodes(TileSource& source, LogSize size);

}  // namespace kimberlite::cli
