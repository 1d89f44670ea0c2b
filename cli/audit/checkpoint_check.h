// The first link of an audit: the checkpoint's form, its signatures, and that it holds nothing that was not checked.
// Thread-safe, as far as the source is.
#pragma once

#include <string_view>

#include "cli/audit/finding.h"
#include "cli/tile_source.h"
#include "proto/checkpoint.h"
#include "proto/epoch_chain.h"
#include "proto/genesis.h"

#include <expected>

namespace kimberlite::cli {

/// The verified checkpoint, or what is wrong with it. At least f + 1 validators of the epoch that signs this size must
/// have signed; every signature line must be one of them, so that no byte of the note goes unchecked.
std::expected<VerifiedCheckpoint, Finding> check_checkpoint(std::string_view note, const GenesisDocument& genesis,
                                                            const EpochSets& epochs);

/// How the epochs ended, as the source has it, verified; a source without that file is in its first epoch. Errors:
/// those of walk_epochs, and where nothing could be read UNAVAILABLE, STORE_IO.
Result<EpochSets> read_epochs(TileSource& source, const GenesisDocument& genesis);

}  // namespace kimberlite::cli
